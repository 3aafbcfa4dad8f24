import Classifier
import Foundation
import Platform
import TestSupport
import Testing

@testable import Serving

/// The network of `scripts/goldens/model_file.py`, for images of 12 x 12 pixels.
@Suite("Computing the images of requests") struct ComputePoolTests {
    private let file = Goldens.url("models/graph.safetensors").path

    private func model(workers: Int = 2, batchSize: Int = 1) async throws -> ServedModel {
        let specification = try ModelSpecification(name: "flowers", version: "1", model: file)
        return try await ServedModel(
            specification, ImageClassifier(contentsOf: file), workers: workers, batchSize: batchSize)
    }

    private func pool(
        workers: Int = 2, maximumQueue: Int = 256, batchDelay: Duration = .zero, maximumPixels: Int = 1000,
        observe: @escaping @Sendable (ImageOutput, ServedModel) -> Void = { _, _ in }
    ) throws -> ComputePool {
        try ComputePool(
            .init(
                workers: workers, maximumQueue: maximumQueue, batchDelay: batchDelay, maximumPixels: maximumPixels),
            observe: observe)
    }

    /// A file in the format PPM.
    private func image(_ number: Int, side: Int = 20) -> [UInt8] {
        Array("P6 \(side) \(side) 255\n".utf8)
            + (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * number) }
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    private func logits(_ bytes: [UInt8], _ crops: TestCrops = .center) async throws -> [Float] {
        let classifier = try await ImageClassifier(contentsOf: file)
        let found = Monitor<[Float]>([])
        let input = ImageInput(SingleImage(EncodedImage(bytes: bytes), named: "image"), isLabeled: false)
        try await classifier.predict(input.images, includesLogits: true, options: .init(crops: crops)) { results in
            for await case .prediction(let prediction) in results { found.withLock { $0 = prediction.logits ?? [] } }
        }
        return found.withLock { $0 }
    }

    @Test("Logits are those of a prediction to the last bit, in the order of the images", arguments: TestCrops.allCases)
    func equality(crops: TestCrops) async throws {
        let (model, pool) = (try await model(), try pool())
        defer { pool.close() }
        let images = (1...12).map { image($0) }
        let outputs = try await pool.outputs(of: images.map { .file($0) }, crops: crops, by: model, deadline: soon)
        #expect(outputs.count == 12)
        for (bytes, output) in zip(images, outputs) {
            let output = try output.get()
            #expect(try await output.logits == logits(bytes, crops))
            #expect(output.batch == 1 && output.decoding > .zero && output.inference > .zero)
        }
    }

    @Test("Prepared pixels are computed as they are") func pixels() async throws {
        let (model, pool) = (try await model(), try pool())
        defer { pool.close() }
        let pixels = (0..<12 * 12 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }
        // An image of 14 pixels is cropped to its center.
        var file = [UInt8](repeating: 0, count: 14 * 14 * 3)
        for row in 0..<12 {
            file.replaceSubrange(
                ((row + 1) * 14 + 1) * 3..<((row + 1) * 14 + 13) * 3, with: pixels[row * 36..<row * 36 + 36])
        }
        let ppm = Array("P6 14 14 255\n".utf8) + file
        let outputs = try await pool.outputs(of: [.pixels(pixels), .file(ppm)], by: model, deadline: soon)
        #expect(try outputs[0].get().logits == outputs[1].get().logits)
    }

    @Test("An image that can't be used has an error of its own") func failures() async throws {
        let (model, pool) = (try await model(), try pool())
        defer { pool.close() }
        let contents: [ImageContent] = [.file(image(1)), .file(Array("text".utf8)), .file(image(2, side: 50))]
        let outputs = try await pool.outputs(of: contents, by: model, deadline: soon)
        #expect(try outputs[0].get().logits.count == 3)
        #expect(throws: ServingError.self) { try outputs[1].get() }
        guard case (.failure(let unreadable), .failure(let large)) = (outputs[1], outputs[2]) else { return }
        #expect(unreadable.code == .unreadableImage && large.code == .imageTooLarge)
    }

