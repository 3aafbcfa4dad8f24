import Foundation
import TestSupport
import Testing

/// A flag without effect is an error or a warning, even if it repeats its default.
@Suite("Flags that contradict each other or have no effect") struct FlagTests {
    @Test(
        "Flags without an effect next to the others are refused",
        arguments: [
            (["train", "photos", "--momentum", "0.9"], "--momentum has no effect with the optimizer adam"),
            (["train", "photos", "--optimizer", "lion", "--momentum=0.8"], "with the optimizer lion"),
            (["train", "photos", "--spare-norms"], "--no-norm-decay has no effect without weight decay"),
            (["train", "photos", "--strategy", "frozen", "--layerwise-decay", "0.5"], "trains only the head"),
            (["train", "photos", "--strategy", "last:1", "--backbone-lr-scale", "1"], "trains only the head"),
            (["train", "photos", "--cache-features", "--train-transforms", "flip"], "add --cache-views"),
            (["train", "photos", "--fresh", "--model", "resnet50:IMAGENET1K_V2"], "means pretrained weights"),
            (["train", "photos", "--dry-run", "--find-lr"], "--dry-run has no effect"),
            (
                ["explain", "m", "p.jpg", "--samples", "25"],
                "--samples has no effect without --method smooth-grad"
            ),
            (["explain", "m", "p.jpg", "--steps", "50"], "--method integrated-gradients"),
            (["explain", "m", "p.jpg", "--window", "8", "--stride", "4"], "--window, --stride have no effect"),
            (["explain", "m", "p.jpg", "--channels", "64"], "without --layer or --maps"),
            (["explain", "m", "p.jpg", "--batch-size", "16"], "it is for --statistics"),
            (["explain", "m", "p.jpg", "--method", "eigen-cam", "--class", "cat"], "the same for all classes"),
            (["explain", "m", "--layers", "--out", "explained"], "--layers, which prints a table"),
            (["explain", "m", "--kernels", "--limit", "3"], "--kernels, which uses no images"),
            (["embed", "m", "photos", "--out", "f.csv", "--count", "10"], "without --neighbors"),
            (["embed", "m", "photos", "--out", "f.csv", "--format", "table"], "the extension of --out"),
            (["export", "m", "--calibration-images", "256"], "no effect without --int8"),
            (["export", "m", "--report", "table"], "no effect without --int8"),
            (["export", "m", "--label-column", "genre", "--root", "Images"], "no effect without --int8"),
            (["data", "labels", "photos", "--fix-by", "drop"], "no effect without --fix"),
            (["data", "show", "photos", "--by-class", "--rows", "4"], "one row per class"),
            (["models", "--weights", "--format", "json"], "lists all weights"),
            (["compare", "runs/a", "--dark"], "no effect without --out"),
            (["evaluate", "m", "photos", "--format", "csv", "--top-k", "3"], "which has one line per image"),
        ])
    func idleFlags(arguments: [String], message: String) throws {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2 && command.output == "", "\(arguments)")
        #expect(command.messages.contains(message), "\(command.messages)")
    }

    @Test(
        "--resume refuses every setting, even one equal to its default",
        arguments: [
            ["--lr", "0.001"], ["--lr=0.001"], ["--batch-size", "64"], ["--optimizer", "adam"], ["--seed", "0"],
            ["--schedule", "constant"], ["--model", "mobilenet_v2"], ["--strategy", "auto"], ["--balance", "none"],
            ["--val-split", "0.2"], ["--accumulate", "1"], ["--momentum", "0.9"], ["--l1", "0"],
            ["--best-by", "accuracy"],
            ["--engine", "auto"], ["--precision", "float32"], ["--checkpoint-minutes", "5"], ["--no-report"],
            ["--out", "elsewhere"], ["--dry-run"],
        ])
    func resume(flags: [String]) throws {
        let run = try TrainedRun.folder.get().appending(path: "run").path
        let command = try Command(arguments: ["train", "--resume", run] + flags)
        #expect(command.status == 2)
        let flag = try #require(flags[0].split(separator: "=").first)
        #expect(
            command.messages.contains("--resume uses the settings of the run")
                && command.messages.contains("Omit \(flag)."), "\(command.messages)")
    }

    @Test("Data that are already split refuse split flags and name the folder")
    func splitFlags() throws {
        try withTemporaryFolder { folder in
            for part in ["train", "val"] { try writeImages(in: folder.appending(path: "photos/\(part)")) }
            for flags in [["--val-split", "0.2"], ["--test-split", "0.1"], ["--group-pattern", "^([0-9])"]] {
                let command = try Command(
                    arguments: ["train", "photos", "--model", "small_cnn", "--fresh", "--dry-run"] + flags,
                    folder: folder)
                #expect(command.status == 2 && command.output == "", "\(command.messages)")
                #expect(
                    command.messages.contains(
                        "\(flags[0]) has no effect because photos has its own validation images (folder val)"),
                    "\(command.messages)")
            }
            let plan = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--dry-run", folder: folder)
            #expect(
                plan.status == 0 && plan.output.contains("10 images for training (folder train), 10 for validation"))
        }
    }

    @Test("A number without an effect is a warning, even with --quiet")
    func idleNumbers() throws {
        let command = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--dry-run", "--quiet", "--epochs", "3",
            "--patience", "2", "--keep-every", "2", "--keep-last", "1", "--schedule", "step:3", "--best-by", "loss")
        #expect(command.status == 0)
        let warnings = command.messages.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(
            warnings.map { $0.split(separator: " ")[1] } == ["--patience", "--keep-last", "--schedule"],
            "\(command.messages)")
    }

    @Test("Each command that opens data describes them, also in JSON")
    func dataDescription() throws {
        struct Output: Decodable {
            struct Dataset: Decodable {
                struct Understanding: Decodable {
                    struct Part: Decodable {
                        let split, source: String
                        let images: Int
                    }
                    struct Choice: Decodable { let source: String }
                    let layout: String
                    let labels: Choice
                    let parts: [Part]
                }
                let classCount: Int
                let classes: [String]
                let understanding: Understanding
            }
            let dataset: Dataset
        }
        let photos = try TrainedRun.photos
        let line = "2 classes: blue, red; labels from folder names\n10 images (all images), not split\n"
        for arguments in [
            ["evaluate", try TrainedRun.model, photos], ["data", "check", photos],
            ["data", "show", photos, "--out", "/dev/null/sheet.png"],
        ] {
            let command = try Command(arguments: arguments)
            #expect(command.messages.contains(line), "\(arguments): \(command.messages)")
        }
        let evaluation: Output = try Command("evaluate", TrainedRun.model, photos, "--format", "json").json()
        #expect(evaluation.dataset.classCount == 2 && evaluation.dataset.understanding.layout == "classFolders")

        let plan = try Command(
            "train", photos, "--model", "small_cnn", "--fresh", "--dry-run", "--test-split", "0.1", "--format", "json")
        let printed: Output = try plan.json()
        #expect(printed.dataset.understanding.parts.map(\.split) == ["train", "val", "test"])
        #expect(printed.dataset.understanding.parts.map(\.images) == [7, 2, 1])
        #expect(printed.dataset.understanding.parts[1].source == "20 % set aside at random, seed 0")
        #expect(printed.dataset.understanding.labels.source == "folder names")
    }

    @Test("A plan reports that the folder of the run already exists")
    func planFolder() throws {
        let run = try TrainedRun.folder.get().appending(path: "run").path
        let plan = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--dry-run", "--out", run)
        #expect(plan.status == 1 && plan.messages.contains("already exists"), "\(plan.messages)")
    }
}
