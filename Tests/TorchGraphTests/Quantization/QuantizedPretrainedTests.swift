import Foundation
import Inference
import ONNX
import TestSupport
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchVision

/// A published network in 8 bits on real photos.
@Suite("Quantized pretrained networks", .serialized, .testData)
struct QuantizedPretrainedTests {
    /// From 8-bit pixels, `[N, H, W, 3]`, to logits.
    private final class PixelNetwork: Module {
        private let network: any ImageNetwork
        private let mean: Tensor
        private let deviation: Tensor

        init(_ network: any ImageNetwork, _ preprocessing: Preprocessing) throws {
            self.network = network
            mean = try Tensor(preprocessing.mean)
            deviation = try Tensor(preprocessing.standardDeviation)
        }

        func forward(_ pixels: Tensor) throws -> Tensor {
            try network(((pixels.to(.float32) / 255 - mean) / deviation).permute(dims: [0, 3, 1, 2]))
        }
    }

    private static let preprocessing = Preprocessing.imageNet

    private static func pixels(_ paths: ArraySlice<String>) throws -> Tensor {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return try Tensor.stack(
            paths.map { path in
                let image = try Image(contentsOf: path, options: preprocessing.readingOptions)
                let prepared = preprocessing.evaluationTransforms.apply(to: image, using: &random)
                return try Tensor(prepared.pixels, shape: [prepared.height, prepared.width, 3])
            })
    }

    /// One image in N of a folder of classes.
    private static func paths(_ folder: String, every step: Int) throws -> [String] {
        let root = try TestData.url(folder)
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter {
            $0.lowercased().hasSuffix(".jpeg") || $0.lowercased().hasSuffix(".jpg")
        }
        return stride(from: 0, to: files.count, by: step).map { root.appending(path: files.sorted()[$0]).path }
    }

    @Test("MobileNetV2, calibrated on other photos, loses at most a point of accuracy")
    func mobileNetV2() async throws {
        let classOf = Dictionary(
            uniqueKeysWithValues: try String(contentsOf: TestData.url("weights/imagenet_classes.tsv"), encoding: .utf8)
                .split(separator: "\n").map { $0.split(separator: "\t") }
                .compactMap { cells in Int(cells[0]).map { (String(cells[1]), $0) } })
        let best = Dictionary(
            uniqueKeysWithValues: try Goldens.table("models/mobilenet_v2-pretrained.tsv")
                .compactMap { row in row["path"].flatMap { path in row["index"].flatMap { Int($0) }.map { (path, $0) } }
                })
        try await TensorActor.run {
            let network = try #require(Architecture.named("mobilenet_v2")).makeNetwork(classes: 1000)
            try network.load(Checkpoint.read(TestData.url("weights/mobilenet_v2-b0353104.pth").path).stateDict)
            network.eval()
            let module = try PixelNetwork(network, Self.preprocessing)
            let graph = try Graph(tracing: module, inputShape: [224, 224, 3], dtype: .uint8)
            let calibration = try Calibration(graph)
            let calibrating = try Self.paths("datasets/imagenette_224/train", every: 10)
            for start in stride(from: 0, to: calibrating.count, by: 10) {
                let batch = try Self.pixels(calibrating[start..<min(start + 10, calibrating.count)])
                try calibration.observe { _ = try module(batch) }
            }
            let onnx = try ONNXModel(graph.quantized(calibratedBy: calibration), inputs: ["pixels"]).bytes()
            let engine = try onnx.withUnsafeBytes {
                try OpenVINOEngine(onnx: $0, shares: InferenceShares(batchSize: 10, streams: 1, threads: 2))
            }
            var (right, rightInFloat, same, count) = (0, 0, 0, 0)
            let photos = try Self.paths("datasets/imagenet_samples_256", every: 1)
            for start in stride(from: 0, to: photos.count, by: 10) {
                let names = photos[start..<min(start + 10, photos.count)]
                let batch = try Self.pixels(names)
                let logits = try batch.withUnsafeBytes {
                    try engine.start($0, count: names.count, keeping: batch).wait()
                }
                for (place, name) in names.enumerated() {
                    let scores = logits[place * 1000..<(place + 1) * 1000]
                    let answer = scores.indices.max { scores[$0] < scores[$1] }.map { $0 - scores.startIndex }
                    let parts = name.split(separator: "/").suffix(2)
                    let label = classOf[String(try #require(parts.first))]
                    let golden = best["imagenet_samples_256/" + parts.joined(separator: "/")]
                    count += 1
                    right += answer == label ? 1 : 0
                    rightInFloat += golden == label ? 1 : 0
                    same += answer == golden ? 1 : 0
                }
            }
            let report: Comment = "\(right) of \(count) right, in float32 \(rightInFloat); the same answer \(same)"
            #expect(count == 500)
            #expect(Double(rightInFloat - right) <= 0.01 * Double(count), report)
            #expect(Double(same) >= 0.94 * Double(count), report)
        }
    }
}
