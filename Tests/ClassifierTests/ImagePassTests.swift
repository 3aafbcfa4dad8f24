import Foundation
import Images
import Inference
import Platform
import TestSupport
import Testing

@testable import Classifier

/// Images of one gray value each; an image without a value is not readable.
private struct GrayImages: ImageDataset {
    struct Unreadable: Error {}

    let values: [UInt8?]
    let classNames = [""]

    var count: Int { values.count }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { "image \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        guard let value = values[index] else { throw Unreadable() }
        return Image(width: 2, height: 2, pixels: [UInt8](repeating: value, count: 12))
    }
}

/// Gives one number for each image: the red of its first pixel.
private final class FirstPixel: InferenceEngine {
    final class Result: PendingInference {
        let values: [Float]
        init(_ values: [Float]) { self.values = values }
        func wait() -> [Float] { values }
    }

    let summary = "first pixel"
    let batchSize: Int, depth: Int
    private(set) var passed = 0

    init(batchSize: Int, depth: Int) { (self.batchSize, self.depth) = (batchSize, depth) }

    func start(_ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject) -> any PendingInference {
        passed += count
        return Result((0..<count).map { Float(pixels[$0 * (pixels.count / count)]) })
    }
}

@ComputeActor
@Suite("Passes over images") struct ImagePassTests {
    private func pass(
        _ views: [UInt8?]..., batchSize: Int = 2, through engine: (any InferenceEngine)?
    ) -> ImagePass {
        let batches = views.map { values in
            DataLoader(
                GrayImages(values: values), transforms: [], height: 2, width: 2, batchSize: batchSize, workers: 0
            ).batches()
        }
        return ImagePass(batches, of: views[0].count, through: engine)
    }

    /// The events of a pass without progress.
    private func events(of pass: ImagePass) async throws -> [String] {
        let found = Monitor<[String]>([])
        try await withEvents(
            readBy: { (events: EventSequence<ImageEvent<String>>) in
                for await event in events {
                    switch event {
                    case .progress: break
                    case .unreadable(let failure): found.withLock { $0.append("\(failure.index) failed") }
                    case .result(let result): found.withLock { $0.append(result) }
                    case .note(let text): found.withLock { $0.append(text) }
                    }
                }
            }, isProgress: \.isProgress
        ) { events in
            while let (batch, outputs) = try await pass.next(events) {
                for (index, output) in zip(batch.indices, outputs) {
                    try await events.sendAndWait(.result("\(index) is \(output)"))
                }
            }
        }
        return found.withLock { $0 }
    }

    /// Image files in memory.
    private struct Files: ImageDataset {
        let files: [[UInt8]]
        let classNames = [""]

        var count: Int { files.count }
        func label(at index: Int) -> Int { 0 }
        func name(at index: Int) -> String { "file \(index)" }
        func image(at index: Int, options: ImageReadingOptions) throws -> Image {
            try Image(decoding: files[index], options: options)
        }
        func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(bytes: files[index]) }
    }

    @Test("Images with several frames are counted in one note at the end, once for all crops", arguments: [0, 2])
    func severalFrames(workers: Int) async throws {
        func file(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: Goldens.url("images/files/\(name)"))) }
        let files = try ["rgb.jpg", "animated.webp", "animated.png", "rgb.jpg"].map(file)
        func pass(_ files: [[UInt8]], crops: Int = 2) -> ImagePass {
            let views = (0..<crops).map { _ in
                DataLoader(
                    Files(files: files), transforms: [Resize(width: 2, height: 2)], height: 2, width: 2, batchSize: 1,
                    workers: workers
                ).batches()
            }
            return ImagePass(views, of: files.count, through: FirstPixel(batchSize: 1, depth: 2))
        }
        let many = pass(files)
        let found = try await events(of: many)
        #expect(found.count == 5)
        #expect(
            found.last
                == "2 images have several frames or pages, and only the first of each is read, such as file 1")
        let summary = many.summary(onCPU: true)
        #expect(summary.images == 4 && summary.notes == [found.last])
        #expect(summary.decodingTime > .zero)
        let one = try await events(of: pass([files[2]], crops: 1))
        #expect(one.last == "1 image has several frames or pages, and only the first is read: file 0")
        #expect(try await events(of: pass([files[0]])).count == 1)
    }

    @Test("Outputs and failures come in the order of the images", arguments: [1, 2, 3], [1, 3])
    func order(batchSize: Int, depth: Int) async throws {
        let engine = FirstPixel(batchSize: batchSize, depth: depth)
        let pass = pass([nil, 1, nil, nil, 4, 5, nil], through: engine)
        #expect(
            try await events(of: pass)
                == ["0 failed", "1 is 1.0", "2 failed", "3 failed", "4 is 4.0", "5 is 5.0", "6 failed"])
        #expect(pass.done == 3 && pass.failures.map(\.index) == [0, 2, 3, 6])
    }

    @Test("The outputs of an image's crops are averaged", arguments: [1, 2])
    func crops(depth: Int) throws {
        let pass = pass([10, 20, 30], [20, 40, 90], through: FirstPixel(batchSize: 2, depth: depth))
        var outputs: [Float] = []
        while let batch = try pass.next() { outputs += batch.outputs }
        #expect(outputs == [15, 30, 60] && pass.done == 3)
    }

    @Test("Without an engine images are only read")
    func reading() throws {
        let pass = pass([1, nil, 3], through: nil)
        var places: [Int] = []
        while let (batch, outputs) = try pass.next() {
            places += batch.indices
            #expect(outputs.isEmpty)
        }
        #expect(places == [0, 2])
    }

    @Test("A pass without a readable image fails")
    func noneReadable() async throws {
        let pass = pass([nil, nil, nil], through: FirstPixel(batchSize: 2, depth: 2))
        let error = await #expect(throws: ApusError.self) { try await events(of: pass) }
        #expect(error?.code == .noReadableImages && error?.description.contains("image 0") == true)
    }

    @Test("The error for a NaN or infinite output names the image")
    func notFinite() throws {
        final class Broken: InferenceEngine {
            let (summary, batchSize, depth) = ("broken", 2, 1)
            func start(
                _ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject
            ) -> any PendingInference { FirstPixel.Result([1, .nan]) }
        }
        let pass = pass([1, 2], through: Broken())
        let error = #expect(throws: ApusError.self) { try pass.next() }
        #expect(error?.description.contains("image 1") == true)
    }

    @Test("A reader that fails ends the pass")
    func failingReader() async throws {
        struct Enough: Error {}
        let engine = FirstPixel(batchSize: 1, depth: 1)
        let pass = pass([UInt8?](repeating: 1, count: 2000), batchSize: 1, through: engine)
        await #expect(throws: Enough.self) {
            try await withEvents(
                readBy: { (events: EventSequence<ImageEvent<Int>>) in
                    for await _ in events { throw Enough() }
                }, isProgress: \.isProgress
            ) { events in
                while let (batch, _) = try await pass.next(events) {
                    try await events.sendAndWait(.result(batch.indices[0]))
                }
            }
        }
        #expect(engine.passed < 2000)
    }
}
