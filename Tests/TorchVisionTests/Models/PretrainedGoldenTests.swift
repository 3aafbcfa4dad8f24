import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

/// Published weights on real photos.
@TensorActor
@Suite("Pretrained networks", .serialized, .testData) struct PretrainedGoldenTests {
    nonisolated static func makeNetwork(_ name: String) throws -> any ImageNetwork {
        try #require(Architecture.named(name)).makeNetwork(classes: 1000)
    }

    nonisolated static func entries(_ file: String) throws -> StateDict {
        try Checkpoint.read(TestData.url("weights/\(file)").path).stateDict
    }

    /// torchvision's `ToTensor` and `Normalize`: `[N, 3, H, W]`.
    nonisolated private static func normalized(_ images: [Image], _ preprocessing: Preprocessing) throws -> Tensor {
        let pixels = try Tensor.stack(images.map { try Tensor($0.pixels, shape: [$0.height, $0.width, 3]) })
        let values = try pixels.to(.float32) / 255
        return try ((values - Tensor(preprocessing.mean)) / Tensor(preprocessing.standardDeviation))
            .permute(dims: [0, 3, 1, 2])
    }

    /// Networks with the file of their weights and the number of photos.
    nonisolated private static let networks = [
        ("mobilenet_v2", "mobilenet_v2-b0353104.pth", 1000),
        ("squeezenet1_1", "squeezenet1_1-torchvision-fp16rounded.pth", 500),
    ]

    /// Runs in a separate process with one thread, because waiting threads slow each other down while other tests run.
    @Test("The best class of every photo equals PyTorch's", arguments: networks)
    func bestClass(_ name: String, _ weights: String, _ count: Int) async {
        await #expect(processExitsWith: .success) { [name, weights, count] in
            try LibTorch.setThreadCount(1)
            let rows = try Goldens.table("models/\(name)-pretrained.tsv")
            #expect(rows.count == count)
            let network = try Self.makeNetwork(name)
            try network.loadWeights(Self.entries(weights))
            network.eval()
            for start in stride(from: 0, to: rows.count, by: 5) {
                try Self.compare(rows[start..<min(start + 5, rows.count)], network)
            }
        }
    }

    nonisolated private static func compare(_ rows: ArraySlice<[String: String]>, _ network: any ImageNetwork) throws {
        // torchvision's loader ignores the EXIF orientation.
        var preprocessing = Preprocessing.imageNet
        preprocessing.appliesOrientation = false
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let images = try rows.map { row in
            let path = try TestData.url("datasets/\(#require(row["path"]))").path
            let image = try Image(contentsOf: path, options: preprocessing.readingOptions)
            return preprocessing.evaluationTransforms.apply(to: image, using: &random)
        }
        let best = try withInferenceMode { try network(normalized(images, preprocessing)).topk(1) }
        let indices = try best.indices.array(as: Int.self)
        let logits = try best.values.array(as: Float.self)
        for (row, (index, logit)) in zip(rows, zip(indices, logits)) {
            let expected = try #require(row["logit"].flatMap(Float.init))
            #expect(String(index) == row["index"], "\(row["path"] ?? "")")
            #expect(abs(logit - expected) < 1e-3, "\(row["path"] ?? "")")
        }
    }

    @Test("A backbone without its head loads partially") func backbone() throws {
        let entries = try Self.entries("resnet18-backbone-fp16rounded-bnrecal.pth")
        let network = try Self.makeNetwork("resnet18")
        let error = try #require(throws: LoadError.self) { try network.load(entries) }
        #expect(error.report.missing == ["fc.weight", "fc.bias"])
        #expect(error.report.unexpected.isEmpty && error.report.mismatched.isEmpty)
        let report = try network.load(entries, isStrict: false)
        #expect(report.loaded.count == 120)
        #expect(report.loaded == network.stateDict.map(\.name).dropLast(2))
    }

    @Test("The features of AlexNet load partially") func alexNetFeatures() throws {
        let network = try Self.makeNetwork("alexnet")
        let report = try network.load(Self.entries("alexnet-features-only.pth"), isStrict: false)
        #expect(report.loaded == network.stateDict.map(\.name).filter { $0.hasPrefix("features.") })
        #expect(report.missing.count == 6)
        #expect(report.unexpected.isEmpty)
    }
}
