internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// The network of a run, with loaded weights and a head for the classes.
@TensorActor
struct PreparedNetwork {
    let network: any ImageNetwork
    /// The options of the network.
    let options: NetworkOptions
    private(set) var preprocessing: Preprocessing
    /// The epochs in which the same part of the network is trained.
    let phases: [TrainingPhase]
    /// Whether batch normalization is trained in some phase.
    private(set) var normalizesBatches = false
    /// The initial weights; nil for random ones.
    let startedFrom: String?
    private(set) var notes: [String]

    /// - Parameter images: The number of training images.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, classes: Int, images: Int,
        store: WeightsStore, download: @escaping DownloadReport = { _ in }
    ) throws {
        let settings = configuration.network
        // No pretrained weights are published for a custom network.
        let isOwn = reference.architecture.isOwn
        let start = isOwn && settings.initialWeights == .pretrained ? .random : settings.initialWeights
        let (phases, why) = try settings.strategy.phases(
            epochs: configuration.epochs, images: images, isFresh: start == .random)
        self.phases = phases
        guard !configuration.compute.cachesFeatures || phases.allSatisfy({ $0.strategy == .frozen }) else {
            throw TrainingConfiguration.nothingToCache
        }
        let begin: StartingNetwork
        switch start {
        case .random:
            begin = try StartingNetwork(fresh: reference.architecture, classes: classes, head: settings.head)
        case .pretrained:
            begin = try StartingNetwork(pretrained: reference, store: store, download: download)
        case .file(let path, let isPartial, let stateKey):
            begin = try StartingNetwork(
                file: path, isPartial: isPartial, stateKey: stateKey, reference: reference, classes: classes,
                minimumLoaded: settings.minimumLoadedFraction)
        }
        network = begin.network
        var options = begin.options
        options.classes = classes
        options.hasAuxiliaryHeads = (network as? any AuxiliaryNetwork)?.hasAuxiliaryHeads ?? true
        if start != .random {
            options.head = settings.head ?? options.head
            try network.replaceHead(options.head, classes: classes)
        }
        self.options = options
        (preprocessing, startedFrom, notes) = (
            begin.preprocessing, begin.startedFrom, begin.notes + [why].compactMap(\.self)
        )
        if !configuration.data.appliesOrientation { preprocessing.appliesOrientation = false }
        if isOwn { try checkInput(of: reference.architecture, classes: classes) }
        if let dropout = settings.dropout { try setDropout(dropout) }
        for phase in phases.reversed() {
            try freeze(phase.strategy)
            network.train()
            normalizesBatches = normalizesBatches || network.normalizesBatches
        }
        let stayRandom = network.namedParameters.filter { name, tensor in
            begin.missing.contains(name) && !tensor.requiresGradient
        }
        if let first = stayRandom.first {
            notes.append(
                "the file has no \(first.name)\(stayRandom.count > 1 ? " and \(stayRandom.count - 1) more" : ""), and "
                    + "these layers are frozen, so they stay random: replace them with a custom head (`network.head`), or train "
                    + "more layers (`network.strategy = .last(N)`)")
        }
    }

    /// Checks that a network of the program takes images of the size of the crop and returns a logit for each class,
    /// with a black image.
    private func checkInput(of architecture: Architecture, classes: Int) throws {
        let side = preprocessing.cropSize
        let shape: [Int]
        do {
            network.eval()
            shape = try withoutGradient { try network(Tensor.zeros([1, 3, side, side])).shape }
        } catch let error as TorchError {
            throw ApusError(
                .invalidConfiguration, name: "cropSize", value: side,
                "the network '\(architecture.name)' can't compute images of \(side) x \(side) pixels, the `cropSize` of its "
                    + "preprocessing: \(error)",
                advice: "set `cropSize` to the size that the network is for, or change the network",
                underlyingError: error)
        }
        guard shape == [1, classes] else {
            throw ApusError(
                .invalidConfiguration, name: "network", value: shape,
                "the network '\(architecture.name)' returns a tensor of shape \(shape) for one image, and one logit for each "
                    + "of the \(classes) classes is expected: [1, \(classes)]",
                advice: "use the argument `classes` for the number of outputs of its last layer")
        }
    }

    private func setDropout(_ probability: Double) throws(ApusError) {
        let layers = network.namedModules.compactMap { $0.module as? Dropout }
        guard !layers.isEmpty else {
            throw ApusError(
                .invalidConfiguration, name: "network.dropout", value: probability,
                "the network has no dropout layer, so `network.dropout` changes nothing",
                advice: "add one before the last layer with \(setting("network.head", "dropout:\(probability)"))")
        }
        for layer in layers { layer.probability = probability }
    }

    /// Returns whether trained batch normalization gets a single value per channel from a batch of one image, with
    /// which it can't be trained. A pass on the meta device finds out.
    func needsSeveralImages(_ architecture: Architecture) throws -> Bool {
        guard normalizesBatches else { return false }
        let side = preprocessing.cropSize
        return try phases.contains { phase in
            do {
                try withDefaultDevice(.meta) {
                    let trial = try architecture.makeNetwork(options)
                    try Self.freeze(trial, phase.strategy)
                    trial.train()
                    let input = try Tensor.zeros([1, 3, side, side], device: .meta)
                    _ = try withoutGradient {
                        try (trial as? any AuxiliaryNetwork)?.forwardWithAuxiliaries(input).logits ?? trial(input)
                    }
                }
                return false
            } catch let error as TorchError where error.operatorName == "aten::batch_norm" {
                return true
            }
        }
    }

    /// Freezes all layers that a strategy does not train.
    func freeze(_ strategy: TrainingStrategy) throws { try Self.freeze(network, strategy) }

    private static func freeze(_ network: any ImageNetwork, _ strategy: TrainingStrategy) throws {
        let stages = network.stages
        let count: Int
        switch strategy {
        case .frozen:
            guard stages.count > 1 else {
                throw ApusError(
                    .invalidConfiguration, name: "network.strategy", value: strategy,
                    "the network has no stages, so no part of it can be frozen", advice: "use `network.strategy = .all`"
                )
            }
            count = 1
        case .last(let last):
            guard last <= stages.count else {
                throw ApusError(
                    .invalidConfiguration, name: "network.strategy", value: strategy, suggestions: stages.map(\.name),
                    "the last \(last) stages can't be trained: the network has \(stages.count) "
                        + "(\(stages.map(\.name).joined(separator: ", ")))")
            }
            count = last
        case .all, .auto, .gradual: return try network.unfreeze()
        }
        try network.trainLastStages(count)
    }
}

