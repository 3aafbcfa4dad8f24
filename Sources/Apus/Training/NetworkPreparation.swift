internal import Torch
internal import TorchNN
internal import TorchVision

/// The network of a run, its weights loaded, its head made for the classes, its frozen parts frozen.
@TensorActor
struct PreparedNetwork {
    let network: any ImageNetwork
    private(set) var preprocessing: Preprocessing
    let strategy: TrainingStrategy
    /// The weights that training begins with; nil for a fresh network.
    let startedFrom: String?
    private(set) var notes: [String] = []

    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, classes: Int, store: WeightsStore,
        progress: (@Sendable (Int, Int?) -> Void)?
    ) throws {
        let architecture = reference.architecture
        strategy = configuration.strategy ?? (configuration.start == .fresh ? .all : .frozen)
        switch configuration.start {
        case .fresh:
            guard strategy == .all else {
                throw ApusError(
                    "a fresh network can't be trained with the strategy '\(strategy)': its frozen part would stay "
                        + "random; use 'all', or start from pretrained weights")
            }
            network = try architecture.makeNetwork(classes: classes)
            preprocessing = architecture.preprocessing
            startedFrom = nil
        case .pretrained:
            guard let weights = reference.weights else {
                throw ApusError(
                    "no weights are published for \(architecture.name); train it fresh, or give a file of weights")
            }
            let path = try store.fetch(weights.file, progress: progress)
            network = try architecture.makeNetwork(classes: ImageNetClasses.names.count)
            try network.load(Checkpoint.read(path).entries)
            try network.replaceHead(classes: classes)
            preprocessing = weights.preprocessing
            startedFrom = reference.description
        case .file(let path, let isPartial):
            let checkpoint = try Checkpoint.read(path)
            network = try architecture.makeNetwork(classes: classes)
            // The head of the file must fit strictly, however many classes it is for, before it is replaced.
            let head = network.namedParameters.last { $0.name.hasSuffix("weight") }
            if let count = head.flatMap({ checkpoint[$0.name]?.shape.first }), count > 0, count != classes {
                try network.replaceHead(classes: count)
            }
            do {
                let report = try network.load(checkpoint.entries, isStrict: !isPartial)
                if report.loaded.isEmpty {
                    throw ApusError("\(path): nothing in it fits \(architecture.name) (\(report.summary))")
                }
                if !report.isComplete {
                    notes.append("\(path): loaded \(report.loaded.count) entries; \(report.summary)")
                }
            } catch let error as LoadError {
                throw ApusError(
                    "\(path): \(error); choose the network that the file is for, or load what fits with --partial")
            }
            try network.replaceHead(classes: classes)
            preprocessing =
                ModelFile.preprocessing(in: checkpoint) ?? reference.weights?.preprocessing
                ?? architecture.preprocessing
            startedFrom = path.split(separator: "/").last.map(String.init) ?? path
        }
        if !configuration.appliesOrientation { preprocessing.appliesOrientation = false }
        try Self.freeze(network, strategy)
    }

    private static func freeze(_ network: any ImageNetwork, _ strategy: TrainingStrategy) throws {
        let stages = network.stages
        switch strategy {
        case .frozen: try network.trainLastStages(1)
        case .all: try network.unfreeze()
        case .last(let count):
            guard count <= stages.count else {
                throw ApusError(
                    "the last \(count) stages can't be trained: the network has \(stages.count) "
                        + "(\(stages.map(\.name).joined(separator: ", ")))")
            }
            try network.trainLastStages(count)
        }
    }
}
