internal import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import TorchDistributed

/// A setting of `config.json`: its key, and its property in the groups of `TrainingConfiguration`.
///
/// A key is the name of the flag of `apus train`, without dashes, and its value is written as the flag's value. This
/// table is the only place that knows the keys: the reader and the writer of the file, comparisons of runs, and the
/// command's hints use it.
package struct ConfigurationKey: Sendable {
    /// The key, such as `lr`.
    package let name: String
    /// The property with its groups, such as `optimizer.learningRate`.
    package let path: String
    /// The kind of the value.
    package let kind: Kind

    /// The kind of a setting's value.
    package enum Kind: Sendable {
        /// A whole number; with `isSigned` false, from 0.
        case integer(isSigned: Bool)
        case number
        case text
        case texts
        /// Names by class, or in the order of the classes.
        case names
        /// A text whose reader reports errors in it.
        case notation
        /// A time between frames, as text in the file.
        case interval
        /// True or false: the values of the property if the flag is given, and if it is not.
        case flag(ConfigurationValue, ConfigurationValue)
        /// One of a few words, each with the value of the property.
        case choice([(word: String, value: String)])
    }

    private init(_ name: String, _ path: String, _ kind: Kind) {
        (self.name, self.path, self.kind) = (name, path, kind)
    }

    private static func flag(_ name: String, _ path: String) -> Self {
        Self(name, path, .flag(.bool(true), .bool(false)))
    }

    /// A flag that turns a property off.
    private static func inverted(_ name: String, _ path: String) -> Self {
        Self(name, path, .flag(.bool(false), .bool(true)))
    }

    private static func choice(_ name: String, _ path: String, _ words: [String]) -> Self {
        Self(name, path, .choice(words.map { (word: $0, value: $0) }))
    }

    private static func integer(_ name: String, _ path: String) -> Self { Self(name, path, .integer(isSigned: true)) }
}

extension ConfigurationKey {
    /// All keys except `version` and `data`.
    package static let all: [ConfigurationKey] = groups.flatMap(\.keys)

    /// The keys in groups, in the order of the help of `apus train`.
    package static let groups: [(name: String, keys: [ConfigurationKey])] = [
        ("network", network), ("data", data), ("optimization", optimization), ("run", output), ("compute", compute),
    ]

    /// The weights that training begins with: one property, four keys.
    static let fresh = ConfigurationKey("fresh", "network.initialWeights", .flag(.text("random"), .text("pretrained")))
    static let weights = ConfigurationKey("weights", "network.initialWeights.file", .text)
    static let partial = flag("partial", "network.initialWeights.isPartial")
    static let stateKey = ConfigurationKey("state-key", "network.initialWeights.stateKey", .text)

    private static let network: [ConfigurationKey] = [
        Self("model", "model", .text), fresh, weights, partial, stateKey,
        Self("min-loaded", "network.minimumLoadedFraction", .number), Self("head", "network.head", .notation),
        Self("dropout", "network.dropout", .number), Self("strategy", "network.strategy", .notation),
    ]

    private static let data: [ConfigurationKey] = [
        Self("label-pattern", "data.dataset.labelPattern", .text),
        Self("label-column", "data.dataset.labelColumn", .text),
        Self("path-column", "data.dataset.pathColumn", .text),
        Self("label-separator", "data.dataset.labelSeparator", .text), Self("root", "data.dataset.root", .text),
        Self("cache", "data.dataset.cache", .text), Self("every", "data.dataset.frameInterval", .interval),
        Self("group-pattern", "data.dataset.groupPattern", .text), Self("classes", "data.dataset.classes", .texts),
        Self("class-names", "data.displayNames", .names),
        Self("val-split", "data.validationSplit", .number), Self("test-split", "data.testSplit", .number),
        integer("limit", "data.limit"), Self("train-transforms", "data.trainingTransforms", .notation),
        Self(
            "balance", "data.classBalancing",
            .choice([("none", "none"), ("loss", "weightedLoss"), ("sampling", "weightedSampling")])),
        inverted("ignore-orientation", "data.appliesOrientation"),
        Self("fast-decode", "data.decoding", .flag(.text("fast"), .text("exact"))),
        Self("max-unreadable", "data.maximumUnreadable", .notation), integer("batch-size", "data.batchSize"),
        flag("drop-last", "data.dropsLastBatch"),
    ]

    private static let optimization: [ConfigurationKey] = [
        integer("epochs", "epochs"), integer("accumulate", "optimizer.gradientAccumulationSteps"),
        Self("lr", "optimizer.learningRate", .number), Self("schedule", "optimizer.schedule", .notation),
        Self("warm-up", "optimizer.warmUpEpochs", .number),
        Self("layerwise-decay", "optimizer.layerwiseDecay", .number),
        Self("backbone-lr-scale", "optimizer.backboneLearningRateScale", .number),
        choice("optimizer", "optimizer.kind", OptimizerKind.allCases.map(\.rawValue)),
        Self("momentum", "optimizer.momentum", .number), flag("nesterov", "optimizer.nesterov"),
        Self("weight-decay", "optimizer.weightDecay", .number),
        flag("no-norm-decay", "optimizer.excludesNormsFromWeightDecay"), Self("l1", "optimizer.l1", .number),
        Self("clip-norm", "optimizer.clipNorm", .number), Self("label-smoothing", "loss.labelSmoothing", .number),
        Self("ema", "optimizer.emaDecay", .number),
    ]

