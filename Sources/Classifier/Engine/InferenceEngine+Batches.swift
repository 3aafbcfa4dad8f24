package import Images
package import Inference
internal import Platform

extension InferenceEngine {
    /// Passes a loader's batches through the engine, as many at once as it wants, and gives the outputs in order.
    ///
    /// A batch larger than the engine's is passed in parts.
    ///
    /// - Throws: `ApusError` where outputs are NaN or infinite, besides what the engine and `body` throw.
    package func pass(_ batches: BatchIterator, _ body: (ImageBatch, _ outputs: [Float]) throws -> Void) throws {
        try pass(views: [batches], body)
    }

    /// The same for pictures of several views, each with batches of its own: gives the means of the views' outputs, as
    /// torchvision's `FiveCrop` is meant to be used.
    func pass(views: [BatchIterator], _ body: (ImageBatch, _ outputs: [Float]) throws -> Void) throws {
        var (asked, taken) = (0, 0)
        var sums: [Float] = []
        func next() throws -> ImageBatch? {
            defer { asked += 1 }
            return try views[asked % views.count].next()
        }
        try pass(next: next) { batch, outputs in
            try demandFinite(outputs, of: batch, views[0])
            guard views.count > 1 else { return try body(batch, outputs) }
            sums = taken.isMultiple(of: views.count) ? outputs : zip(sums, outputs).map(+)
            taken += 1
            if taken.isMultiple(of: views.count) { try body(batch, sums.map { $0 / Float(views.count) }) }
        }
    }

    private func demandFinite(_ outputs: [Float], of batch: ImageBatch, _ batches: BatchIterator) throws {
        guard !outputs.reduce(0, +).isFinite else { return }
        let count = outputs.count / max(1, batch.count)
        for (row, index) in batch.indices.enumerated() {
            try OutputCheck.demandFinite(
                outputs[row * count..<(row + 1) * count], of: batches.name(at: index), by: summary)
        }
    }

    /// The same for batches from anywhere; `next` gives nil after the last.
    package func pass(next: () throws -> ImageBatch?, _ body: (ImageBatch, _ outputs: [Float]) throws -> Void) throws {
        var queue: [BatchUnderWay] = []
        var partsUnderWay = 0
        while true {
            while partsUnderWay < depth {
                if queue.last?.isWholeUnderWay ?? true {
                    guard let batch = try next() else { break }
                    queue.append(BatchUnderWay(batch))
                }
                try queue[queue.count - 1].startPart(on: self)
                partsUnderWay += 1
            }
            guard !queue.isEmpty else { return }
            try Task.checkCancellation()
            try queue[0].takePart()
            partsUnderWay -= 1
            if queue[0].isDone {
                let done = queue.removeFirst()
                try body(done.batch, done.outputs)
            }
        }
    }
}

/// A batch that an engine computes, part by part.
@ComputeActor
private struct BatchUnderWay {
    package let batch: ImageBatch
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

/// Looks for NaN and infinity in what a network holds and in what it answers: from such numbers nothing follows, and some
/// layers and engines hide them.
package enum OutputCheck {
    /// Throws where values are not all finite.
    ///
    /// - Parameters:
    ///   - what: what the values are, in the plural.
    ///   - picture: the file of the picture that they are of.
    ///   - engine: what computed them.
    /// - Throws: `ApusError` that names the picture and how many values are concerned.
    package static func demandFinite(
        _ values: some Collection<Float>, _ what: String = "outputs of the network", of picture: String,
        by engine: String
    ) throws(ApusError) {
        // The sum is not finite where a value is not; the other way round it may be too large.
        guard !values.reduce(Float(0), +).isFinite else { return }
        let wrong = values.count { !$0.isFinite }
        guard wrong > 0 else { return }
        throw ApusError(
            "\(picture): \(wrong.grouped) of \(values.count.grouped) \(what) are NaN or infinite (\(engine)); the model "
                + "file is damaged, or its numbers are too large for this precision: take another copy of the file, or "
                + "compute with float32")
    }
}
