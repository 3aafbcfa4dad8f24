import Foundation
import TestSupport
import Testing
import TorchNN

@testable import Apus
@testable import Classifier

/// A configuration file of a run, or one written by hand.
@Suite("Configuration files") struct ConfigurationFileTests {
    private func read(_ text: String) throws -> (configuration: TrainingConfiguration, data: String?) {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            try Data(text.utf8).write(to: file)
            return try TrainingConfiguration.read(file.path)
        }
    }

    @Test("Missing keys take their defaults") func defaults() throws {
        let (configuration, data) = try read(
            #"{"epochs": 7, "network": {"strategy": "last:2"}, "optimizer": {"schedule": "step:3,0.5", "clipNorm": 1}}"#
        )
        let expected = TrainingConfiguration(
            epochs: 7, network: .init(strategy: .last(2)),
            optimizer: .init(schedule: .step(every: 3, factor: 0.5), clipNorm: 1))
        #expect(configuration == expected && data == nil)
    }

    @Test("The settings of version 0.1 without groups are read as the same configuration")
    func formerSettings() throws {
        let expected = TrainingConfiguration(
            model: "resnet50", epochs: 7, patience: 3, metric: .loss, seed: 5,
            network: .init(
                initialWeights: .random, minimumLoadedFraction: 0.5, head: try Head("64,relu"), dropout: 0.25,
                strategy: .all),
            data: .init(
                dataset: DatasetOptions(
                    labelPattern: "^([a-z]+)_", groupPattern: "_([0-9]+)_", classes: ["b", "a"], labelColumn: "label",
                    pathColumn: "file", labelSeparator: ";", root: "images"),
                validationSplit: 0.4, testSplit: 0.1, limit: 9, trainingTransforms: try TransformList("flip(0.3)"),
                classBalancing: .weightedSampling, appliesOrientation: false, decoding: .fast,
                maximumUnreadable: .fraction(0.5), batchSize: 5, dropsLastBatch: true),
            optimizer: .init(
                .sgd, learningRate: 0.5, schedule: .step(every: 3, factor: 0.5), warmUpEpochs: 0.5,
                layerwiseDecay: 0.25, backboneLearningRateScale: 0.75, momentum: 0.5, nesterov: true, weightDecay: 0.25,
                excludesNormsFromWeightDecay: true, l1: 0.125, clipNorm: 2, gradientAccumulationSteps: 2,
                emaDecay: 0.75),
            loss: .init(labelSmoothing: 0.125),
            output: .init(
                keepEvery: 3, keepLast: 2, checkpointMinutes: 1, coverage: 0.75, writesReport: false,
                writesTensorBoard: true, writesHistograms: true),
            compute: .init(
                workers: 0, device: "cpu", isDeterministic: true, engine: .libtorch, precision: .bfloat16,
                cachesFeatures: true, cachedViews: 4))
        let (configuration, data) = try read(Self.formerFile)
        #expect(configuration == expected && data == "photos")
        // The present file has the same settings, and so has a file with groups.
        let file = try JSON.encode(ConfigurationFile(expected, data: "photos"))
        let (again, path) = try read(file)
        #expect(again == expected && path == "photos")
        let groups = try read(#"{"configuration": \#(JSON.encode(expected)), "data": "photos"}"#)
        #expect(groups.configuration == expected && groups.data == "photos")
    }

    @Test("A file of version 2 has the names and the values of the flags") func versionTwo() throws {
        let configuration = TrainingConfiguration(
            model: "resnet18", network: .init(initialWeights: .random),
            data: .init(
                validationSplit: 0.1, classBalancing: .weightedLoss, appliesOrientation: false, decoding: .fast),
            optimizer: .init(.sgd, learningRate: 0.01), output: .init(writesReport: false))
        let file = try ConfigurationValue(encoding: ConfigurationFile(configuration, data: "a/b"))
        let expected: [String: ConfigurationValue] = [
            "version": .integer(2), "data": .text("a/b"), "model": .text("resnet18"), "fresh": .bool(true),
            "val-split": .number(0.1), "balance": .text("loss"), "ignore-orientation": .bool(true),
            "fast-decode": .bool(true), "optimizer": .text("sgd"), "lr": .number(0.01), "no-report": .bool(true),
            "epochs": .integer(3), "schedule": .text("constant"), "tensorboard": .bool(false),
        ]
        for (key, value) in expected { #expect(file[key] == value, "\(key)") }
        // Settings that are nothing have no key.
        #expect(file["weights"] == nil && file["patience"] == nil && file["device"] == nil)
    }

    @Test("Each setting has a key, and each key a setting") func keys() throws {
        var paths: Set<String> = []
        func add(_ value: Any, _ group: String) {
            for child in Mirror(reflecting: value).children {
                guard let label = child.label else { continue }
                let isGroup = Mirror(reflecting: child.value).displayStyle == .struct && child.value is any Codable
                let isLeaf = ConfigurationKey.all.contains { $0.path == group + label }
                if isGroup, !isLeaf { add(child.value, "\(group)\(label).") } else { paths.insert(group + label) }
            }
        }
        add(TrainingConfiguration(), "")
        let parts: Set = ["file", "isPartial", "stateKey"].map { "network.initialWeights.\($0)" }
            .reduce(into: Set<String>()) { $0.insert($1) }
        #expect(Set(ConfigurationKey.all.map(\.path)) == paths.union(parts))
        #expect(Set(ConfigurationKey.all.map(\.name)).count == ConfigurationKey.all.count)
    }

    @Test(
        "Values of version 2 are read",
        arguments: [
            (#"{"version": 2}"#, .init()),
            (#"{"version": 2, "fresh": false, "partial": false, "patience": null}"#, .init()),
            (
                #"{"version": 2, "weights": "a.pth", "partial": true, "state-key": "ema"}"#,
                .init(network: .init(initialWeights: .file(path: "a.pth", isPartial: true, stateKey: "ema")))
            ),
            (
                #"{"version": 2, "fresh": false, "weights": "a.pth"}"#,
                .init(network: .init(initialWeights: .file(path: "a.pth", isPartial: false)))
            ),
            (
                #"{"version": 2, "lr": 1, "seed": 18446744073709551615}"#,
                .init(seed: .max, optimizer: .init(learningRate: 1))
            ),
            (
                #"{"version": 2, "classes": ["b", "a"], "max-unreadable": "5%"}"#,
                .init(data: .init(dataset: .init(classes: ["b", "a"]), maximumUnreadable: .fraction(0.05)))
            ),
            // A file without a version may have any names.
            (
                #"{"val-split": 0.5, "network": {"dropout": 0.5}, "stageRate": 0.5}"#,
                .init(
                    network: .init(dropout: 0.5), data: .init(validationSplit: 0.5),
                    optimizer: .init(layerwiseDecay: 0.5))
            ),
        ] as [(String, TrainingConfiguration)])
    func values(text: String, expected: TrainingConfiguration) throws {
        #expect(try read(text).configuration == expected)
        // What is written is read as the same.
        #expect(try read(JSON.encode(ConfigurationFile(expected))).configuration == expected)
    }

    @Test("A newer version is refused by its number") func newerVersion() throws {
        let error = #expect(throws: ApusError.self) { try read(#"{"version": 3, "lr": 0.1}"#) }
        #expect(error?.code == .newerFormat && error?.value == "3" && error?.path?.hasSuffix("run.json") == true)
        for version in ["1", "\"2\"", "2.5", "true"] {
            let other = #expect(throws: ApusError.self) { try read(#"{"version": \#(version)}"#) }
            #expect(other?.message == "the setting 'version' must be 2, not \(version)")
        }
    }

    /// `config.json` as version 0.1 wrote it, with all settings.
    private static let formerFile = #"""
        {
          "configuration" : {
            "absoluteDecay" : 0.125, "accumulation" : 2, "appliesOrientation" : false, "averageDecay" : 0.75,
            "backboneRate" : 0.75, "balancesLoss" : false, "balancesSampling" : true, "batchSize" : 5,
            "cachedViews" : 4, "cachesFeatures" : true, "checkpointMinutes" : 1, "clipNorm" : 2,
            "data" : {
              "classes" : ["b", "a"], "groupPattern" : "_([0-9]+)_", "labelColumn" : "label",
              "labelPattern" : "^([a-z]+)_", "labelSeparator" : ";", "pathColumn" : "file", "root" : "images"
            },
            "decoding" : "fast", "device" : "cpu", "dropout" : 0.25, "dropsLastBatch" : true, "engine" : "libtorch",
            "epochs" : 7, "head" : "64,relu", "isDeterministic" : true, "keepEvery" : 3, "keepLast" : 2,
            "knownShare" : 0.75, "labelSmoothing" : 0.125, "learningRate" : 0.5, "limit" : 9, "looksAhead" : true,
            "maximumUnreadable" : "50%", "metric" : "loss", "minimumLoadedFraction" : 0.5, "model" : "resnet50",
            "momentum" : 0.5, "optimizer" : "sgd", "patience" : 3, "precision" : "bfloat16",
            "schedule" : "step:3,0.5", "seed" : 5, "sparesNorms" : true, "stageRate" : 0.25, "start" : "fresh",
            "strategy" : "all", "testSplit" : 0.1, "trainingTransforms" : "flip(0.3)", "validationSplit" : 0.4,
            "warmUpEpochs" : 0.5, "weightDecay" : 0.25, "workers" : 0, "writesEvents" : true,
            "writesHistograms" : true, "writesReport" : false
          },
          "data" : "photos"
        }
        """#

    @Test(
        "Initial weights and class balancing of version 0.1 are read",
        arguments: [
            (#"{"start": "pretrained"}"#, .init()),
            (#"{"start": "fresh"}"#, .init(network: .init(initialWeights: .random))),
            (
                #"{"start": {"file": "a.pth", "isPartial": true}}"#,
                .init(network: .init(initialWeights: .file(path: "a.pth", isPartial: true)))
            ),
            (#"{"balancesLoss": true}"#, .init(data: .init(classBalancing: .weightedLoss))),
            (#"{"balancesLoss": false, "balancesSampling": false}"#, .init()),
            (#"{"optimizer": {"kind": "lion"}, "momentum": 0.5}"#, .init(optimizer: .init(.lion, momentum: 0.5))),
            (#"{"data": {"root": "a", "batchSize": 8}}"#, .init(data: .init(dataset: .init(root: "a"), batchSize: 8))),
        ] as [(String, TrainingConfiguration)])
    func formerValues(text: String, expected: TrainingConfiguration) throws {
        #expect(try read(text).configuration == expected)
    }

    @Test("The configuration file of a run names its data") func dataOfARun() throws {
        let (configuration, data) = try read(#"{"data": "photos", "configuration": {"seed": 5}}"#)
        #expect(configuration.seed == 5 && data == "photos")
    }

    @Test(
        "The error for an invalid key or value names it",
        arguments: [
            ("no JSON", "not a JSON object"), ("[1]", "not a JSON object"),
            (#"{"epocs": 3}"#, "no setting is called 'epocs'; did you mean 'epochs'?"),
            (#"{"version": 2, "epoch": 3}"#, "did you mean 'epochs'?"),
            (#"{"version": 2, "learningRate": 3}"#, "the setting 'learningRate' is called 'lr'"),
            (#"{"version": 2, "network": {}}"#, "no setting is called 'network'; "),
            (#"{"epochs": "many"}"#, "'epochs' must be a whole number, not \"many\""),
            (#"{"epochs": 2.5}"#, "'epochs' must be a whole number, not 2.5"),
            (#"{"epochs": true}"#, "'epochs' must be a whole number, not true"),
            (#"{"epochs": null}"#, "'epochs' must be a whole number, not null"),
            (#"{"seed": -1}"#, "'seed' must be a whole number from 0, not -1"),
            (#"{"lr": "fast"}"#, "'lr' must be a number, not \"fast\""),
            (#"{"nesterov": 1}"#, "'nesterov' must be true or false, not 1"),
            (#"{"model": 18}"#, "'model' must be a text, not 18"),
            (#"{"classes": "a,b"}"#, "'classes' must be a list of texts, not \"a,b\""),
            (#"{"data": 1}"#, "'data' must be an object with settings, not 1"),
            (#"{"version": 2, "data": 1}"#, "'data' must be the path of the data, not 1"),
            (#"{"strategy": "some"}"#, "'some'"), (#"{"schedule": "stp:3"}"#, "stp"),
            (#"{"best-by": "acc"}"#, "'best-by' has a wrong value: no metric is called 'acc'"),
            (
                #"{"optimizer": "adm"}"#,
                "'optimizer' must be adam, adamw, sgd, rmsprop, adagrad, lion or lamb, not \"adm\""
            ),
            (#"{"version": 2, "optimizer": "adm"}"#, "not \"adm\"; did you mean 'adam'?"),
            (#"{"version": 2, "optimizer": {"kind": "sgd"}}"#, "not {\"kind\":\"sgd\"}"),
            (#"{"balance": "weightedLoss"}"#, "'balance' must be none, loss or sampling"),
            (#"{"optimizer": {"lr": 1}}"#, "no setting is called 'optimizer.lr'; did you mean 'lr'"),
            (#"{"data": {"dataset": {"label": 1}}}"#, "'data.dataset.label'"),
            (#"{"compute": {"engine": "fast"}}"#, "'compute.engine' must be auto, openvino or libtorch"),
            (#"{"loss": 3}"#, "'loss' must be an object with settings, not 3"),
            (#"{"network": {"initialWeights": "fresh"}}"#, "must be random or pretrained, not \"fresh\""),
            (
                #"{"balancesLoss": true, "balancesSampling": true}"#,
                "'balancesLoss' and 'balancesSampling' are the same"
            ),
            (#"{"learningRate": 1, "optimizer": {"learningRate": 1}}"#, "'learningRate' and 'optimizer.learningRate'"),
            (#"{"fresh": true, "weights": "a.pth"}"#, "'fresh' and 'weights' can't be combined"),
            (#"{"state-key": "ema"}"#, "'state-key' requires 'weights'"),
            (#"{"partial": true}"#, "'partial' requires 'weights'"),
        ])
    func invalidKeys(_ text: String, _ words: String) throws {
        let error = #expect(throws: ApusError.self) { try read(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("run.json") == true)
    }
}