/// A network with its initial weights, before it gets a head for the classes of the run.
@TensorActor
private struct StartingNetwork {
    let network: any ImageNetwork
    let options: NetworkOptions
    let preprocessing: Preprocessing
    var startedFrom: String?
    var notes: [String] = []
    /// The names of the parameters that the file does not have.
    package var missing: Set<String> = []

    /// Creates a network with random weights and the head of the run.
    init(fresh architecture: Architecture, classes: Int, head: Head?) throws {
        preprocessing = architecture.preprocessing
        var options = NetworkOptions(classes: classes)
        options.head = head ?? .lastLayer
        options.imageSize = preprocessing.cropSize
        self.options = options
        network = try architecture.makeNetwork(options)
    }

    /// Creates a network with published weights and the head for ImageNet.
    init(
        pretrained reference: ModelReference, store: WeightsStore, download: @escaping DownloadReport
    ) throws {
        let architecture = reference.architecture
        guard let weights = reference.weights else {
            throw ApusError(
                .noWeights, name: architecture.name, "no weights are published for \(architecture.name)",
                advice: "train it from random weights (`network.initialWeights = .random`), or give a file of weights")
        }
        let file = weights.file
        let path = try store.fetch(file, report: download)
        preprocessing = weights.preprocessing
        options = architecture.pretrainedOptions(classes: ImageNetClasses.count, imageSize: preprocessing.cropSize)
        network = try architecture.makeNetwork(options)
        try network.loadWeights(Checkpoint.read(path).stateDict)
        try OutputCheck.demandFinite(network, from: path)
        startedFrom = reference.description
    }

