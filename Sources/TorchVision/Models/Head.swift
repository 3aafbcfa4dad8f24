internal import Torch
public import TorchNN

/// What stands after a network's features: its own last layer, or layers of one's own.
///
/// In text, layers are separated by commas: `4096,relu,dropout:0.5,512,relu`. A number is a linear layer of so many
/// outputs; the last linear layer, to the classes, adds itself. Where the last layer written is linear, it is that
/// one, and its outputs must be as many as the classes. `LayerDescription` tells the other layers.
public struct Head: Sendable, Hashable {
    /// The layers; none for the network's own last layer.
    public var layers: [LayerDescription]

    /// The network's own last layer, for other classes.
    public static let lastLayer = Head([])

    /// A head of one's own: these layers, then a linear one to the classes.
    public init(_ layers: [LayerDescription]) { self.layers = layers }

    /// Reads the notation; an empty text is the network's own last layer.
    ///
    /// - Throws: `LayerNotationError` for the first item that is no layer.
    public init(_ text: String) throws(LayerNotationError) {
        layers = text.trimmed.isEmpty ? [] : try LayerDescription.layers(in: text)
    }

    /// Makes the layers, freshly initialised, `[N, inputs]` to `[N, classes]`, named by position.
    ///
    /// - Throws: `HeadError` for a head that does not fit, `TorchError` where the memory is not to be had.
    public func makeModule(inputs: Int, classes: Int) throws -> any Module {
        // All is looked at before memory is taken for any.
        let sizes = try sizes(inputs: inputs, classes: classes)
        return Sequential(
            try zip(complete, sizes).map { layer, size in try layer.makeModule(for: size, classes: classes) })
    }

    /// How many parameters the layers have.
    ///
    /// - Throws: `HeadError` for a head that does not fit.
    public func parameterCount(inputs: Int, classes: Int) throws(HeadError) -> Int {
        let sizes = try sizes(inputs: inputs, classes: classes)
        return zip(complete, sizes).reduce(0) { $0 + $1.0.parameterCount(for: $1.1, classes: classes) }
    }

    /// The layers with the last linear one.
    private var complete: [LayerDescription] { layers.last?.isLinear == true ? layers : layers + [.linearToClasses] }

    /// What each layer gets.
    private func sizes(inputs: Int, classes: Int) throws(HeadError) -> [FeatureSize] {
        var sizes: [FeatureSize] = []
        var size = FeatureSize.features(inputs)
        for (number, layer) in complete.enumerated() {
            sizes.append(size)
            do {
                size = try layer.outputSize(for: size, classes: classes)
            } catch {
                throw HeadError("layer \(number + 1) of the head, '\(layer)', does not fit: \(error)")
            }
        }
        guard size == .features(classes) else {
            throw HeadError(
                "the head '\(self)' ends in \(size.count) outputs, and there are \(classes) classes; leave its last "
                    + "layer out, and one for \(classes) adds itself")
        }
        return sizes
    }
}

extension Head: CustomStringConvertible {
    /// The notation.
    public var description: String {
        layers.map { layer in
            if case .linear(let outputs, hasBias: true) = layer { return String(outputs) }
            return layer.description
        }.joined(separator: ",")
    }
}

extension Head: Codable {
    /// Reads the notation.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as LayerNotationError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }

    /// Writes the notation.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A head that does not fit its network or the classes.
public struct HeadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What does not fit, with both sizes.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ImageNetwork {
    /// Puts a new head in place of the present one, freshly initialised: the network's own last layer, or layers of
    /// one's own after the pooled features. Auxiliary heads are made anew for the same classes.
    ///
    /// - Throws: `HeadError` for a head that does not fit, `TorchError` where the memory is not to be had.
    public func replaceHead(_ head: Head, classes: Int) throws {
        guard head != .lastLayer else { return try replaceLastLayer(classes: classes) }
        try demandFeatures()
        try replaceHead(with: head.makeModule(inputs: headInputs, classes: classes), classes: classes)
    }

    /// Puts a module in place of all layers after the pooled features: `[N, headInputs]` to `[N, classes]`. Auxiliary
    /// heads are made anew for the same classes.
    ///
    /// A network made so is not made again from `NetworkOptions`, which knows no modules: keep it in one's own program.
    ///
    /// - Throws: `HeadError` unless the module's first linear layer takes `headInputs` features and its last gives
    ///   `classes`; a module without any is taken at its word. `TorchError` where the memory is not to be had.
    public func replaceHead(with module: any Module, classes: Int) throws {
        try demandFeatures()
        let linear = module.namedModules.compactMap { $0.module as? Linear }
        if let first = linear.first, first.inputs != headInputs {
            throw HeadError("the head takes \(first.inputs) features, and the network gives \(headInputs)")
        }
        if let last = linear.last, last.outputs != classes {
            throw HeadError("the head gives \(last.outputs) outputs, and there are \(classes) classes")
        }
        putHead(module)
        try (self as? any AuxiliaryNetwork)?.replaceAuxiliaryHeads(classes: classes)
    }

    private func demandFeatures() throws(HeadError) {
        guard headInputs > 0 else {
            throw HeadError("the network does not tell its features, so it takes no other head")
        }
    }
}
