internal import Classifier
internal import Images

/// The work of a thread on the images of a model: reading them into a lane, and computing it.
struct LaneWork {
    private let lane: ClassificationLane
    private let batchLane: ClassificationLane?
    private let maximumPixels: Int
    private let isAwaited: (ImageJob) -> Bool

    /// - Parameters:
    ///   - worker: the number of the thread, which has lanes of its own.
    ///   - isAwaited: whether the request of an image still waits for it.
    init(
        _ model: ServedModel, worker: Int, _ maximumPixels: Int, isAwaited: @escaping (ImageJob) -> Bool
    ) {
        lane = model.lanes[worker]
        batchLane = model.batchLanes.isEmpty ? nil : model.batchLanes[worker]
        (self.maximumPixels, self.isAwaited) = (maximumPixels, isAwaited)
    }

    /// Computes images, several of them as a batch. Returns the output or the error of each one.
    func results(of jobs: [ImageJob]) -> [Result<ImageOutput, ServingError>] {
        guard jobs.count > 1, let batchLane, jobs.count <= batchLane.batchSize else {
            return jobs.map { job in Result { () throws(ServingError) in try output(of: job) } }
        }
        return outputs(of: jobs, in: batchLane)
    }

    /// Computes an image with all of its crops. Each takes as long as an image, so that the work may end before.
    private func output(of job: ImageJob) throws(ServingError) -> ImageOutput {
        let views = job.cropCount
        var output = ImageOutput(queued: .now - job.enqueued)
        for view in 0..<views {
            guard view == 0 || isAwaited(job) else { throw .deadlinePassed }
            let clock = ContinuousClock.now
            output.hasMoreFrames = try read(job, view: view, into: lane, at: 0)
            let middle = ContinuousClock.now
            let logits = try ServingError.converting { try lane.compute(1) }
            output.logits = view == 0 ? logits : zip(output.logits, logits).map(+)
            output.decoding += middle - clock
            output.inference += .now - middle
        }
        if views > 1 { output.logits = output.logits.map { $0 / Float(views) } }
        return output
    }

    /// Computes a batch. An image that can't be read takes no place in it.
    private func outputs(of jobs: [ImageJob], in lane: ClassificationLane) -> [Result<ImageOutput, ServingError>] {
        var place = 0
        var results = jobs.map { job in
            Result { () throws(ServingError) in
                let began = ContinuousClock.now
                var output = ImageOutput(queued: began - job.enqueued)
                output.hasMoreFrames = try read(job, view: 0, into: lane, at: place)
                output.decoding = .now - began
                place += 1
                return output
            }
        }
        guard place > 0 else { return results }
        let began = ContinuousClock.now
        let computed = Result { () throws(ServingError) in
            try ServingError.converting { try lane.compute(place) }
        }
        let inference = (ContinuousClock.now - began) / place
        var row = 0
        for index in results.indices {
            guard case .success(var output) = results[index] else { continue }
            results[index] = computed.map { logits in
                let classes = logits.count / place
                output.logits = Array(logits[row * classes..<(row + 1) * classes])
                (output.inference, output.batch) = (inference, place)
                return output
            }
            row += 1
        }
        return results
    }

    /// Reads an image. Returns whether it has more frames.
    private func read(
        _ job: ImageJob, view: Int, into lane: ClassificationLane, at place: Int
    ) throws(ServingError) -> Bool {
        switch job.content {
        case .pixels(let pixels):
            lane.copy(pixels, at: place)
            return false
        case .file(let bytes):
            return try ServingError.converting {
                try lane.read(bytes, view: view, of: job.crops, maximumPixels: maximumPixels, at: place)
            }
        }
    }
}

/// The output of the network for an image, and its times.
package struct ImageOutput: Sendable {
    /// The logits of the classes; of several crops their mean.
    package internal(set) var logits: [Float] = []
    /// The time in the queue.
    package let queued: Duration
    /// The time for reading, decoding and resizing.
    package internal(set) var decoding = Duration.zero
    /// The time for the network: the image's share of the time of its batch.
    package internal(set) var inference = Duration.zero
    /// The number of images in the batch.
    package internal(set) var batch = 1
    /// Whether the image has more frames than the one that was read.
    package internal(set) var hasMoreFrames = false

    init(queued: Duration) { self.queued = queued }
}

extension ServingError {
    /// The deadline passed before the answer.
    static let deadlinePassed = ServingError(.deadlineExceeded, "the request was not answered in time; try again later")

    /// The server stops.
    static let draining = ServingError(.draining, "the server is shutting down; use another one", retryAfter: 1)

    /// Calls a function whose errors are those of an image or of the engine.
    static func converting<Value>(_ body: () throws -> Value) throws(ServingError) -> Value {
        do {
            return try body()
        } catch let error as ImageError {
            if error.isSystemFailure { throw ServingError(.internalError, "the image can't be read: \(error)") }
            throw ServingError(error.code == .tooLarge ? .imageTooLarge : .unreadableImage, "\(error)")
        } catch {
            throw ServingError(.internalError, "\(error)")
        }
    }
}
