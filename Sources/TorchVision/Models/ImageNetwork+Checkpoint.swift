public import Classifier
public import Torch
public import TorchNN

extension ImageNetwork {
    /// Loads a checkpoint of this network written by PyTorch or Apus, of any age, with or without wrapper prefixes.
    ///
    /// - Throws: The same errors as `load`.
    @discardableResult
    public func loadWeights(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        let (matched, match) = try checkpoint.matched(to: self)
        var report = try loadWeights(matched.stateDict, isStrict: isStrict)
        report.match = match
        return report
    }
}

extension Architecture {
    /// Creates a network with the weights of a checkpoint, for the number of classes of the checkpoint's head.
    ///
    /// Its options are those for published weights. It has auxiliary heads if the checkpoint has them.
    ///
    /// - Parameters:
    ///   - checkpoint: A checkpoint written by PyTorch or Apus, of any age, with or without wrapper prefixes.
    ///   - options: The options of the network instead of those for published weights. Their classes are ignored.
    ///   - isStrict: Whether everything must match. If not, the report lists the differences.
    /// - Returns: The network, its options, and the report of loading.
    /// - Throws: `LoadError` if it does not match; `AmbiguousNamesError` if several parts of it match; `TorchError` if
    ///   the memory is not available.
    public func makeNetwork(
        loading checkpoint: Checkpoint, options: NetworkOptions? = nil, isStrict: Bool = true
    ) throws -> (network: any ImageNetwork, options: NetworkOptions, report: LoadReport) {
        var options = options ?? pretrainedOptions(classes: ImageNetClasses.count)
        options.hasAuxiliaryHeads = checkpoint.entries.contains {
            $0.name.split(separator: ".").contains { $0 == "aux1" || $0 == "AuxLogits" }
        }
        let network = try makeNetwork(options)
        let (matched, match) = try checkpoint.matched(to: network)
        let state = try network.adapt(matched.stateDict)
        if let classes = network.classes(in: state), classes != options.classes {
            options.classes = classes
            try network.replaceHead(options.head, classes: classes)
        }
        var report = try network.load(state, isStrict: isStrict)
        report.match = match
        return (network, options, report)
    }
}

extension ImageNetwork {
    /// The number of classes of this network's last layer in a checkpoint; nil if it has no such layer.
    fileprivate func classes(in state: StateDict) -> Int? {
        let head = Set((stages.last?.parameters ?? []).map { ObjectIdentifier($0) })
        let weight = namedParameters.last { $0.name.hasSuffix("weight") && head.contains(ObjectIdentifier($0.tensor)) }
        let found = weight.flatMap { state[$0.name] }
        // A header may contain any size, so layers are created only if the file contains their values.
        return found.flatMap { $0.count > 0 ? $0.shape.first : nil }
    }
}
