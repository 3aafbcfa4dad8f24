import Apus
import Checkpoints
import Foundation
import Serving
import TestSupport
import Testing

/// Two runs: one on photos, one of which is unreadable, and one on a table with several labels per image.
private enum FormatRuns {
    static let small = ["--model", "small_cnn", "--fresh", "--batch-size", "4"]

    static let folder: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-formats-\(UUID().uuidString)")
        atexit { if let folder = try? FormatRuns.folder.get() { try? FileManager.default.removeItem(at: folder) } }
        try writeImages(in: folder.appending(path: "photos"), count: 6)
        try writeImages(in: folder.appending(path: "split/train"))
        try writeImages(in: folder.appending(path: "split/val"), count: 2)
        try Data("no image".utf8).write(to: folder.appending(path: "photos/red/bad.jpg"))
        let rows = ["blue", "red"].flatMap { name in
            (0..<6).map { "photos/\(name)/\($0).png,\($0 % 2 == 0 ? name : "blue;red")\n" }
        }
        try Data(("path,label\n" + rows.joined()).utf8).write(to: folder.appending(path: "labels.csv"))
        try Data(#"{"blue": "the sky", "red": "a rose"}"#.utf8).write(to: folder.appending(path: "names.json"))
        let cache = folder.appending(path: "torch/hub/checkpoints")
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
        try Data("no weights".utf8).write(to: cache.appending(path: "resnet18-f37072fd.pth"))
        return folder
    }

    private static let photos = Result {
        try output([
            "photos", "--out", "run", "--epochs", "2", "--coverage", "0.9", "--label-smoothing", "0.1",
            "--validate-first", "--print-every", "1", "--class-names", "names.json",
        ])
    }

    private static let labels = Result {
        try output(["labels.csv", "--out", "labels", "--epochs", "1", "--no-report"])
    }

    private static func output(_ arguments: [String]) throws -> String {
        let command = try Command(
            arguments: ["train"] + arguments + small + ["--format", "json", "--quiet"], folder: folder.get())
        try #require(command.status == 0, "\(command.messages)")
        return command.output
    }

    /// What both trainings printed.
    static var outputs: [String] { get throws { [try photos.get(), try labels.get()] } }

    /// Runs a command in the folder, after the trainings.
    static func run(_ arguments: [String]) throws -> Command {
        _ = try outputs
        let folder = try folder.get()
        return try Command(
            arguments: arguments, environment: ["TORCH_HOME": folder.path + "/torch"], folder: folder)
    }

    static func text(_ file: String) throws -> String {
        _ = try outputs
        return try String(contentsOf: folder.get().appending(path: file), encoding: .utf8)
    }
}

/// `docs/formats.md` and `docs/schemas` describe what the command prints and writes.
@Suite("Formats") struct FormatTests {
    private static let model = "run/best.safetensors"
    private static let page = Result {
        try String(contentsOf: Goldens.package.appending(path: "docs/formats.md"), encoding: .utf8)
    }

