internal import Classifier
package import Images
internal import LibC
internal import Platform

/// The threads that decode and compute the images of all requests, and the queue before them.
///
/// Each thread decodes an image and computes it in a lane of its own, so that threads never exceed the processors and
/// no hand-over costs time. Images wait in order of arrival. If a model has batches, a thread takes as many waiting
/// images of the model as a batch has.
package final class ComputePool: Sendable {
    /// How the pool works.
    package struct Options: Sendable {
        /// The number of threads.
        package var workers: Int
        /// The largest number of waiting images.
        package var maximumQueue: Int
        /// How long a thread waits for more images of a batch while others compute.
        package var batchDelay: Duration
        /// The largest number of pixels of an image.
        package var maximumPixels: Int

        /// Creates options.
        package init(workers: Int, maximumQueue: Int, batchDelay: Duration = .zero, maximumPixels: Int) {
            (self.workers, self.maximumQueue, self.batchDelay) = (workers, maximumQueue, batchDelay)
            self.maximumPixels = maximumPixels
        }
    }

    private struct State {
        /// The waiting images, in order of arrival. A slice would keep those that are removed in memory.
        var queue: [ImageJob] = []
        /// The number of threads that compute.
        var busy = 0
        /// The mean time of a thread for a crop of an image in seconds, of the latest ones; nil before the first.
        var secondsPerCrop: Double?
        var isClosed = false
    }

    private let options: Options
    private let observe: @Sendable (ImageOutput, ServedModel) -> Void
    private let state = Monitor(State())

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - options: the number of threads and the limits.
    ///   - observe: a function that is called with each computed image, on the thread that computed it.
    /// - Throws: `ServingError` if the system allows too few threads.
    package init(
        _ options: Options, observe: @escaping @Sendable (ImageOutput, ServedModel) -> Void = { _, _ in }
    ) throws(ServingError) {
        (self.options, self.observe) = (options, observe)
        for number in 0..<options.workers {
            guard WorkerThread.start("compute-\(number)", { [self] in run(number) }) else {
                close()
                throw ServingError(
                    .internalError,
                    "the system allows too few threads: only \(number) of \(options.workers) workers could be started")
            }
        }
    }

    /// The number of waiting images.
    package var queueLength: Int { state.withLock { $0.queue.count } }

    /// Ends the threads when the waiting images are computed. New ones are refused.
    package func close() { state.update { $0.isClosed = true } }

    /// Computes the images of a request, and waits for all of them.
    ///
    /// They are removed from the queue if the task is canceled or the deadline passes.
    ///
    /// - Parameters:
    ///   - images: the images.
    ///   - crops: the crops of each image, whose outputs are averaged.
    ///   - model: the model.
    ///   - deadline: the time at which the answer is no longer of use.
    /// - Returns: the output or the error of each image, in order.
    /// - Throws: `ServingError` if the queue is full, the deadline passes, or the pool is closed.
    package func outputs(
        of images: [ImageContent], crops: TestCrops = .center, by model: ServedModel,
        deadline: ContinuousClock.Instant
    ) async throws(ServingError) -> [Result<ImageOutput, ServingError>] {
        guard !images.isEmpty else { return [] }
        let now = ContinuousClock.now
        guard deadline > now else { throw .deadlinePassed }
        let ticket = Ticket(images.count)
        try admit(
            images.enumerated().map { ImageJob($1, crops, model, ticket, place: $0, at: now) }, until: deadline - now)
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            abandon(ticket, .deadlinePassed)
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let end = state.withLock { _ in ticket.end ?? ticket.wait(with: continuation) }
                if let end { continuation.resume(returning: end) }
            }
        } onCancel: {
            abandon(ticket, ServingError(.canceled, "the client has closed the connection"))
        }
        timer.cancel()
        return try result.get()
    }

    // MARK: The queue

    /// Adds the images of a request if all of them can be computed in time.
    private func admit(_ jobs: [ImageJob], until time: Duration) throws(ServingError) {
        let workers = Double(max(1, options.workers))
        let refusal = state.withLock { state -> ServingError? in
            guard !state.isClosed else { return .draining }
            let crops = state.queue.reduce(0) { $0 + $1.cropCount }
            let wait = Double(crops) * (state.secondsPerCrop ?? 0) / workers
            // A single request of many images is admitted to an empty queue.
            let fits = state.queue.isEmpty || state.queue.count + jobs.count <= options.maximumQueue
            guard fits, .seconds(wait) <= time else {
                return ServingError(
                    .queueFull,
                    "\(state.queue.count) images are waiting, which takes about \(max(1, Int(wait.rounded(.up)))) s; "
                        + "try again later",
                    retryAfter: max(1, Int(wait.rounded(.up))))
            }
            state.queue += jobs
            return nil
        }
        if let refusal { throw refusal }
        state.update { _ in }
    }

    /// Ends a request early.
    private func abandon(_ ticket: Ticket, _ error: ServingError) {
        let continuation = state.withLock { state in
            guard ticket.end == nil else { return Ticket.Continuation?.none }
            state.queue.removeAll { $0.ticket === ticket }
            return ticket.finish(.failure(error))
        }
        continuation?.resume(returning: .failure(error))
    }

    // MARK: The threads

    private func run(_ number: Int) {
        while var jobs = next() {
            let model = jobs[0].model
            if jobs.count < model.batchSize, waitsForMore(jobs) {
                sleep(options.batchDelay)
                state.withLock { takeMore(&jobs, from: &$0) }
            }
            let began = ContinuousClock.now
            let work = LaneWork(model, worker: number, options.maximumPixels) { [state] job in
                state.withLock { _ in job.ticket.end == nil }
            }
            let results = work.results(of: jobs)
            let seconds = (.now - began) / .seconds(1) / Double(jobs.reduce(0) { $0 + $1.cropCount })
            state.withLock { state in
                state.busy -= 1
                state.secondsPerCrop = state.secondsPerCrop.map { $0 + (seconds - $0) / 32 } ?? seconds
            }
            for (job, result) in zip(jobs, results) {
                if case .success(let output) = result { observe(output, model) }
                finish(job, result)
            }
        }
    }

    /// Waits for the next images: one, or the first ones of a model that fit a batch. Returns nil at the end.
    private func next() -> [ImageJob]? {
        state.wait { state in
            guard !state.queue.isEmpty else { return state.isClosed ? .some(nil) : nil }
            state.busy += 1
            var jobs = [state.queue.removeFirst()]
            takeMore(&jobs, from: &state)
            return jobs
        }
    }

    private func takeMore(_ jobs: inout [ImageJob], from state: inout State) {
        let first = jobs[0]
        guard first.crops == .center else { return }
        var index = state.queue.startIndex
        while jobs.count < first.model.batchSize, index < state.queue.endIndex {
            if state.queue[index].model === first.model, state.queue[index].crops == .center {
                jobs.append(state.queue.remove(at: index))
            } else {
                index += 1
            }
        }
    }

    /// Whether more images may arrive soon. A single request on an idle server waits for no others.
    private func waitsForMore(_ jobs: [ImageJob]) -> Bool {
        options.batchDelay > .zero && jobs[0].crops == .center && (jobs.count > 1 || state.withLock { $0.busy > 1 })
    }

    private func sleep(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }

    private func finish(_ job: ImageJob, _ result: Result<ImageOutput, ServingError>) {
        let (continuation, end) = state.withLock { _ in
            let end = job.ticket.add(result, at: job.place)
            return (end.flatMap { job.ticket.finish($0) }, end)
        }
        if let continuation, let end { continuation.resume(returning: end) }
    }
}

