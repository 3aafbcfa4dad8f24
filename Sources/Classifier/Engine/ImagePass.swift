public import Images
package import Inference
package import Platform

/// A pass of images through an engine: threads read images, the engine computes batches in parallel, and the outputs
/// have the order of the images.
///
/// ```swift
/// let pass = classifier.pass(over: images, through: engine, options)
/// while let (batch, outputs) = try await pass.next(events) { … }
/// ```
@ComputeActor
package final class ImagePass {
    /// A batch of images with the outputs of the engine, image by image; empty without an engine.
    package typealias Batch = (images: ImageBatch, outputs: [Float])

    private let engine: (any InferenceEngine)?
    private let checksCancellation: Bool
    private let source: () throws -> ImageBatch?
    /// The batches of each crop. The first crop reports unreadable images.
    private let views: [BatchIterator]
    /// The total number of images.
    private let total: Int
    private var queue: [BatchUnderWay] = []
    private var partsUnderWay = 0
    private var reported = 0
    /// The number of finished images.
    package private(set) var done = 0
    /// The time in seconds that the thread of networks spent in the engine: starting batches, and waiting for results.
    private var engineSeconds = 0.0
    /// The processor time of the process in seconds at the beginning.
    private let began: Double

    /// Creates a pass of images with one or several crops. The outputs of several crops are averaged, as with
    /// torchvision's `FiveCrop`.
    ///
    /// - Parameters:
    ///   - engine: the engine, which splits batches that are too large; nil to read only.
    ///   - checksCancellation: Whether `next()` ends when the task is canceled.
    package init(
        _ views: [BatchIterator], of total: Int, through engine: (any InferenceEngine)?,
        checksCancellation: Bool = true
    ) {
        var asked = 0
        source = {
            defer { asked += 1 }
            return try views[asked % views.count].next()
        }
        (self.views, self.total, self.engine) = (views, total, engine)
        self.checksCancellation = checksCancellation
        began = ProcessorTime.ofProcess
    }

    /// Creates a pass of batches in memory.
    package init(_ batches: [ImageBatch], through engine: any InferenceEngine) {
        var rest = batches[...]
        source = { rest.popFirst() }
        (views, total, self.engine) = ([], batches.reduce(0) { $0 + $1.count }, engine)
        checksCancellation = true
        began = ProcessorTime.ofProcess
    }

    /// The unreadable images so far, in order. Some may come after the last returned batch.
    package var failures: [SampleFailure] { views.first?.failures ?? [] }

    /// The images with several frames or pages, of which only the first is read. It is complete after the last batch.
    package var severalFrames: SeveralFrames { views.first?.severalFrames ?? SeveralFrames() }

    /// The number of images, their times and notes. It is complete after the last batch.
    ///
    /// - Parameter onCPU: whether the engine computes on the CPU. Its time is then the processor time of the process
    ///   without that of reading; otherwise it is the time of waiting for the engine.
    package func summary(onCPU: Bool) -> PassSummary {
        let decoding = views.reduce(0) { $0 + $1.processorTime }
        let inference = onCPU ? max(0, ProcessorTime.ofProcess - began - decoding) : engineSeconds
        return PassSummary(images: done, decoding: decoding, inference: inference, severalFrames: severalFrames)
    }

    /// Returns the next batch; nil after the last one.
    ///
    /// - Throws: `ApusError` if outputs are NaN or infinite, `CancellationError`, and errors of reading and of the
    ///   engine.
    package func next() throws -> Batch? {
        guard let (batch, first) = try nextView() else { return nil }
        var outputs = first
        for _ in views.dropFirst() {
            guard let view = try nextView() else { return nil }
            outputs = zip(outputs, view.outputs).map(+)
        }
        if views.count > 1 { outputs = outputs.map { $0 / Float(views.count) } }
        done += batch.count
        return (batch, outputs)
    }

    /// Returns the next batch; nil after the last one. Reports unreadable images before it, and the progress.
    ///
    /// - Throws: the errors of `next()`, `ApusError` if no image is readable, and `CancellationError` if the reader
    ///   failed.
    package func next<Value>(_ events: EventChannel<ImageEvent<Value>>) async throws -> Batch? {
        if done > 0 { events.send(.progress(done: done + reported, total: total)) }
        try events.checkCancellation()
        let batch = try next()
        for failure in newFailures(before: batch?.images.indices.last) {
            try await events.sendAndWait(.unreadable(failure))
        }
        guard batch != nil || done > 0 else { throw ApusError.noReadableImages(total, first: failures.first) }
        if batch == nil, let note = severalFrames.note() { try await events.sendAndWait(.note(note)) }
        return batch
    }

    /// Returns the unreadable images before an index that were not returned yet.
    func newFailures(before index: Int?) -> ArraySlice<SampleFailure> {
        let new = failures[reported...].prefix { $0.index < index ?? .max }
        reported += new.count
        return new
    }

    private func nextView() throws -> Batch? {
        guard let engine else {
            try checkCancellation()
            return try source().map { ($0, []) }
        }
        while true {
            while partsUnderWay < engine.depth {
                if queue.last?.isWholeUnderWay ?? true {
                    guard let batch = try source() else { break }
                    queue.append(BatchUnderWay(batch))
                    if batch.count == 0 { continue }
                }
                try measuring { try queue[queue.count - 1].startPart(on: engine) }
                partsUnderWay += 1
            }
            guard !queue.isEmpty else { return nil }
            try checkCancellation()
            if !queue[0].isDone {
                try measuring { try queue[0].takePart() }
                partsUnderWay -= 1
            }
            if queue[0].isDone {
                let done = queue.removeFirst()
                try demandFinite(done.outputs, of: done.batch, by: engine)
                return (done.batch, done.outputs)
            }
        }
    }

    private func checkCancellation() throws {
        if checksCancellation { try Task.checkCancellation() }
    }

    private func measuring(_ body: () throws -> Void) rethrows {
        let began = ContinuousClock.now
        try body()
        engineSeconds += (.now - began) / .seconds(1)
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

/// A batch that an engine computes in parts.
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

/// How images are read and passed through a network.
public struct ImagePassOptions: Sendable {
    /// The batch size; nil for the engine's choice.
    public var batchSize: Int?
    /// The number of threads that decode images; 0 for the computing thread.
    public var workers: Int
    /// The decoding of images.
    public var decoding: ImageReadingOptions.Decoding
    /// The crops of each image, whose outputs are averaged.
    public var crops: TestCrops
    /// The largest number of unreadable images; nil for any number.
    public var maximumUnreadable: UnreadableLimit?

    /// Creates options.
    public init(
        batchSize: Int? = nil, workers: Int = DataLoader.processorCount,
        decoding: ImageReadingOptions.Decoding = .exact, crops: TestCrops = .center,
        maximumUnreadable: UnreadableLimit? = nil
    ) {
        (self.batchSize, self.workers, self.decoding) = (batchSize, workers, decoding)
        (self.crops, self.maximumUnreadable) = (crops, maximumUnreadable)
    }
}

/// The result of passing many images through a network.
public struct PassSummary: Sendable {
    /// The number of images without unreadable ones.
    public private(set) var images = 0
    private var decoding = 0.0
    private var inference = 0.0
    private var severalFrames = SeveralFrames()

    package init() {}

    /// - Parameters:
    ///   - decoding: the time of reading in seconds.
    ///   - inference: the time of the engine in seconds.
    init(images: Int, decoding: Double, inference: Double, severalFrames: SeveralFrames) {
        (self.images, self.decoding, self.inference, self.severalFrames) = (images, decoding, inference, severalFrames)
    }

    /// The processor time for reading, decoding and transforming an image, the mean of all. It is the sum of all
    /// threads.
    public var decodingTime: Duration { .seconds(decoding / Double(max(1, images))) }

    /// The time for computing the network's output of an image, the mean of all: on the CPU the processor time, the sum
    /// of all threads; on another device, the time of waiting for the device.
    public var inferenceTime: Duration { .seconds(inference / Double(max(1, images))) }

    /// Notes for the user, such as the number of images with several frames.
    public var notes: [String] { [severalFrames.note()].compactMap(\.self) }

    /// Adds the images of a later pass.
    package mutating func add(_ other: PassSummary) {
        images += other.images
        decoding += other.decoding
        inference += other.inference
        severalFrames.add(other.severalFrames)
    }
}

/// The events of work on many images.
public enum ImageEvent<Value: Sendable>: Sendable {
    /// The number of finished images, including unreadable ones.
    case progress(done: Int, total: Int)
    /// An unreadable image, which is skipped.
    case unreadable(SampleFailure)
    /// The result for an image.
    case result(Value)
    /// A note for the user, after the last image.
    case note(String)

    package var isProgress: Bool { if case .progress = self { true } else { false } }
}