    @Test("What apus train prints and the files of a run fit their schemas") func training() throws {
        for output in try FormatRuns.outputs { #expect(try JSONSchema("train").problems(in: output) == []) }
        for run in ["run", "labels"] {
            for name in ["config", "inputs"] {
                #expect(try JSONSchema(name).problems(in: FormatRuns.text("\(run)/\(name).json")) == [], "\(run)")
            }
            for line in try FormatRuns.text("\(run)/log.jsonl").split(separator: "\n") {
                #expect(try JSONSchema("log").problems(in: String(line)) == [], "\(line)")
            }
            let file = try FormatRuns.folder.get().appending(path: "\(run)/best.safetensors").path
            let metadata = try CheckpointLayout.metadata(ofFile: file)
            #expect(try JSONSchema("model").problems(in: try #require(metadata["apus"])) == [])
        }
    }

    private static let commands: [(schema: String, arguments: [String])] = [
        ("train-plan", ["train", "photos", "--dry-run", "--balance", "loss"] + FormatRuns.small),
        ("train-rates", ["train", "photos", "--find-lr"] + FormatRuns.small),
        ("bench", ["bench", "photos", "--seconds", "0.02", "--processes", "4"] + FormatRuns.small),
        ("compare", ["compare", "run", "labels"]),
        ("evaluate", ["evaluate", model, "photos", "--split", "all", "--top-k", "2"]),
        ("evaluate", ["evaluate", "labels/best.safetensors", "labels.csv", "--split", "all"]),
        ("calibrate", ["calibrate", model, "photos", "--coverage", "0.9", "--out", "calibrated.safetensors"]),
        ("predict", ["predict", model, "photos"]),
        ("predict", ["predict", "labels/best.safetensors", "photos", "--logits"]),
        ("explain", ["explain", model, "photos/red", "--out", "explained"]),
        ("explain-maps", ["explain", model, "photos/red", "--maps", "--channels", "2", "--out", "maps"]),
        ("explain-kernels", ["explain", model, "--kernels", "--out", "kernels.png"]),
        ("explain-layers", ["explain", model, "--layers"]),
        ("explain-statistics", ["explain", model, "photos", "--statistics"]),
        ("embed-map", ["embed", model, "photos", "--map", "pca"]),
        ("embed-map", ["embed", model, "split", "--map", "tsne"]),
        ("embed-neighbors", ["embed", model, "photos", "--neighbors", "photos/red/1.png"]),
        ("export-int8", ["export", model, "--int8", "--calibrate", "photos", "--out", "int8.onnx"]),
        ("models", ["models", "resnet18", "small_cnn"]), ("summary", ["summary", "small_cnn"]),
        ("weights-list", ["weights", "list"]), ("weights-verify", ["weights", "verify"]),
        ("data-check", ["data", "check", "photos"]), ("data-check", ["data", "check", "split"]),
        ("data-labels", ["data", "labels", "photos", "--model", model, "--folds", "2"]),
        ("files", ["data", "show", "photos", "--out", "sheet.png"]),
        ("files", ["data", "transforms", "photos", "--out", "transforms.png"]),
    ]

    @Test("The JSON of each command fits its schema", arguments: commands)
    func json(schema name: String, arguments: [String]) throws {
        let format = name == "export-int8" ? "--report" : "--format"
        let command = try FormatRuns.run(arguments + [format, "json"])
        #expect([0, 1].contains(command.status) && !command.output.isEmpty, "\(command.messages)")
        let schema = try JSONSchema(name)
        let isLines = ["predict", "explain", "explain-maps"].contains(name)
        for output in isLines ? command.outputLines : [command.output] {
            #expect(try schema.problems(in: output) == [])
        }
    }

    @Test("The settings of apus serve fit their schema, which has all of them") func serverSettings() throws {
        let url = JSONSchema.folder.appending(path: "serve-config.schema.json")
        let file = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        let properties = try #require(file?["properties"] as? [String: [String: Any]])
        var configuration = ServingConfiguration()
        for isComplete in [false, true] {
            if isComplete {
                configuration.models = [try ModelSpecification(name: "a", model: "a.onnx")]
                (configuration.grpcPort, configuration.observation.metricsPort) = (nil, 9090)
                configuration.limits.timeout = .milliseconds(2500)
                configuration.security.apiKeys = "keys"
                (configuration.security.tlsCertificate, configuration.security.tlsKey) = ("a.pem", "b.pem")
                configuration.security.allowedOrigin = "*"
            }
            let json = try JSONEncoder().encode(configuration)
            let text = String(decoding: json, as: UTF8.self)
            #expect(try JSONSchema("serve-config").problems(in: text) == [])
            #expect(try JSONDecoder().decode(ServingConfiguration.self, from: json) == configuration)
            let settings = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
            #expect(Set(settings.keys) == Set(properties.keys))
            for (name, group) in settings where isComplete {
                guard let group = group as? [String: Any] else { continue }
                let known = try #require(properties[name]?["properties"] as? [String: Any])
                #expect(Set(group.keys) == Set(known.keys), "\(name)")
            }
        }
    }

    @Test("The page has the columns of each CSV") func columns() throws {
        let page = try Self.page.get()
        func check(_ output: String, _ text: String, further: String = "") throws {
            let header = try #require(text.split(separator: "\n").first)
            let (columns, others) = (String(header.dropLast(further.count)), header.suffix(further.count))
            #expect(others == further, "\(output): \(header)")
            let row = try #require(
                page.split(separator: "\n").first { $0.hasPrefix("| ") && $0.contains("`\(output)`") })
            #expect(row.contains("| `\(columns)` |"), "\(output): \(columns)")
        }
        func csv(_ arguments: String...) throws -> String {
            let command = try FormatRuns.run(arguments + ["--format", "csv", "--quiet"])
            #expect([0, 1].contains(command.status), "\(command.messages)")
            return command.output
        }
        try check(
            "apus predict --format csv", csv("predict", Self.model, "photos", "--top", "2"),
            further: ",label_2,index_2,probability_2,name,name_2")
        try check(
            "apus predict --format csv", csv("predict", "labels/best.safetensors", "photos"))
        try check(
            "apus evaluate --format csv", csv("evaluate", Self.model, "photos", "--split", "all"),
            further: ",truth_name,prediction_name")
        try check("apus compare --format csv", csv("compare", "run"))
        try check("apus embed --map METHOD --format csv", csv("embed", Self.model, "photos", "--map", "pca"))
        try check(
            "apus embed --neighbors IMAGE --format csv",
            csv("embed", Self.model, "photos", "--neighbors", "photos/red/1.png"))
        try check(
            "apus data labels --format csv", csv("data", "labels", "photos", "--model", Self.model, "--folds", "2"))
        let features = try FormatRuns.run(["embed", Self.model, "photos", "--out", "features.csv", "--quiet"])
        #expect(features.status == 1, "\(features.messages)")
        let header = try FormatRuns.text("features.csv").prefix { $0 != "\n" }.split(separator: ",")
        try check("apus embed --out FILE.csv", header.prefix(4).joined(separator: ","))
        _ = try FormatRuns.run(["data", "check", "photos", "--fix", "clean.csv", "--quiet"])
        try check("apus data check --fix FILE", FormatRuns.text("clean.csv"))
        _ = try FormatRuns.run(
            ["data", "labels", "photos", "--model", Self.model, "--folds", "2", "--fix", "fixed.csv", "--quiet"])
        try check("apus data labels --fix FILE", FormatRuns.text("fixed.csv"))
        for file in ["metrics.csv", "steps.csv", "split.csv"] { try check(file, FormatRuns.text("run/\(file)")) }
        try check(
            "metrics.csv", FormatRuns.text("labels/metrics.csv"), further: ",validation_mean_average_precision")
    }

