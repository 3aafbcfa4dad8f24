import Foundation
import TestSupport
import Testing

/// Wrong use ends with status 2, a failure with 1; both say why on standard error, and nothing on standard output.
@Suite struct WrongUseTests {
    @Test(arguments: [
        (["predict"], "Missing expected argument"),
        (["train", "photos", "--no-such-flag"], "Unknown option '--no-such-flag'"),
        (["train", "photos", "--epochs", "0"], "0 epochs"),
        (["train", "photos", "--epochs", "many"], "'many' is invalid"),
        (["train", "photos", "--lr=-1"], "learning rate of -1.0"),
        (["train", "photos", "--lr", "nan"], "learning rate of nan"),
        (["train", "photos", "--val-split", "1"], "validation split of 1.0"),
        (["train", "photos", "--strategy", "some"], "'some' is invalid"),
        (["train", "photos", "--strategy", "last:0"], "'last:0' is invalid"),
        (
            ["train", "photos", "--head", "256,relu,dropot:0.5"],
            "layer 3, 'dropot:0.5': 'dropot' is no layer; there are N"
        ),
        (["train", "photos", "--schedule", "stp:3"], "stp"),
        (["train", "photos", "--train-transforms", "rotaton(40)"], "'rotaton' is no transform; is it 'rotation'?"),
        (["train", "--dry-run"], "Missing expected argument '<data>'"),
        (["train", "photos", "--stage-rate", "2"], "rate of 2.0 from stage to stage"),
        (["train", "photos", "--fresh", "--weights", "w.pth"], "exclude each other"),
        (["train", "photos", "--partial"], "--partial goes with --weights"),
        (["predict", "m", "p.jpg", "--top", "0"], "--top is 1 or more"),
        (["predict", "m", "p.jpg", "--logits"], "--logits goes with --format json"),
        (["predict", "m", "p.jpg", "--sheet", "s.jpg"], "--sheet writes a file that ends in .png, .svg or .pdf"),
        (["evaluate", "m", "photos", "--batch-size", "0"], "--batch-size is 1 or more"),
        (["evaluate", "m", "photos", "--format", "xml"], "'xml' is invalid"),
        (["evaluate", "m", "photos", "--top-k", "0"], "--top-k is 1 or more"),
        (["train", "photos", "--unknown", "0"], "keeps 0.0 of the images"),
        (["calibrate", "m.safetensors", "photos", "--unknown", "1.5"], "a fraction above 0 and up to 1"),
        (["calibrate", "resnet18", "photos"], "give --out FILE"),
        (["calibrate", "m.onnx", "photos"], "kept in a .safetensors file"),
        (["models", "--sort", "colour"], "'colour' is invalid"),
        (["weights", "list", "extra"], "Unexpected argument 'extra'"),
        (["data", "check", "photos", "--label-pattern", "("], "no regular expression"),
        (["data", "check", "photos", "--label-pattern", "cat"], "has no capture group"),
        (["data", "check", "photos", "--classes", "a,a"], "\"a\" is twice"),
        (["data", "check", "photos", "--fix", "photos.jpg"], "ends in .jpg"),
        (["data", "check", "photos.csv", "--fix", "photos.csv"], "--fix can't write over 'photos.csv'"),
        (["compare"], "Missing expected argument '<runs> ...'"),
        (["compare", "runs/a", "--out", "a.gif"], "'a.gif' ends in .gif"),
        (["train", "photos", "--find-lr", "--out", "rates"], "'rates' has no ending"),
        (["nothing"], "Unexpected argument 'nothing'"),
    ])
    func wrongUseIsTold(arguments: [String], message: String) throws {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2)
        #expect(command.output == "")
        #expect(command.talk.contains(message), "\(command.talk)")
    }

    @Test func aNameMistypedTellsThoseNearIt() throws {
        let command = try Command("predict", "resnet81", "p.jpg")
        #expect(command.status == 1)
        #expect(command.talk.contains("'resnet81'") && command.talk.contains("resnet18, resnet34, resnet50"))
        let weights = try Command("predict", "resnet50:V3", "p.jpg")
        #expect(weights.status == 1)
    }

    @Test func whatIsMissingIsNamed() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appending(path: "nowhere").path
            let data = try Command("train", missing, "--model", "small_cnn", "--fresh")
            #expect(data.status == 1)
            #expect(data.talk.hasPrefix("apus: \(missing)"))
            let model = try Command("predict", missing + ".safetensors", "p.jpg")
            #expect(model.status == 1)
            #expect(model.talk.contains(missing + ".safetensors"))
            #expect(model.output == "")
        }
    }

    @Test("A run that can't be looked at is not called missing")
    func runBehindALoop() throws {
        try withTemporaryFolder { folder in
            let loop = folder.appending(path: "loop").path
            try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
            for arguments in [["compare", loop], ["train", "--resume", loop]] {
                let command = try Command(arguments: arguments)
                #expect(command.status == 1 && command.talk.contains("symbolic links"), "\(command.talk)")
            }
        }
    }

    @Test(arguments: [[], ["train"], ["evaluate"], ["predict"], ["models"], ["data", "check"]])
    func helpShowsExamples(command: [String]) throws {
        let help = try Command(arguments: command + ["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("EXAMPLES\n  apus "))
        #expect(help.talk == "")
    }

    @Test func modelsAreListedForPeopleAndPrograms() throws {
        struct Row: Decodable {
            struct Weights: Decodable {
                let name: String
                let file: String
                let isDefault: Bool
            }
            let name: String
            let parameters: Int
            let weights: [Weights]
        }
        let table = try Command("models")
        #expect(table.status == 0)
        #expect(table.outputLines.contains { $0.hasPrefix("mobilenet_v2") && $0.contains("3.5 M") }, "\(table.output)")
        let rows: [Row] = try Command("models", "--format", "json").json()
        let resnet = try #require(rows.first { $0.name == "resnet50" })
        #expect(resnet.weights.map(\.name) == ["IMAGENET1K_V1", "IMAGENET1K_V2"])
        #expect(resnet.weights.map(\.isDefault) == [false, true])
        #expect(rows.first { $0.name == "mobilenet_v2" }?.weights.first?.file == "mobilenet_v2-b0353104.pth")
        #expect(rows.first { $0.name == "small_cnn" }?.weights.isEmpty == true)
        let nothing = try Command("models", "extra")
        #expect(nothing.status == 1 && nothing.talk.contains("'extra'") && nothing.output == "")
    }
}
