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
        // A run that began with version 0.1 sees no change.
        let json = Data(Self.formerFile.utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let former = try JSONSerialization.data(withJSONObject: try #require(object["configuration"]))
        let settings = try TrainingConfiguration.settings(former) as NSDictionary
        #expect(settings == (try TrainingConfiguration.settings(JSONEncoder().encode(expected)) as NSDictionary))
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
            ("no JSON", "not a JSON object"), ("[1]", "not a JSON object"), (#"{"epocs": 3}"#, "'epocs'"),
            (#"{"epochs": "many"}"#, "'epochs'"), (#"{"strategy": "some"}"#, "'some'"),
            (#"{"schedule": "stp:3"}"#, "stp"), (#"{"optimizer": "adamax"}"#, "'optimizer.kind'"),
            (#"{"optimizer": {"lr": 1}}"#, "'optimizer.lr'; there are optimizer.backboneLearningRateScale, "),
            (#"{"data": {"dataset": {"label": 1}}}"#, "'data.dataset.label'"),
            (#"{"compute": {"engine": "fast"}}"#, "'compute.engine'"), (#"{"loss": 3}"#, "'loss'"),
            (#"{"network": {"initialWeights": "fresh"}}"#, "neither pretrained nor random"),
            (#"{"balancesLoss": true, "balancesSampling": true}"#, "'data.classBalancing' is given twice"),
            (#"{"learningRate": 1, "optimizer": {"learningRate": 1}}"#, "its former name 'learningRate'"),
        ])
    func invalidKeys(_ text: String, _ words: String) throws {
        let error = #expect(throws: ApusError.self) { try read(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("run.json") == true)
    }
}