    @Test("The tables of the page are those of the schemas") func page() throws {
        let page = try Self.page.get()
        let start = "| field | type | meaning | since |\n|---|---|---|---|\n"
        for name in try JSONSchema.names {
            let schema = try JSONSchema(name)
            #expect(name == "common" || page.contains("[\(name)](schemas/\(name).schema.json)"), "\(name)")
            for (title, rows) in schema.tables where !rows.isEmpty {
                let table = (title.map { "\($0)\n\n" } ?? "") + start + rows.joined(separator: "\n") + "\n"
                #expect(page.contains(table), "\(name):\n\(table)")
            }
            for (part, rows) in schema.parts {
                let table = start + rows.joined(separator: "\n")
                #expect(page.contains("### \(part)\n") && page.contains(table), "\(part):\n\(table)")
            }
        }
    }

    @Test("A difference from a schema is found") func differences() throws {
        let schema = try JSONSchema("compare")
        let good = #"{"runs": [{"name": "a", "directory": "a", "epochs": 1, "plannedEpochs": 2}], "differences": []}"#
        #expect(try schema.problems(in: good) == [])
        for (old, new, problem) in [
            (#""epochs": 1"#, #""epochs": 1.5"#, ".runs[0].epochs: number in place of integer"),
            (#""epochs": 1, "#, "", ".runs[0].epochs: is missing"),
            (#""name": "a""#, #""name": null"#, ".runs[0].name: null in place of string"),
            (#""differences": []"#, #""differences": [], "more": 1"#, ".more: is not in the schema"),
            (#""plannedEpochs": 2"#, #""plannedEpochs": 2, "best": {}"#, ".runs[0].best.epoch: is missing"),
        ] {
            #expect(try schema.problems(in: good.replacing(old, with: new)).contains(problem))
        }
        let line = #"{"event": "note", "step": 1, "text": "a"}"#
        #expect(try JSONSchema("log").problems(in: line) == [])
        #expect(try !JSONSchema("log").problems(in: line.replacing("note", with: "news")).isEmpty)
    }

    @Test("The keys of config.json are the flags of apus train, and those of its schema") func keys() throws {
        let keys = Set(ConfigurationKey.all.map(\.name))
        let url = JSONSchema.folder.appending(path: "config.schema.json")
        let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        let properties = try #require(schema?["properties"] as? [String: Any])
        #expect(Set(properties.keys) == keys.union(["version", "data"]))

        let help = try Command("train", "--help")
        let options = help.output.split(separator: "\n").drop { !$0.hasPrefix("USAGE:") }
        let flags = options.compactMap { line -> String? in
            let name = line.drop { $0 == " " }
            let words = name.split(whereSeparator: { $0 == " " || $0 == "," }).filter { $0.hasPrefix("--") }
            return line.hasPrefix("  -") ? words.first.map { String($0.dropFirst(2)) } : nil
        }
        // These belong to the command, not to the training.
        let others: Set = [
            "out", "config", "resume", "data", "dry-run", "find-lr", "processes", "process-timeout", "format", "quiet",
            "verbose", "version", "help",
        ]
        #expect(Set(flags).subtracting(others) == keys)
    }

    @Test("The settings of config.json have the values of the flags") func values() throws {
        let flags = [
            "--lr", "0.01", "--optimizer", "sgd", "--nesterov", "--balance", "sampling", "--ignore-orientation",
            "--fast-decode", "--no-report", "--max-unreadable", "5%", "--strategy", "all", "--schedule", "step:2,0.5",
            "--classes", "red,blue", "--seed", "7",
        ]
        let plan = try FormatRuns.run(["train", "photos", "--dry-run", "--format", "json"] + FormatRuns.small + flags)
        #expect(plan.status == 0, "\(plan.messages)")
        struct Plan: Decodable { let configuration: [String: ConfigurationValue] }
        let settings = try plan.json(Plan.self).configuration
        let expected: [String: ConfigurationValue] = [
            "version": .integer(2), "data": .text("photos"), "model": .text("small_cnn"), "fresh": .bool(true),
            "batch-size": .integer(4), "lr": .number(0.01), "optimizer": .text("sgd"), "nesterov": .bool(true),
            "balance": .text("sampling"), "ignore-orientation": .bool(true), "fast-decode": .bool(true),
            "no-report": .bool(true), "max-unreadable": .text("5%"), "strategy": .text("all"),
            "classes": .list([.text("red"), .text("blue")]), "seed": .integer(7), "tensorboard": .bool(false),
        ]
        for (key, value) in expected { #expect(settings[key] == value, "\(key)") }
        // The configuration of a plan is a file that --config reads.
        let file = try FormatRuns.folder.get().appending(path: "plan.json")
        try JSONEncoder().encode(settings).write(to: file)
        let again = try FormatRuns.run(["train", "--config", "plan.json", "--dry-run", "--format", "json"])
        #expect(again.output == plan.output, "\(again.messages)")
    }
}
