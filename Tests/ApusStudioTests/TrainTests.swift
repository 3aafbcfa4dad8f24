import Apus
import Classifier
import Foundation
import Platform
import StudioProject
import TestSupport
import Testing
import TorchVision

@testable import ApusStudio

/// What is offered before a run begins.
@Suite("Presets, plans and estimates") struct TrainTests {
    @Test(
        "Presets are valid for any number of images, and own settings begin with the defaults",
        arguments: [2, 400, 90_000])
    func presets(images: Int) throws {
        let store = WeightsStore(folder: nowhere)
        for preset in TrainingPreset.allCases {
            let configuration = try preset.configuration([:], images: images, store: store)
            #expect(preset == .own || configuration.data.batchSize == [2: 8, 400: 32, 90_000: 64][images])
            #expect(configuration.compute.cachesFeatures == (preset == .quick))
        }
        #expect(try TrainingPreset.own.configuration([:], images: images, store: store) == TrainingConfiguration())
        // Weights that are here come first.
        #expect(TrainingPreset.quick.settings(images: images) { $0 == "resnet50" }["model"] == .text("resnet50"))
    }

    @Test("Settings of the user override those of the preset; wrong ones are named") func settings() throws {
        let store = WeightsStore(folder: nowhere)
        func configuration(_ changes: [String: ConfigurationValue]) throws(StudioError) -> TrainingConfiguration {
            try TrainingPreset.quick.configuration(changes, images: 100, store: store)
        }
        let changed = try configuration(["epochs": .integer(3), "schedule": .null, "balance": .text("loss")])
        #expect(changed.epochs == 3 && changed.optimizer.schedule == .constant)
        #expect(changed.data.classBalancing == .weightedLoss)
        let wrong: [(String, ConfigurationValue, String)] = [
            ("epoch", .integer(3), "epoch"), ("epochs", .integer(0), "epochs"), ("lr", .text("x"), "lr"),
            ("schedule", .text("sometimes"), "schedule"), ("val-split", .number(0.3), "table"),
            ("clip-norm", .integer(-1), "clip"),
        ]
        for (key, value, text) in wrong {
            let error = #expect(throws: StudioError.self) { try configuration([key: value]) }
            #expect(error?.code == .invalid && error?.message.contains(text) == true, "\(key): \(error?.message ?? "")")
        }
    }

