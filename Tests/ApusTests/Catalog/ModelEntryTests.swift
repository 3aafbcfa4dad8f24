import Foundation
import TestSupport
import Testing
import Torch
import TorchGraph
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Catalog of models") struct ModelEntryTests {
    @Test(
        "A pattern matches the names of models",
        arguments: [
            ("resnet18", "resnet", true), ("wide_resnet50_2", "resnet", true), ("resnext50_32x4d", "resnet", false),
            ("resnet18", "resnet*", true), ("wide_resnet50_2", "resnet*", false), ("wide_resnet50_2", "*resnet*", true),
            ("resnet18", "*18", true), ("resnet18", "r*n*8", true), ("resnet18", "resnet??", true),
            ("resnet18", "resnet?", false), ("resnet18", "*", true), ("resnet18", "", true), ("a", "?*?", false),
            ("aab", "*ab", true), ("abcabd", "*ab?", true),
        ])
    func patterns(name: String, pattern: String, fits: Bool) {
        #expect(ModelEntry.fits(name, pattern) == fits)
    }

    @Test("Lists are filtered and sorted") func lists() throws {
        let all = try ModelEntry.list()
        #expect(all.map(\.name) == Architecture.all.map(\.name))
        let vgg = try ModelEntry.list(family: "vgg", sortedBy: .name)
        #expect(vgg.map(\.name).prefix(3) == ["vgg11", "vgg11_bn", "vgg13"])
        #expect(vgg.allSatisfy { $0.family == "VGG" })
        let bySize = try ModelEntry.list(matching: ["resnet??", "alexnet"], sortedBy: .size)
        #expect(bySize.map(\.name) == ["resnet18", "resnet34", "resnet50", "alexnet"])
        let bySpeed = try ModelEntry.list(matching: ["resnet??", "alexnet"], sortedBy: .speed)
        #expect(bySpeed.map(\.name) == ["alexnet", "resnet18", "resnet34", "resnet50"])
        let byAccuracy = try ModelEntry.list(matching: ["resnet??", "small_cnn", "alexnet"], sortedBy: .accuracy)
        #expect(byAccuracy.map(\.name) == ["resnet50", "resnet34", "resnet18", "alexnet", "small_cnn"])
        #expect(throws: ApusError.self) { try ModelEntry.list(matching: ["resnet", "nothing"]) }
        let error = #expect(throws: ApusError.self) { try ModelEntry.list(family: "VGGs") }
        #expect(error?.description.contains("VGG, ResNet") == true)
    }

    @Test("Numbers in names are sorted by value") func numbersInNames() throws {
        let names = try ModelEntry.list(matching: ["resnet*"], sortedBy: .name).map(\.name)
        #expect(names == ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
    }

    @Test("An entry has stages, paper, weights and cached files") func details() throws {
        try withTemporaryFolder { folder in
            let store = WeightsStore(folder: folder.path)
            try Data("abc".utf8).write(to: folder.appending(path: "resnet50-11ad3fa6.pth"))
            let entry = try #require(
                try ModelEntry.list(matching: ["resnet50"], store: store, withStages: true).first {
                    $0.name == "resnet50"
                })
            #expect(entry.stages == ["stem", "layer1", "layer2", "layer3", "layer4", "fc"])
            #expect(entry.paper?.arXiv == "1512.03385")
            #expect(entry.weights.map(\.isDefault) == [false, true])
            #expect(entry.weights.map(\.cachedBytes) == [nil, 3])
            #expect(entry.weights[1].cachedPath == folder.path + "/resnet50-11ad3fa6.pth")
            #expect(entry.weights.map(\.sha256) == ["0676ba61", "11ad3fa6"])
            #expect(entry.weights[1].preprocessing.resizeShortSide == 232)
            #expect(entry.weights[1].reference == "resnet50:IMAGENET1K_V2")
        }
    }

    @Test("A summary accepts names of models with weights, classes and input shapes")
    func namedSummaries() async throws {
        let small = try await NetworkSummary.ofModel("small_cnn", inputShape: [3, 256, 256])
        #expect(small.parameters == 2_230_170)
        #expect(try await NetworkSummary.ofModel("small_cnn").inputShape == [3, 256, 256])
        let resnet = try await NetworkSummary.ofModel("resnet50:DEFAULT", classes: 10)
        #expect(resnet.parameters == 25_557_032 - 990 * 2049 && resnet.layers[0].outputShape == [1, 10])
        #expect(
            try await NetworkSummary.ofModel("resnet18", inputShape: [3, 100, 333]).layers[0].outputShape == [1, 1000])
        let error = await #expect(throws: ApusError.self) {
            try await NetworkSummary.ofModel("small_cnn", inputShape: [3, 64, 64])
        }
        #expect(error?.description.contains("small_cnn does not take images of 3 x 64 x 64") == true)
        #expect(error?.description.contains("3 x 256 x 256") == true)
        await #expect(throws: ModelReferenceError.self) { try await NetworkSummary.ofModel("resnet19") }
        await #expect(throws: ApusError.self) { try await NetworkSummary.ofModel("some.onnx") }
    }

    @Test("A summary of the largest network takes little memory") func largestNetwork() async throws {
        await #expect(processExitsWith: .success) {
            let summary = try await NetworkSummary.ofModel("vit_h_14")
            #expect(summary.parameters > 630_000_000 && summary.parameterBytes > 2_500_000_000)
            #expect(try peakMemory() < 1_000_000_000)
        }
    }
}
