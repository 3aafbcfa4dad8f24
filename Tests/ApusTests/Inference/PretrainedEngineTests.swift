import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// Published weights on real photos, by each engine.
@Suite("Engines on real photos", .serialized, .testData) struct PretrainedEngineTests {
    @TensorActor
    private static func classifier(_ engine: EngineChoice) throws -> ImageClassifier {
        let architecture = try #require(Architecture.named("squeezenet1_1"))
        let network = try architecture.makeNetwork(classes: ImageNetClasses.count)
        let weights = try TestData.url("weights/squeezenet1_1-torchvision-fp16rounded.pth").path
        try network.loadWeights(Checkpoint.read(weights).stateDict)
        let description = ModelDescription(
            architecture: architecture.name, classes: ImageNetClasses.names, preprocessing: architecture.preprocessing)
        return ImageClassifier(description, network, device: .cpu, inference: InferenceOptions(engine: engine))
    }

    @Test("The best class of every photo equals PyTorch's", arguments: [EngineChoice.libtorch, .openvino])
    func bestClasses(_ engine: EngineChoice) async throws {
        let data = try TestData.url("datasets").path
        let rows = try Goldens.table("models/squeezenet1_1-pretrained.tsv")
        #expect(rows.count == 500)
        let list = try ImageList(paths: [data + "/imagenet_samples_256"])
        let predictions = Dictionary(
            uniqueKeysWithValues: try await Self.classifier(engine).predictions(of: list).map {
                (String($0.file.dropFirst(data.count + 1)), $0)
            })
        for row in rows {
            let path = try #require(row["path"])
            let prediction = try #require(predictions[path], "\(path)")
            #expect(String(prediction.index) == row["index"], "\(path)")
            let (logit, golden) = (prediction.logits?.max() ?? 0, row["logit"].flatMap(Float.init) ?? .infinity)
            #expect(abs(logit - golden) < max(1e-3, 1e-4 * abs(golden)), "\(path)")
        }
    }
}
