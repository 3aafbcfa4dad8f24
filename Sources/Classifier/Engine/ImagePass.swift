package import Images
package import Inference
package import Platform

/// One run of images through an engine: threads read them, the engine computes as many batches at once as it wants, and
/// the outputs come in the order of the images.
///
/// ```swift
/// let pass = classifier.pass(over: images, through: engine, options)
/// while let (batch, outputs) = try await pass.next(events) { … }
/// ```
@ComputeActor
package final class ImagePass {
    /// A batch of images, and what the engine computes of them, image by image; nothing where there is no engine.
    package typealias Batch = (images: ImageBatch, outputs: [Float])

    private let engine: (any InferenceEngine)?
    private let source: () throws -> ImageBatch?
    /// The batches of each crop. The first crop reports what can't be read.
    private let views: [BatchIterator]
    /// How many images there are.
    private let total: Int
    private var queue: [BatchUnderWay] = []
    private var partsUnderWay = 0
    private var reported = 0
    /// How many images have passed.
    package private(set) var done = 0

    /// A run of images with one or several crops, each with batches of its own. Where there are several, an image's
    /// outputs are the means of theirs, as torchvision's `FiveCrop` is meant to be used.
    ///
    /// - Parameter engine: takes batches larger than its own in parts; nil only reads.
    package init(_ views: [BatchIterator], of total: Int, through engine: (any InferenceEngine)?) {
        var asked = 0
        source = {
            defer { asked += 1 }
            return try views[asked % views.count].next()
        }
        (self.views, self.total, self.engine) = (views, total, engine)
    }

    /// A run of batches that are in memory.
    package init(_ batches: [ImageBatch], through engine: any InferenceEngine) {
        var rest = batches[...]
        source = { rest.popFirst() }
        (views, total, self.engine) = ([], batches.reduce(0) { $0 + $1.count }, engine)
    }

    /// The images that could not be read so far, in order; some of them may come after the batch delivered last.
    package var failures: [SampleFailure] { views.first?.failures ?? [] }

    /// The next batch; nil after the last.
    ///
    /// - Throws: `ApusError` where outputs are NaN or infinite, `CancellationError`, and what reading and the engine throw.
    package func next() throws -> Batch? {
        guard var (batch, outputs) = try nextView() else { return nil }
        for _ in views.dropFirst() {
            guard let view = try nextView() else { return nil }
            outputs = zip(outputs, view.outputs).map(+)
        }
        if views.count > 1 { outputs = outputs.map { $0 / Float(views.count) } }
        done += batch.count
        return (batch, outputs)
    }

    /// The next batch; nil after the last. Reports the images before it that can't be read, and how many images are done.
    ///
    /// - Throws: as `next()` does; `ApusError` where no image can be read, `CancellationError` where the reader has failed.
    package func next<Value>(_ events: EventChannel<ImageEvent<Value>>) async throws -> Batch? {
        if done > 0 { events.send(.progress(done: done + reported, total: total)) }
        try events.checkCancellation()
        let batch = try next()
        for failure in newFailures(before: batch?.images.indices.last) {
            try await events.sendAndWait(.unreadable(failure))
        }
        guard batch != nil || done > 0 else { throw ApusError.noReadableImages(total, first: failures.first) }
        return batch
    }

    /// The images that could not be read, that come before a place in the dataset, and that were not asked for yet.
    func newFailures(before index: Int?) -> ArraySlice<SampleFailure> {
        let new = failures[reported...].prefix { $0.index < index ?? .max }
        reported += new.count
        return new
    }

    private func nextView() throws -> Batch? {
        guard let engine else {
            try Task.checkCancellation()
            return try source().map { ($0, []) }
        }
        while true {
            while partsUnderWay < engine.depth {
                if queue.last?.isWholeUnderWay ?? true {
                    guard let batch = try source() else { break }
                    queue.append(BatchUnderWay(batch))
                }
                try queue[queue.count - 1].startPart(on: engine)
                partsUnderWay += 1
            }
            guard !queue.isEmpty else { return nil }
            try Task.checkCancellation()
            try queue[0].takePart()
            partsUnderWay -= 1
            if queue[0].isDone {
                let done = queue.removeFirst()
                try demandFinite(done.outputs, of: done.batch, by: engine)
                return (done.batch, done.outputs)
            }
        }
    }

    private func demandFinite(_ outputs: [Float], of batch: ImageBatch, by engine: any InferenceEngine) throws {
        guard let names = views.first, !outputs.reduce(0, +).isFinite else { return }
        let count = outputs.count / max(1, batch.count)
        for (row, index) in batch.indices.enumerated() {
            try OutputCheck.demandFinite(
                outputs[row * count..<(row + 1) * count], of: names.name(at: index), by: engine.summary)
        }
    }
}

/// A batch that an engine computes, part by part.
@ComputeActor
private struct BatchUnderWay {
    let batch: ImageBatch
    private(set) var outputs: [Float] = []
    private var parts: [any PendingInference] = []
    private var started = 0

    init(_ batch: ImageBatch) { self.batch = batch }

    var isWholeUnderWay: Bool { started == batch.count }
    var isDone: Bool { isWholeUnderWay && parts.isEmpty }

    mutating func startPart(on engine: any InferenceEngine) throws {
        let count = min(engine.batchSize, batch.count - started)
        let size = batch.height * batch.width * 3
        let pixels = UnsafeRawBufferPointer(rebasing: batch.pixels[started * size..<(started + count) * size])
        parts.append(try engine.start(pixels, count: count, keeping: batch))
        started += count
    }

    mutating func takePart() throws { outputs += try parts.removeFirst().wait() }
}
