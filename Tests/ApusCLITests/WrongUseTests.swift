import Foundation
import TestSupport
import Testing

/// Wrong use ends with status 2, a failure with 1. Both print the reason to standard error, and nothing to standard
/// output.
@Suite("Wrong use of the command") struct WrongUseTests {
    @Test(
        "Wrong use is an error that names the problem",
        arguments: [
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
                "layer 3, 'dropot:0.5': unknown layer 'dropot'; the layers are N"
            ),
            (["train", "photos", "--schedule", "stp:3"], "stp"),
            (
                ["train", "photos", "--train-transforms", "rotaton(40)"],
                "unknown transform 'rotaton'; did you mean 'rotation'?"
            ),
            (["train", "--dry-run"], "Missing expected argument '<data>'"),
            (["train", "photos", "--layerwise-decay", "2"], "rate of 2.0 from stage to stage"),
            (["train", "photos", "--fresh", "--weights", "w.pth"], "--fresh and --weights can't be combined"),
            (["train", "photos", "--partial"], "--partial requires --weights"),
            (["predict", "m", "p.jpg", "--top", "0"], "--top must be at least 1"),
            (["predict", "m", "p.jpg", "--logits"], "--logits requires --format json"),
            (["predict", "m", "p.jpg", "--sheet", "s.jpg"], "--sheet needs a file name that ends in .png, .svg or"),
            (["evaluate", "m", "photos", "--batch-size", "0"], "--batch-size must be at least 1"),
            (["evaluate", "m", "photos", "--format", "xml"], "'xml' is invalid"),
            (["evaluate", "m", "photos", "--top-k", "0"], "--top-k must be at least 1"),
            (["train", "photos", "--coverage", "0"], "a coverage of 0.0 is not possible; use a number above 0"),
            (["calibrate", "m.safetensors", "photos", "--unknown", "1.5"], "a fraction above 0 and at most 1"),
            (["calibrate", "resnet18", "photos"], "add --out FILE"),
            (["calibrate", "m.onnx", "photos"], "saved in a .safetensors file"),
            (["models", "--sort", "colour"], "'colour' is invalid"),
            (["weights", "list", "extra"], "Unexpected argument 'extra'"),
            (["data", "check", "photos", "--label-pattern", "("], "not a valid regular expression"),
            (["data", "check", "photos", "--label-pattern", "cat"], "has no capture group"),
            (["data", "check", "photos", "--classes", "a,a"], "\"a\" occurs twice"),
            (["data", "check", "photos", "--fix", "photos.jpg"], "not 'photos.jpg'"),
            (["data", "check", "photos.csv", "--fix", "photos.csv"], "--fix would overwrite the input 'photos.csv'"),
            (["compare"], "Missing expected argument '<runs> ...'"),
            (["compare", "runs/a", "--out", "a.gif"], "not 'a.gif'"),
            (["train", "photos", "--find-lr", "--out", "rates"], "not 'rates'"),
            (["nothing"], "Unknown command 'nothing'. The commands are train, compare, evaluate, calibrate, predict, "),
            (["pedict", "m", "x.jpg"], "Unknown command 'pedict'. Did you mean 'predict'?"),
            (["eval", "m", "photos"], "Did you mean 'evaluate'?"), (["models2"], "Did you mean 'models'?"),
            (["help", "trian"], "Unknown command 'trian'. Did you mean 'train'?"),
            (["data", "chek", "photos"], "Unknown command 'chek'. Did you mean 'check'?"),
            (["help", "weights", "lst"], "Did you mean 'list'?"),
            (["data", "x\u{1B}[2J\n"], "Unknown command 'x\\x1b[2J\\n'. The commands are check, labels, show and "),
            (["train", "photos", "--epoch", "3"], "Did you mean '--epochs'?"),
            (
                ["train", "photos", "--optimizer", "adm"],
                "'--optimizer <optimizer>'. Did you mean 'adam'? Please provide"
            ),
            (["train", "photos", "--strategy", "frosen"], "'--strategy <strategy>'. Did you mean 'frozen'?\nHelp:"),
            (["train", "photos", "--best-by", "acuracy"], "Did you mean 'accuracy'? Please provide one of 'accuracy'"),
            (["evaluate", "m", "photos", "--format", "jsn"], "Did you mean 'json'?"),
            (["explain", "m", "p.jpg", "--method", "grad-cm"], "Did you mean 'grad-cam'?"),
        ])
    func wrongUse(arguments: [String], message: String) throws {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2)
        #expect(command.output == "")
        #expect(command.messages.contains(message), "\(command.messages)")
    }

    @Test("The error for a mistyped name suggests similar names") func mistypedName() throws {
        let command = try Command("predict", "resnet81", "p.jpg")
        #expect(command.status == 1)
        #expect(command.messages.contains("'resnet81'") && command.messages.contains("resnet18, resnet34, resnet50"))
        let weights = try Command("predict", "resnet50:V3", "p.jpg")
        #expect(weights.status == 1)
    }

    @Test("The error for a missing file or folder names it") func missingFiles() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appending(path: "nowhere").path
            let data = try Command("train", missing, "--model", "small_cnn", "--fresh")
            #expect(data.status == 1)
            #expect(data.messages.hasPrefix("apus: \(missing)"))
            let model = try Command("predict", missing + ".safetensors", "p.jpg")
            #expect(model.status == 1)
            #expect(model.messages.contains(missing + ".safetensors"))
            #expect(model.output == "")
        }
    }

    @Test("A run behind a loop of links is not reported as missing")
    func linkLoop() throws {
        try withTemporaryFolder { folder in
            let loop = folder.appending(path: "loop").path
            try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
            for arguments in [["compare", loop], ["train", "--resume", loop]] {
                let command = try Command(arguments: arguments)
                #expect(command.status == 1 && command.messages.contains("symbolic links"), "\(command.messages)")
            }
        }
    }

    @Test("Help shows examples", arguments: [[], ["train"], ["evaluate"], ["predict"], ["models"], ["data", "check"]])
    func examples(command: [String]) throws {
        let help = try Command(arguments: command + ["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("EXAMPLES\n  apus "))
        #expect(help.messages == "")
    }

    @Test("Models are listed as a table and as JSON") func modelFormats() throws {
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
        #expect(nothing.status == 1 && nothing.messages.contains("'extra'") && nothing.output == "")
    }
}
