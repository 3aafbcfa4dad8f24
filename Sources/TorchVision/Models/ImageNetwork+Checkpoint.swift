public import Classifier
public import Torch
public import TorchNN

extension ImageNetwork {
    /// Loads a checkpoint that PyTorch or Apus wrote for this network, however old, wrapped or not.
    ///
    /// - Throws: as `load` does.
    @discardableResult
    public func loadWeights(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        let (matched, match) = try checkpoint.matched(to: self)
        var report = try loadWeights(matched.stateDict, isStrict: isStrict)
        report.match = match
        return report
    }
}

extension Architecture {
    /// A network with the weights of a checkpoint, for as many classes as the checkpoint's head has.
    ///
    /// It is made as published weights want it; heads that help in training are there where the checkpoint has them.
    ///
    /// - Parameters:
    ///   - checkpoint: one that PyTorch or Apus wrote, however old, wrapped or not.
    ///   - options: what the network is made with in place of what published weights want. Its classes do not count.
    ///   - isStrict: whether all must fit. If not, the report tells what does not.
    /// - Returns: the network, what it is made with, and what of the checkpoint fitted.
    /// - Throws: `LoadError` where it does not fit, `AmbiguousNamesError` where several parts of it fit, `TorchError`
    ///   where the memory is not available.
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
    /// The number of classes that the last layer of this network's head has in a checkpoint; nil where it is not there.
    fileprivate func classes(in state: StateDict) -> Int? {
        let head = Set((stages.last?.parameters ?? []).map { ObjectIdentifier($0) })
        let weight = namedParameters.last { $0.name.hasSuffix("weight") && head.contains(ObjectIdentifier($0.tensor)) }
        let found = weight.flatMap { state[$0.name] }
        // A header may tell of any size: layers are made only where the file fills them.
        return found.flatMap { $0.count > 0 ? $0.shape.first : nil }
    }
}