    /// Creates a network with the weights and the head of a file.
    ///
    /// - Parameter minimumLoaded: The fraction of the values before the head that a partial file must have.
    init(
        file path: String, isPartial: Bool, stateKey: String?, reference: ModelReference, classes: Int,
        minimumLoaded: Double
    ) throws {
        let architecture = reference.architecture
        let file = try Checkpoint.read(path, stateKey: stateKey)
        if let key = file.stateKey, stateKey == nil { notes.append("\(path): using the state dict '\(key)'") }
        let description = ModelFile.description(in: file)
        preprocessing =
            description?.preprocessing ?? reference.weights?.preprocessing ?? architecture.preprocessing
        var options = architecture.pretrainedOptions(classes: classes, imageSize: preprocessing.cropSize)
        if let description, description.architecture == architecture.name {
            options = description.options
            if !isPartial { try ModelFile.checkSize(of: file.stateDict, path: path, for: description, architecture) }
        }
        do {
            // The head of the file must fit exactly, for any number of classes, before it is replaced.
            let made = try architecture.makeNetwork(loading: file, options: options, isStrict: !isPartial)
            (network, self.options) = (made.network, made.options)
            if let renaming = made.report.match.summary { notes.append("\(path): \(renaming)") }
            if made.report.loaded.isEmpty {
                throw ApusError(
                    .weightsMismatch, path: path, name: architecture.name,
                    "no weights in it fit \(architecture.name) (\(made.report.summary))")
            }
            try OutputCheck.demandFinite(network, from: path)
            if isPartial {
                let fraction = try Self.loadedFraction(of: network, architecture, made.options, made.report)
                guard fraction >= minimumLoaded else {
                    throw ApusError(
                        .weightsMismatch, path: path, name: architecture.name, value: fraction,
                        "it has \(Self.percent(fraction)) of the weights of \(architecture.name) before the head, less than "
                            + "\(Self.percent(minimumLoaded)) (\(made.report.summary))",
                        advice: "choose the network that the file is for (`model`), or accept fewer with "
                            + "`network.minimumLoadedFraction = \(Self.acceptable(fraction))`")
                }
            }
            missing = Set(made.report.missing)
            if !made.report.isComplete {
                notes.append("\(path): loaded \(made.report.loaded.count) entries; \(made.report.summary)")
            }
        } catch let error as LoadError {
            throw ApusError(
                .weightsMismatch, path: path, name: architecture.name, "\(error)",
                advice: "choose the network that the file is for (`model`), or load what fits (`isPartial`)",
                underlyingError: error)
        } catch let error as AmbiguousNamesError {
            throw ApusError(
                .weightsMismatch, path: path, name: architecture.name, "\(error)", underlyingError: error)
        }
        startedFrom = path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Returns the fraction of the parameters' values before the head that were loaded, from 0 to 1.
    ///
    /// The head is what a custom head replaces. Hidden layers after the pooled features belong to it, because files of
    /// backbones often lack them. The head of a custom network in code is its last stage.
    private static func loadedFraction(
        of network: any ImageNetwork, _ architecture: Architecture, _ options: NetworkOptions, _ report: LoadReport
    ) throws -> Double {
        var sizes = network.namedParameters.map { (name: $0.name, size: $0.tensor.count) }
        if architecture.isOwn && architecture.networkDescription == nil {
            let stages = network.stages
            let head = Set((stages.count > 1 ? stages.last?.parameters ?? [] : []).map { ObjectIdentifier($0) })
            sizes = network.namedParameters.filter { !head.contains(ObjectIdentifier($0.tensor)) }
                .map { ($0.name, $0.tensor.count) }
        } else {
            let headless = try withDefaultDevice(.meta) { try architecture.makeNetwork(options) }
            headless.putHead(Sequential([]))
            let names = Set(headless.namedParameters.map(\.name))
            sizes.removeAll { !names.contains($0.name) }
        }
        let loaded = Set(report.loaded)
        let total = sizes.reduce(0) { $0 + $1.size }
        let found = sizes.reduce(0) { $0 + (loaded.contains($1.name) ? $1.size : 0) }
        return total == 0 ? 1 : Double(found) / Double(total)
    }

    /// Returns a fraction as a percentage, rounded down: 0.03 %.
    private static func percent(_ fraction: Double) -> String {
        let percent = fraction * 100
        if percent > 0, percent < 0.01 { return "less than 0.01 %" }
        let digits = percent >= 1 || percent == 0 ? 10.0 : 100
        return "\((percent * digits).rounded(.down) / digits) %"
    }

    /// Returns a fraction with two digits, rounded down.
    private static func acceptable(_ fraction: Double) -> String {
        fraction >= 0.01 ? "\((fraction * 100).rounded(.down) / 100)" : "0"
    }
}
