import Foundation
import TestSupport
import Testing

/// A flag that has no effect is told, never ignored; one that repeats its default is given all the same.
@Suite struct FlagTests {
    @Test(
        "Flags that have no effect with the others are refused",
        arguments: [
            (["train", "photos", "--momentum", "0.9"], "--momentum: no effect here; it goes with the optimizers sgd"),
            (["train", "photos", "--optimizer", "lion", "--momentum=0.8"], "this is lion"),
            (["train", "photos", "--spare-norms"], "--spare-norms: no effect here; there is no weight decay"),
            (["train", "photos", "--strategy", "frozen", "--stage-rate", "0.5"], "the head alone is trained"),
            (["train", "photos", "--strategy", "last:1", "--backbone-lr-scale", "1"], "the head alone is trained"),
            (["train", "photos", "--cache-features", "--train-transforms", "flip"], "add --cache-views"),
            (["train", "photos", "--fresh", "--model", "resnet50:IMAGENET1K_V2"], "names pretrained weights"),
            (["train", "photos", "--dry-run", "--find-lr"], "--dry-run: no effect here"),
            (
                ["explain", "m", "p.jpg", "--samples", "25"],
                "--samples: no effect here; it goes with --method smooth-grad"
            ),
            (["explain", "m", "p.jpg", "--steps", "50"], "--method integrated-gradients"),
            (["explain", "m", "p.jpg", "--window", "8", "--stride", "4"], "--window, --stride: no effect here"),
            (["explain", "m", "p.jpg", "--channels", "64"], "it goes with --layer or --maps"),
            (["explain", "m", "p.jpg", "--batch-size", "16"], "images pass one by one"),
            (["explain", "m", "p.jpg", "--method", "eigen-cam", "--class", "cat"], "the same for all classes"),
            (["explain", "m", "--layers", "--out", "explained"], "--layers prints a table"),
            (["explain", "m", "--kernels", "--limit", "3"], "there are no images"),
            (["embed", "m", "photos", "--out", "f.csv", "--count", "10"], "it goes with --neighbours"),
            (["embed", "m", "photos", "--out", "f.csv", "--format", "table"], "the ending of --out"),
            (["export", "m", "--calibration-pictures", "256"], "it goes with --int8"),
            (["export", "m", "--report", "table"], "it goes with --int8"),
            (["export", "m", "--label-column", "genre", "--root", "Images"], "it goes with --int8"),
            (["data", "labels", "photos", "--fix-by", "drop"], "it goes with --fix"),
            (["data", "show", "photos", "--by-class", "--rows", "4"], "each class has a row"),
            (["models", "--weights", "--format", "json"], "JSON has the weights"),
            (["compare", "runs/a", "--dark"], "it goes with --out"),
            (["evaluate", "m", "photos", "--format", "csv", "--top-k", "3"], "csv has a line for each image"),
        ])
    func idleFlagsAreRefused(arguments: [String], message: String) throws {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2 && command.output == "", "\(arguments)")
        #expect(command.talk.contains(message), "\(command.talk)")
    }

    @Test(
        "Beside --resume every setting is refused, also one that says what holds by default",
        arguments: [
            ["--lr", "0.001"], ["--lr=0.001"], ["--batch-size", "64"], ["--optimizer", "adam"], ["--seed", "0"],
            ["--schedule", "constant"], ["--model", "mobilenet_v2"], ["--strategy", "auto"], ["--balance", "none"],
            ["--val-split", "0.2"], ["--accumulate", "1"], ["--momentum", "0.9"], ["--l1", "0"],
            ["--best-by", "accuracy"],
            ["--engine", "auto"], ["--precision", "float32"], ["--checkpoint-minutes", "5"], ["--no-report"],
            ["--out", "elsewhere"], ["--dry-run"],
        ])
    func resumeTakesNoSetting(flags: [String]) throws {
        let run = try TrainedRun.folder.get().appending(path: "run").path
        let command = try Command(arguments: ["train", "--resume", run] + flags)
        #expect(command.status == 2)
        let flag = try #require(flags[0].split(separator: "=").first)
        #expect(
            command.talk.contains("--resume goes on with the run as it is")
                && command.talk.contains("so leave out \(flag)."), "\(command.talk)")
    }

    @Test("With data that are split already, flags that split them are refused, by the name of the folder")
    func splitFlagsNeedDataToSplit() throws {
        try withTemporaryFolder { folder in
            for part in ["train", "val"] { try writePictures(in: folder.appending(path: "photos/\(part)")) }
            for flags in [["--val-split", "0.2"], ["--test-split", "0.1"], ["--group-pattern", "^([0-9])"]] {
                let command = try Command(
                    arguments: ["train", "photos", "--model", "small_cnn", "--fresh", "--dry-run"] + flags,
                    folder: folder)
                #expect(command.status == 2 && command.output == "", "\(command.talk)")
                #expect(
                    command.talk.contains(
                        "\(flags[0]): no effect here, since photos has its own validation images (folder val)"),
                    "\(command.talk)")
            }
            let plan = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--dry-run", folder: folder)
            #expect(
                plan.status == 0 && plan.output.contains("10 images for training (folder train), 10 for validation"))
        }
    }

    @Test("What comes to nothing by its number is warned of, also with --quiet")
    func numbersWithoutEffectAreWarnedOf() throws {
        let command = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--dry-run", "--quiet", "--epochs", "3",
            "--patience", "2", "--keep-every", "2", "--keep-last", "1", "--schedule", "step:3", "--best-by", "loss")
        #expect(command.status == 0)
        let warnings = command.talk.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(
            warnings.map { $0.split(separator: " ")[1] } == ["--patience", "--keep-last", "--schedule"],
            "\(command.talk)")
    }

    @Test("What was understood of the data is shown by each command that opens data, and in JSON")
    func dataAreDescribed() throws {
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
            #expect(command.talk.contains(line), "\(arguments): \(command.talk)")
        }
        let evaluation: Output = try Command("evaluate", TrainedRun.model, photos, "--format", "json").json()
        #expect(evaluation.dataset.classCount == 2 && evaluation.dataset.understanding.layout == "classFolders")

        let plan = try Command(
            "train", photos, "--model", "small_cnn", "--fresh", "--dry-run", "--test-split", "0.1", "--format", "json")
        let told: Output = try plan.json()
        #expect(told.dataset.understanding.parts.map(\.split) == ["train", "val", "test"])
        #expect(told.dataset.understanding.parts.map(\.images) == [7, 2, 1])
        #expect(told.dataset.understanding.parts[1].source == "20 % set aside at random, seed 0")
        #expect(told.dataset.understanding.labels.source == "folder names")
    }

    @Test("A plan foresees that the folder of the run is taken")
    func aPlanLooksAtItsFolder() throws {
        let run = try TrainedRun.folder.get().appending(path: "run").path
        let plan = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--dry-run", "--out", run)
        #expect(plan.status == 1 && plan.talk.contains("is there already"), "\(plan.talk)")
    }
}
