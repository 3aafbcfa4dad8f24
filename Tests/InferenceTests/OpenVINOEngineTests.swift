import Foundation
import Inference
import TestSupport
import Testing

@ComputeActor
@Suite("OpenVINO engine") struct OpenVINOEngineTests {
    let network: GoldenNetwork

    init() throws { network = try GoldenNetwork() }

    @Test("Outputs equal PyTorch's", arguments: [1, 2, 4, 11, 16], [1, 2])
    func outputs(batchSize: Int, streams: Int) throws {
        let engine = try network.engine(batchSize: batchSize, streams: streams)
        #expect(engine.batchSize == batchSize)
        #expect(engine.outputCount == GoldenNetwork.outputCount)
        #expect(largestDifference(try engine.answers(to: network), network.outputs) < 1e-5)
    }

    @Test("Batches may be awaited in any order") func anyOrder() throws {
        let engine = try network.engine(batchSize: 1)
        #expect(engine.depth >= 2)
        let order = [7, 0, 10, 3, 9, 1, 5, 8, 2, 6, 4]
        for _ in 0..<5 {
            let pending = try (0..<network.count).map { try engine.start(network.images($0..<$0 + 1), count: 1) }
            for index in order {
                let answer = try pending[index].wait()
                #expect(largestDifference(answer, network.answers(index..<index + 1)) < 1e-5)
            }
        }
    }

    @Test("Partial batches keep their order") func partialBatches() throws {
        let engine = try network.engine(batchSize: 4)
        for count in [3, 1, 4, 2, 4, 1] {
            let answers = try engine.start(network.images(5..<5 + count), count: count).wait()
            #expect(largestDifference(answers, network.answers(5..<5 + count)) < 1e-5)
        }
    }

    @Test("A result can be read again") func repeatedWait() throws {
        let engine = try network.engine(batchSize: 1)
        let first = try engine.start(network.images(0..<1), count: 1)
        let answer = try first.wait()
        let second = try engine.start(network.images(1..<2), count: 1)
        _ = try second.wait()
        #expect(try first.wait() == answer)
    }

    @Test("Memory is kept until the batch is done") func memory() throws {
        let engine = try network.engine(batchSize: 11)
        var buffer: PixelBuffer? = network.images(0..<11)
        weak let watched = buffer
        let pending = try engine.start(try #require(buffer), count: 11)
        buffer = nil
        #expect(watched != nil)
        #expect(largestDifference(try pending.wait(), network.outputs) < 1e-5)
        #expect(watched == nil)
    }

    @Test("Results that are never read do no harm") func unreadResults() throws {
        let engine = try network.engine(batchSize: 11)
        for round in 0..<50 {
            weak var watched: PixelBuffer?
            try {
                let buffer = network.images(0..<11)
                watched = buffer
                _ = try engine.start(buffer, count: 11)
            }()
            #expect(watched == nil, "the memory is freed after the last read")
            if round % 10 == 0 {
                #expect(largestDifference(try engine.answers(to: network), network.outputs) < 1e-5)
            }
        }
    }

    @Test("A result outlives its engine") func engineLifetime() throws {
        var engine: OpenVINOEngine? = try network.engine(batchSize: 2)
        let pending = try #require(try engine?.start(network.images(0..<2), count: 2))
        engine = nil
        #expect(largestDifference(try pending.wait(), network.answers(0..<2)) < 1e-5)
    }

    @Test("Batches that do not fit are refused", arguments: [(0, 0), (5, 5), (2, 1), (2, 3), (-1, 1)])
    func batchSizes(count: Int, images: Int) throws {
        let engine = try network.engine(batchSize: 4)
        let error = try #require(throws: InferenceError.self) {
            try engine.start(network.images(0..<images), count: count)
        }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("16 x 20 x 3"))
    }

    @Test(
        "A batch size, a stream count or a thread count below one is refused",
        arguments: [(0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, 1, 0)]
    )
    func emptyShares(batchSize: Int, streams: Int, threads: Int) {
        let shares = InferenceShares(batchSize: batchSize, streams: streams, threads: threads)
        let error = #expect(throws: InferenceError.self) { try OpenVINOEngine(onnx: network.onnx, shares: shares) }
        #expect(error?.code == .invalidInput)
    }

    @Test("A model in a file gives the same outputs") func modelFile() throws {
        let shares = InferenceShares(batchSize: 11, streams: 1, threads: 1)
        let path = Goldens.url("onnx/network.onnx").path
        let engine = try OpenVINOEngine(onnxFile: path, shares: shares)
        #expect(largestDifference(try engine.answers(to: network), network.outputs) < 1e-5)
        let error = #expect(throws: InferenceError.self) {
            try OpenVINOEngine(onnxFile: "\(nowhere).onnx", shares: shares)
        }
        #expect(error?.message.contains("\(nowhere).onnx") == true)
    }

    @Test("Bytes that are not a model are refused") func invalidModels() throws {
        let onnx = network.onnx
        for bytes in [[], Array("no ONNX at all".utf8), Array(onnx.prefix(onnx.count / 2)), Array(onnx.reversed())] {
            let error = try #require(throws: InferenceError.self) {
                try OpenVINOEngine(onnx: bytes, shares: .latency())
            }
            #expect(error.code == .invalidModel)
            #expect(error.message.hasPrefix("OpenVINO cannot read the ONNX model: "))
            #expect(!error.message.contains("\n"))
        }
    }

    @Test("Models with another kind of input are refused") func otherInputs() throws {
        let model = try Data(contentsOf: Goldens.url("onnx/float-input.onnx"))
        let error = try #require(throws: InferenceError.self) {
            try model.withUnsafeBytes { try OpenVINOEngine(onnx: $0, shares: .latency()) }
        }
        #expect(error.code == .invalidModel)
        #expect(error.message.contains("8-bit pixels"))
    }

    @Test("bfloat16 is computed or refused") func bfloat16() throws {
        if try OpenVINO.supports(.bfloat16) {
            let engine = try network.engine(batchSize: 11, precision: .bfloat16)
            let difference = largestDifference(try engine.answers(to: network), network.outputs)
            #expect(difference > 1e-5 && difference < 0.1)
        } else {
            let error = #expect(throws: InferenceError.self) {
                try network.engine(batchSize: 11, precision: .bfloat16)
            }
            #expect(error?.code == .unsupportedPrecision)
        }
    }

    @Test("The summary describes version, threads and precision") func summary() throws {
        let version = try OpenVINO.version()
        #expect(version.split(separator: ".").allSatisfy { Int($0) != nil })
        if InferenceShares.coreCount > 1 {
            #expect(try network.engine(batchSize: 1).summary == "OpenVINO \(version), float32, 2 streams")
        }
        #expect(try network.engine(batchSize: 1, streams: 1).summary == "OpenVINO \(version), float32, 1 stream")
    }
}
