public import Platform

/// What stands after a network's features: its own last layer, or custom layers.
///
/// In text, layers are separated by commas: `4096,relu,dropout:0.5,512,relu`. A number is a linear layer of that many
/// outputs; the last linear layer, to the classes, adds itself. Where the last layer written is linear, it is that
/// one, and its outputs must be as many as the classes. `LayerDescription` lists the other layers.
public struct Head: Sendable, Hashable {
    /// The layers; none for the network's own last layer.
    public var layers: [LayerDescription]

    /// The network's own last layer, for other classes.
    public static let lastLayer = Head([])

    /// A custom head: these layers, then a linear one to the classes.
    public init(_ layers: [LayerDescription]) { self.layers = layers }

    /// Reads the notation; an empty text is the network's own last layer.
    ///
    /// - Throws: `NotationError` for the first item that is no layer.
    public init(_ text: String) throws(NotationError) {
        layers = text.allSatisfy(\.isWhitespace) ? [] : try LayerDescription.layers(in: text)
    }

    /// How many parameters the layers have.
    ///
    /// - Throws: `HeadError` for a head that does not fit.
    public func parameterCount(inputs: Int, classes: Int) throws(HeadError) -> Int {
        let sizes = try sizes(inputs: inputs, classes: classes)
        return zip(complete, sizes).reduce(0) { $0 + $1.0.parameterCount(for: $1.1, classes: classes) }
    }

    /// The layers with the last linear one.
    package var complete: [LayerDescription] { layers.last?.isLinear == true ? layers : layers + [.linearToClasses] }

    /// What each layer gets.
    package func sizes(inputs: Int, classes: Int) throws(HeadError) -> [FeatureSize] {
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
    public init(from decoder: any Decoder) throws { self = try decoder.decode { try Head($0) } }

    /// Writes the notation.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

/// A head that does not fit its network or the classes.
public struct HeadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What does not fit, with both sizes.
    public let description: String

    package init(_ description: String) { self.description = description }
}
