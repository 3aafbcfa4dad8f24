import Classifier
import TestSupport
import Testing
import TorchVision

@Suite("Model references") struct ModelReferenceTests {
    @Test("A plain name selects the first weights") func plainName() throws {
        let reference = try ModelReference("resnet50")
        #expect(reference.architecture.name == "resnet50")
        #expect(reference.weights?.name == "IMAGENET1K_V1")
        #expect(reference.description == "resnet50:IMAGENET1K_V1")
    }

    @Test(
        "Weights have their preprocessing",
        arguments: [
            ("resnet50:DEFAULT", "IMAGENET1K_V2", 232), ("resnet50:IMAGENET1K_V2", "IMAGENET1K_V2", 232),
            ("mobilenet_v2:DEFAULT", "IMAGENET1K_V2", 232), ("resnet18:DEFAULT", "IMAGENET1K_V1", 256),
            ("vgg16:DEFAULT", "IMAGENET1K_V1", 256),
        ])
    func preprocessing(text: String, weights: String, resize: Int) throws {
        let chosen = try #require(ModelReference(text).weights)
        #expect(chosen.name == weights)
        #expect(chosen.preprocessing.resizeShortSide == resize)
        #expect(chosen.preprocessing.cropSize == 224)
    }

    @Test("The features of VGG have another mean and no accuracy") func vggFeatures() throws {
        let weights = try #require(ModelReference("vgg16:IMAGENET1K_FEATURES").weights)
        #expect(weights.preprocessing.mean == [0.48235, 0.45882, 0.40784])
        #expect(weights.preprocessing.standardDeviation == [Float](repeating: 1 / 255, count: 3))
        #expect(weights.accuracy == nil)
    }

    @Test("The error for an unknown name suggests similar names") func unknownName() throws {
        let network = try #require(throws: ModelReferenceError.self) { try ModelReference("resnet19") }
        #expect(network.code == .unknownModel && network.name == "resnet19")
        #expect(network.suggestions == ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
        #expect(network.description.hasSuffix("of the 80 names are resnet18, resnet34, resnet50, resnet101, resnet152"))
        let capitals = try #require(throws: ModelReferenceError.self) { try ModelReference("EfficientNet-B3") }
        #expect(capitals.suggestions.first == "efficientnet_b3")
        let weights = try #require(throws: ModelReferenceError.self) { try ModelReference("resnet50:V9") }
        #expect(weights.code == .unknownWeights && weights.name == "resnet50:V9")
        #expect(weights.suggestions == ["IMAGENET1K_V1", "IMAGENET1K_V2", "DEFAULT"])
        #expect(throws: ModelReferenceError.self) { try ModelReference("small_cnn:DEFAULT") }
        #expect(throws: ModelReferenceError.self) { try ModelReference("") }
        #expect(try ModelReference("small_cnn").weights == nil)
    }

    @Test("The error for a loop of links mentions symbolic links") func linkLoop() throws {
        let folder = try TemporaryFolder()
        try folder.link("loop", to: "loop")
        for name in ["loop/net.json", "\(folder.path("loop"))/net.json"] {
            let reference = #expect(throws: ModelReferenceError.self) {
                try ModelReference(name.hasPrefix("/") ? name : folder.path(name))
            }
            #expect(reference?.description.contains("symbolic links") == true)
        }
    }

    @Test("The ImageNet classes are in torchvision's order") func imageNetClasses() {
        #expect(ImageNetClasses.names.count == 1000)
        #expect(ImageNetClasses.names[0] == "tench")
        #expect(ImageNetClasses.names[999] == "toilet tissue")
        #expect(ImageNetClasses.wordNetIDs[0] == "n01440764")
        #expect(ImageNetClasses.wordNetIDs == ImageNetClasses.wordNetIDs.sorted())
        #expect(Set(ImageNetClasses.wordNetIDs).count == 1000)
    }
}
