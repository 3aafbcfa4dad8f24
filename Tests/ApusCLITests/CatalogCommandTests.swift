import Foundation
import TestSupport
import Testing
import TorchVision

@Suite("apus models and apus summary") struct CatalogCommandTests {
    private struct Entry: Decodable {
        struct Weights: Decodable {
            let reference: String
            let sha256: String?
            let isDefault: Bool
            let cachedBytes: Int?
        }
        let name: String
        let parameters: Int
        let stages: [String]
        let weights: [Weights]
    }

    @Test("The list of models fits into 80 columns") func modelList() throws {
        let command = try Command("models")
        #expect(command.status == 0 && command.messages == "")
        #expect(command.outputLines.count == Architecture.all.count + 2)
        #expect(command.outputLines.allSatisfy { $0.count <= 80 })
        let some = try Command("models", "resnet??", "--sort", "accuracy")
        #expect(some.outputLines.dropFirst(2).map { $0.prefix { $0 != " " } } == ["resnet50", "resnet34", "resnet18"])
        #expect(some.outputLines[2].contains("25.6 M") && some.outputLines[2].contains("76.1"))
        let weights = try Command("models", "resnet50", "--weights")
        #expect(weights.outputLines.count == 4)
        #expect(weights.outputLines[3].contains("resnet50:IMAGENET1K_V2 = DEFAULT"))
    }

    @Test("The full name of a model shows all its details") func fullName() throws {
        try withTemporaryFolder { folder in
            let checkpoints = folder.appending(path: "hub/checkpoints")
            try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
            try Data(count: 1_200_000).write(to: checkpoints.appending(path: "resnet50-11ad3fa6.pth"))
            let command = try Command("models", "resnet50", environment: ["TORCH_HOME": folder.path])
            #expect(command.status == 0)
            for text in [
                "25,557,032", "He et al.", "stem layer1 layer2 layer3 layer4 fc", "resnet50:IMAGENET1K_V2 (DEFAULT)",
                "short side 232 (bilinear), center crop 224 x 224", "SHA-256 11ad3fa6…, 1.2 MB in the cache",
                "SHA-256 0676ba61…, not in the cache",
            ] {
                #expect(command.output.contains(text), "\(text)")
            }
            #expect(command.outputLines.allSatisfy { $0.count <= 120 })
            let json: [Entry] = try Command(
                "models", "resnet50", "--format", "json", environment: ["TORCH_HOME": folder.path]
            ).json()
            #expect(json.map(\.name) == ["resnet50"])
            #expect(json[0].stages.count == 6 && json[0].weights.map(\.cachedBytes) == [nil, 1_200_000])
        }
    }

    @Test("JSON lists every network") func jsonList() throws {
        let entries: [Entry] = try Command("models", "--format", "json").json()
        #expect(entries.map(\.name) == Architecture.all.map(\.name))
        #expect(entries.allSatisfy { $0.stages.count > 1 })
        #expect(entries.flatMap(\.weights).allSatisfy { $0.sha256 != nil })
    }

    @Test("A pattern or family without a match is an error that names it") func noMatch() throws {
        for arguments in [["models", "nothing*"], ["models", "--family", "VGGs"]] {
            let command = try Command(arguments: arguments)
            #expect(command.status == 1 && command.output == "" && command.messages.contains(arguments.last ?? ""))
        }
        #expect(try Command("models", "--sort", "beauty").status == 2)
    }

    @Test("A summary shows the layers and the totals") func summary() throws {
        let command = try Command("summary", "small_cnn", "--input", "3x256x256")
        #expect(command.status == 0 && command.messages == "")
        #expect(command.output.contains("├─ 0 (Conv2d)") && command.output.contains("[1, 16, 254, 254]"))
        #expect(command.output.contains("parameters  2,230,170, all trainable"))
        #expect(command.outputLines.allSatisfy { $0.count <= 80 })
        struct Summary: Decodable {
            struct Layer: Decodable {
                let name: String
                let outputShape: [Int]?
            }
            let parameters: Int
            let multiplyAdds: Int
            let layers: [Layer]
        }
        let json: Summary = try Command("summary", "small_cnn", "--format", "json").json()
        #expect(json.parameters == 2_230_170 && json.multiplyAdds > 0)
        #expect(json.layers[0].outputShape == [1, 10])
        let short: Summary = try Command("summary", "resnet18", "--depth", "1", "--format", "json").json()
        #expect(short.layers.count < 12)
    }

    @Test("A trained model file has a summary") func trainedFile() throws {
        let command = try Command("summary", TrainedRun.model)
        #expect(command.status == 0)
        #expect(command.output.contains("└─ 4 (Linear)") && command.output.contains("[1, 2]"))
    }

    @Test("Invalid options of a summary are errors") func wrongSummaries() throws {
        for arguments in [
            ["--input", "256"], ["--input", "3x0x256"], ["--input", "3x256"], ["--depth", "-1"], ["--classes", "0"],
        ] {
            #expect(try Command(arguments: ["summary", "small_cnn"] + arguments).status == 2, "\(arguments)")
        }
        let small = try Command("summary", "small_cnn", "--input", "3x64x64")
        #expect(small.status == 1)
        #expect(small.messages.contains("3 x 64 x 64") && small.messages.contains("3 x 256 x 256"))
        #expect(try Command("summary", "resnet19").messages.contains("resnet19"))
        #expect(try Command("summary", "no/such.safetensors").messages.contains("no/such.safetensors"))
    }
}