    @Test("Each setting is explained, and has a kind and its default") func help() throws {
        let keys = Set(ConfigurationKey.all.map(\.name)).subtracting(TrainingPreset.unavailable)
        #expect(Set(TrainingHelp.texts.keys) == keys)
        let groups = try SettingGroup.all(networks: ["resnet18"])
        #expect(groups.map(\.id) == ["network", "data", "optimization", "run", "compute"])
        let settings = Dictionary(uniqueKeysWithValues: groups.flatMap(\.settings).map { ($0.key, $0) })
        #expect(Set(settings.keys) == keys)
        #expect(settings["epochs"]?.kind == "integer" && settings["epochs"]?.value == .integer(3))
        #expect(
            settings["model"]?.choices == ["resnet18"] && settings["balance"]?.choices == ["none", "loss", "sampling"])
        #expect(settings["fresh"]?.kind == "flag" && settings["fresh"]?.value == .bool(false))
        #expect(settings["lr"]?.kind == "number" && settings["schedule"]?.kind == "text")
    }

    @Test(
        "Projects without two classes of two labeled photos can't be trained",
        arguments: [
            ([:], "No photo has a label"), (["ant": 5], "Only one class"), (["ant": 5, "bee": 1], "bee: fewer than 2"),
        ])
    func problems(photos: [String: Int], text: String) throws {
        let fake = try FakeTraining(photos)
        let planner = TrainingPlanner(context: fake.context, runs: fake.runs)
        let plan = try planner.plan(.quick, [:]).plan
        #expect(plan.problems.contains { $0.contains(text) } && plan.seconds == nil, "\(plan.problems)")
        #expect(try planner.choices().problems == plan.problems)
        let error = #expect(throws: StudioError.self) { try fake.runs.start(.quick, [:], name: nil) }
        #expect(error?.code == .invalid && fake.runs.all.isEmpty && error?.message == plan.problems.first)
    }

    @Test("A fifth of 50 or more labeled photos of each class becomes the test set, as one edit") func testSet()
        async throws
    {
        let fake = try FakeTraining(["ant": 40, "bee": 20])
        let plan = try TrainingPlanner(context: fake.context, runs: fake.runs).plan(.quick, [:]).plan
        #expect(plan.testImages == 12 && plan.trainingImages + plan.validationImages == 48)
        #expect(plan.problems.isEmpty && plan.notes.contains { $0.contains("12 random photos of 60") })
        #expect(plan.seconds != nil && plan.download == nil && plan.memory > 100 << 20)
        #expect(fake.context.project.counts.test == 0, "a plan changes nothing")
        try fake.say("go")
        let name = try fake.runs.start(.quick, [:], name: nil)
        try await eventually { try fake.runs.run(name).state == .finished }
        #expect(fake.context.project.classes.map(\.test) == [8, 4])
        let table = try String(contentsOfFile: fake.runs.folder + "/\(name).csv", encoding: .utf8)
        let splits = table.split(separator: "\n").map { $0.split(separator: ",").last.map(String.init) ?? "" }
        #expect(splits.count { $0 == "test" } == 12)
        #expect(abs(splits.count { $0 == "train" } - plan.trainingImages) <= 2)
        #expect(try fake.context.project.undo()?.kind == "split" && fake.context.project.counts.test == 0)
        // The second run has the same test set.
        try fake.context.project.redo()
        #expect(try TrainingPlanner(context: fake.context, runs: fake.runs).plan(.quick, [:]).plan.testImages == 12)
        #expect(try TrainingRows(fake.context.project).testPhotos(0.2).count == 9)
    }

    @Test("Weights and networks from files must be in the project's folder") func files() throws {
        let fake = try FakeTraining()
        let planner = TrainingPlanner(context: fake.context, runs: fake.runs)
        try fake.folder.write("outside.pth", [1])
        try fake.folder.write("photos/inside.pth", [1])
        try fake.folder.link("photos/link.pth", to: fake.folder.path("outside.pth"))
        for path in [fake.folder.path("outside.pth"), "../outside.pth", "link.pth", "missing.pth"] {
            #expect(try planner.plan(.own, ["weights": .text(path)]).plan.problems.contains { $0.contains("neither") })
        }
        #expect(try planner.plan(.own, ["model": .text("/etc/passwd")]).plan.problems.count == 1)
        let inside = try planner.plan(.own, ["weights": .text("inside.pth")])
        guard case .file(let path, _, _)? = inside.configuration?.network.initialWeights else {
            return #expect(Bool(false), "\(inside.plan.problems)")
        }
        #expect(path.hasPrefix("/") && path.hasSuffix("/photos/inside.pth") && inside.plan.problems.isEmpty)
        #expect(try planner.plan(.own, ["model": .text("small_cnn")]).plan.problems.contains { $0.contains("fresh") })
        #expect(try planner.choices().networks.filter(\.cached).map(\.name).sorted() == ["mobilenet_v2", "resnet18"])
    }

    @Test("The estimate grows with images, epochs, the network and the photos' size, and shrinks with cached features")
    func estimate() throws {
        let machine = TrainingEstimate.Machine(processor: "p", reference: 0.0035, decoding: 0.01, photos: 10)
        func seconds(
            _ model: String = "resnet18", strategy: TrainingStrategy = .all, epochs: Int = 10, images: Int = 20_000,
            cached: Bool = false, decoding: Double = 0.01
        ) throws -> Double {
            var machine = machine
            machine.decoding = decoding
            var configuration = TrainingConfiguration(model: model, epochs: epochs)
            configuration.network.strategy = strategy
            (configuration.compute.cachesFeatures, configuration.compute.device) = (cached, "cpu")
            return try #require(
                TrainingEstimate(machine: machine, runs: []).seconds(
                    configuration, training: images * 4 / 5, validation: images / 5))
        }
        let base = try seconds()
        #expect(try seconds(epochs: 20) > 1.9 * base && seconds(images: 40_000) > 1.9 * base)
        #expect(try seconds("resnet50") > 1.5 * base && seconds(decoding: 0.1) > base + 10)
        #expect(try seconds(strategy: .last(2)) < base && seconds(strategy: .frozen) < seconds(strategy: .last(2)))
        #expect(try seconds(strategy: .gradual(headEpochs: 2)) < base)
        #expect(try seconds(strategy: .frozen, cached: true) < 0.5 * seconds(strategy: .frozen))
        let cached = try seconds(strategy: .frozen, epochs: 10, cached: true)
        #expect(try seconds(strategy: .frozen, epochs: 20, cached: true) < 1.8 * cached)
    }

    @Test("Earlier runs make the estimate exact, also for other networks") func earlier() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/a"
            try makeFolder(path)
            var configuration = TrainingConfiguration(model: "resnet18", epochs: 3)
            (configuration.network.strategy, configuration.compute.device) = (.all, "cpu")
            try writeAtomically(Array(jsonText(ConfigurationFile(configuration)).utf8), to: path + "/config.json")
            // 40 images: 80, 40 and 120 seconds for the epochs, of which 80 is the median.
            try writeAtomically(
                FakeTraining.log([
                    (.started(FakeTraining.start), 0, 100),
                    (.epoch(FakeTraining.epoch(1, accuracy: 0.5), isBest: true), 4, 180),
                    (.epoch(FakeTraining.epoch(2, accuracy: 0.5), isBest: true), 8, 220),
                    (.epoch(FakeTraining.epoch(3, accuracy: 0.5), isBest: true), 12, 340),
                ]), to: path + "/log.jsonl")
            let files = RunFiles(RunDirectory(reading: path))
            #expect(files.secondsPerImage == 2)
            var machine = TrainingEstimate.Machine(
                processor: Processors.summary, reference: 0.0035, decoding: 0, photos: 1)
            func seconds(_ model: String, _ runs: [RunFiles]) throws -> Double {
                configuration.model = model
                return try #require(
                    TrainingEstimate(machine: machine, runs: runs).seconds(configuration, training: 80, validation: 20))
            }
            let same = try seconds("resnet18", [files])
            #expect(same > 600 && same < 610)
            let factor = try (seconds("resnet18", [files]) - 3) / (seconds("resnet18", []) - 3)
            let other = try (seconds("resnet50", [files]) - 3) / (seconds("resnet50", []) - 3)
            #expect(abs(other / factor - 1) < 1e-6)
            // Those of another machine do not count.
            machine.processor = "another"
            #expect(try seconds("resnet18", [files]) == seconds("resnet18", []))
        }
    }

    @Test("The machine is measured once") func machine() throws {
        let fake = try FakeTraining()
        let first = TrainingEstimate.Machine(fake.context.project)
        #expect(first.reference > 0 && first.decoding > 0 && first.photos == 12)
        #expect(TrainingEstimate.Machine(fake.context.project) == first)
    }
}