    @Test("The images of a request fill a batch, without those that are unreadable") func batches() async throws {
        let model = try await model(workers: 1, batchSize: 4)
        let sizes = Monitor<[Int]>([])
        let pool = try pool(workers: 1) { output, _ in sizes.withLock { $0.append(output.batch) } }
        defer { pool.close() }
        let images: [ImageContent] = [
            .file(image(1)), .file([1, 2]), .file(image(2)), .file(image(3)), .file(image(4)),
        ]
        let outputs = try await pool.outputs(of: images, by: model, deadline: soon)
        #expect(throws: ServingError.self) { try outputs[1].get() }
        for (place, number) in zip([0, 2, 3, 4], 1...) {
            let (found, expected) = (try outputs[place].get().logits, try await logits(image(number)))
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "image \(number)")
        }
        #expect(sizes.withLock { $0 } == [3, 3, 3, 1])
    }

    @Test("A full queue refuses a whole request, with the time after which to try again") func fullQueue() async throws
    {
        let model = try await model(workers: 1)
        // Without threads, everything waits.
        let pool = try pool(workers: 0, maximumQueue: 3)
        defer { pool.close() }
        let file = ImageContent.file(image(1))
        let waiting = Task { try await pool.outputs(of: [file, file], by: model, deadline: soon) }
        while pool.queueLength < 2 { await Task.yield() }
        let refusal = await #expect(throws: ServingError.self) {
            try await pool.outputs(of: [file, file], by: model, deadline: soon)
        }
        #expect(refusal?.code == .queueFull && refusal?.status == 429 && refusal?.retryAfter ?? 0 >= 1)
        #expect(pool.queueLength == 2)
        waiting.cancel()
        let canceled = await #expect(throws: ServingError.self) { try await waiting.value }
        #expect(canceled?.code == .canceled && pool.queueLength == 0, "a canceled request leaves the queue")
        // A request that is larger than an empty queue is not refused forever.
        let large = Task { try await pool.outputs(of: [file, file, file, file], by: model, deadline: soon) }
        while pool.queueLength < 4 { await Task.yield() }
        large.cancel()
        _ = await large.result
    }

    @Test("A request whose deadline passes leaves the queue") func deadline() async throws {
        let model = try await model(workers: 1)
        let pool = try pool(workers: 0)
        defer { pool.close() }
        let error = await #expect(throws: ServingError.self) {
            try await pool.outputs(of: [.file(image(1))], by: model, deadline: .now + .milliseconds(5))
        }
        #expect(error?.code == .deadlineExceeded && error?.status == 504 && pool.queueLength == 0)
        let late = await #expect(throws: ServingError.self) {
            try await pool.outputs(of: [.file(image(1))], by: model, deadline: .now - .seconds(1))
        }
        #expect(late?.code == .deadlineExceeded)
    }

    @Test("The crops of an image that nobody waits for are not computed, except the first")
    func abandonment() async throws {
        let model = try await model(workers: 1)
        let work = LaneWork(model, worker: 0, 1000) { _ in false }
        for crops in TestCrops.allCases {
            let job = ImageJob(.file(image(1)), crops, model, Ticket(1), place: 0, at: .now)
            let isComputed = if case .success = work.results(of: [job])[0] { true } else { false }
            #expect(isComputed == (crops == .center))
        }
    }

    // Other tests may keep the thread that opens models busy for minutes.
    @Test("A model is freed when its last image is computed", .timeLimit(.minutes(15))) func release() async throws {
        let pool = try pool(workers: 1)
        defer { pool.close() }
        var model: ServedModel? = try await model(workers: 1)
        weak let former = model
        if let model {
            let images = (1...4).map { ImageContent.file(image($0)) }
            #expect(try await pool.outputs(of: images, by: model, deadline: soon).count == 4)
        }
        model = nil
        while former != nil { await Task.yield() }
    }

    @Test("A closed pool computes what waits, and refuses what comes") func closing() async throws {
        let model = try await model(workers: 1)
        let pool = try pool(workers: 1)
        let file = ImageContent.file(image(1))
        let tasks = (0..<20).map { _ in Task { try await pool.outputs(of: [file], by: model, deadline: soon) } }
        let results = await withTaskGroup(of: Bool.self) { group in
            for task in tasks {
                group.addTask {
                    do { return try await task.value.count == 1 } catch {
                        return (error as? ServingError)?.code == .draining
                    }
                }
            }
            pool.close()
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(results)
        let error = await #expect(throws: ServingError.self) {
            try await pool.outputs(of: [file], by: model, deadline: soon)
        }
        #expect(error?.code == .draining)
    }
}