    private static let output: [ConfigurationKey] = [
        Self("best-by", "metric", .notation), integer("patience", "patience"),
        integer("keep-every", "output.keepEvery"), integer("keep-last", "output.keepLast"),
        Self("checkpoint-minutes", "output.checkpointMinutes", .number), Self("coverage", "output.coverage", .number),
        integer("print-every", "output.printEvery"), flag("validate-first", "output.validatesFirst"),
        inverted("no-report", "output.writesReport"), flag("tensorboard", "output.writesTensorBoard"),
        flag("histograms", "output.writesHistograms"), Self("seed", "seed", .integer(isSigned: false)),
    ]

    private static let compute: [ConfigurationKey] = [
        integer("workers", "compute.workers"), Self("device", "compute.device", .text),
        flag("deterministic", "compute.isDeterministic"),
        choice("engine", "compute.engine", EngineChoice.allCases.map(\.rawValue)),
        choice("precision", "compute.precision", TrainingPrecision.allCases.map(\.rawValue)),
        flag("cache-features", "compute.cachesFeatures"), integer("cache-views", "compute.cachedViews"),
        flag("sync-batch-norm", "compute.synchronizesBatchNorm"),
        choice(
            "gradient-compression", "compute.gradientCompression", GradientCompression.allCases.map(\.rawValue)),
    ]
}

extension ConfigurationKey.Kind {
    /// Returns the value of the property for a value of the file; nil if the file's value is of another kind.
    func property(_ value: ConfigurationValue) -> ConfigurationValue? {
        switch (self, value) {
        case (.flag(let on, let off), .bool(let isSet)): isSet ? on : off
        case (.choice(let words), .text(let word)): words.first { $0.word == word }.map { .text($0.value) }
        case (.interval, .text(let text)):
            try? FrameInterval(text).duration.property
        case (.flag, _), (.choice, _), (.interval, _): nil
        default: accepts(value) ? value : nil
        }
    }

    /// Whether a value is possible for the property.
    func accepts(_ value: ConfigurationValue) -> Bool {
        switch (self, value) {
        case (.integer(let isSigned), .integer(let number)): isSigned || number >= 0
        case (.integer(let isSigned), .natural): !isSigned
        case (.number, .integer), (.number, .natural), (.number, .number): true
        case (.text, .text), (.notation, .text): true
        case (.texts, .list(let values)), (.names, .list(let values)): values.allSatisfy(\.isText)
        case (.names, .object(let members)): members.values.allSatisfy(\.isText)
        case (.flag(let on, let off), _): value == on || value == off
        case (.choice(let words), .text(let text)): words.contains { $0.value == text }
        case (.interval, _): Duration(property: value) != nil
        default: false
        }
    }

    /// Returns the value of the file for a value of the property.
    func file(_ property: ConfigurationValue) -> ConfigurationValue? {
        switch (self, property) {
        case (.flag(let on, let off), _):
            property == on ? .bool(true) : property == off ? .bool(false) : nil
        case (.choice(let words), .text(let value)):
            words.first { $0.value == value }.map { .text($0.word) }
        case (.interval, _): Duration(property: property).map { .text(FrameInterval($0).description) }
        default: property
        }
    }

    /// The possible words; empty if any text or number may be given.
    ///
    /// - Parameter isProperty: Whether they are those of the property, as in files before version 2.
    func words(isProperty: Bool) -> [String] {
        switch self {
        case .choice(let words): words.map { isProperty ? $0.value : $0.word }
        case .flag(.text(let on), .text(let off)) where isProperty: [on, off]
        default: []
        }
    }

    /// What the value must be.
    func demand(isProperty: Bool) -> String {
        let words = words(isProperty: isProperty)
        guard words.isEmpty else {
            return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        }
        return switch self {
        case .integer(let isSigned): isSigned ? "a whole number" : "a whole number from 0"
        case .number: "a number"
        case .text, .notation, .choice: "a text"
        case .texts: "a list of texts"
        case .names: "an object with a name for each class, or a list of names"
        case .interval: "a time between frames, such as \"500ms\", \"1s\" or \"2m\""
        case .flag: "true or false"
        }
    }
}

extension ConfigurationValue {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}

extension Duration {
    private static let key = "frameInterval"

    /// Reads the value of the property, in the form of `DatasetOptions`; nil if it is no time.
    fileprivate init?(property: ConfigurationValue) {
        guard let json = try? JSONEncoder().encode([Self.key: property]),
            let options = try? JSONDecoder().decode(DatasetOptions.self, from: json),
            let interval = options.frameInterval
        else { return nil }
        self = interval
    }

    /// The value of the property.
    fileprivate var property: ConfigurationValue? {
        var options = DatasetOptions()
        options.frameInterval = self
        return try? ConfigurationValue(encoding: options)[Self.key]
    }
}