/// An image that waits to be computed.
final class ImageJob: Sendable {
    let content: ImageContent
    let crops: TestCrops
    let model: ServedModel
    let ticket: Ticket
    /// The index of the image in its request.
    let place: Int
    let enqueued: ContinuousClock.Instant

    /// The number of crops that are computed.
    var cropCount: Int { if case .file = content { crops.count } else { 1 } }

    init(
        _ content: ImageContent, _ crops: TestCrops, _ model: ServedModel, _ ticket: Ticket, place: Int,
        at enqueued: ContinuousClock.Instant
    ) {
        (self.content, self.crops, self.model, self.ticket) = (content, crops, model, ticket)
        (self.place, self.enqueued) = (place, enqueued)
    }
}

/// A request that waits for its images. It is accessed only under the lock of the pool.
final class Ticket: @unchecked Sendable {
    typealias End = Result<[Result<ImageOutput, ServingError>], ServingError>
    typealias Continuation = CheckedContinuation<End, Never>

    /// The result of the request; nil while it waits.
    private(set) var end: End?
    private var results: [Result<ImageOutput, ServingError>?]
    private var remaining: Int
    private var continuation: Continuation?

    init(_ count: Int) { (results, remaining) = (Array(repeating: nil, count: count), count) }

    /// Stores the task that waits. Returns nil.
    func wait(with continuation: Continuation) -> End? {
        self.continuation = continuation
        return nil
    }

    /// Adds the result of an image. Returns the result of the request if it was the last image.
    func add(_ result: Result<ImageOutput, ServingError>, at place: Int) -> End? {
        guard end == nil else { return nil }
        results[place] = result
        remaining -= 1
        return remaining == 0 ? .success(results.compactMap(\.self)) : nil
    }

    /// Ends the request. Returns the task that waits, which must be resumed without the lock.
    func finish(_ end: End) -> Continuation? {
        self.end = end
        defer { continuation = nil }
        return continuation
    }
}
