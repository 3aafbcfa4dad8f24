public import Platform

/// The head of a network: its own last layer, or custom layers after the features.
///
/// In text, layers are separated by commas: `4096,relu,dropout:0.5,512,relu`. A number is a linear layer with that many
/// outputs. The last linear layer to the classes is added automatically, unless the last layer is already linear; it
/// must then have as many outputs as there are classes. `LayerDescription` lists the other layers.
public struct Head: Sendable, Hashable {
    /// The layers; empty for the network's own last layer.
    public var layers: [LayerDescription]

    /// The network's own last layer, adapted to the classes.
    public static let lastLayer = Head([])

    /// Creates a custom head: these layers, then a linear layer to the classes.
    public init(_ layers: [LayerDescription]) { self.layers = layers }

    /// Parses the notation. An empty text is the network's own last layer.
    ///
    /// - Throws: `NotationError` for an invalid layer.
    public init(_ text: String) throws(NotationError) {
        layers = text.allSatisfy(\.isWhitespace) ? [] : try LayerDescription.layers(in: text)
    }

    /// Returns the number of parameters.
    ///
    /// - Throws: `HeadError` if the head does not match the features or the classes.
    public func parameterCount(inputs: Int, classes: Int) throws(HeadError) -> Int {
        let sizes = try sizes(inputs: inputs, classes: classes)
        return zip(complete, sizes).reduce(0) { $0 + $1.0.parameterCount(for: $1.1, classes: classes) }
    }

    /// The layers, including the last linear one.
    package var complete: [LayerDescription] { layers.last?.isLinear == true ? layers : layers + [.linearToClasses] }

    /// Returns the input size of each layer.
    package func sizes(inputs: Int, classes: Int) throws(HeadError) -> [FeatureSize] {
        var sizes: [FeatureSize] = []
        var size = FeatureSize.features(inputs)
        for (number, layer) in complete.enumerated() {
            sizes.append(size)
            do {
                size = try layer.outputSize(for: size, classes: classes)
            } catch {
                throw HeadError("layer \(number + 1) of the head, '\(layer)', does not match its input: \(error)")
            }
        }
        guard size == .features(classes) else {
            throw HeadError(
                "the head '\(self)' has \(size.count) outputs, but there are \(classes) classes; leave its last layer "
                    + "out: a layer with \(classes) outputs is added automatically")
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

/// An error of a head that does not match its network or the classes.
public struct HeadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mismatch, with both sizes.
    public let description: String

    package init(_ description: String) { self.description = description }
}

/// The options of a network of a family. They are stored in model files.
public struct NetworkOptions: Sendable, Codable, Hashable {
    /// The number of classes.
    public var classes: Int
    /// The head after the features.
    public var head = Head.lastLayer
    /// GoogLeNet and Inception only: whether images normalized with ImageNet's mean and standard deviation are
    /// normalized again with 0.5 and 0.5, as the published weights require.
    public var transformsInput = false
    /// GoogLeNet and Inception only: whether the network has auxiliary heads for training.
    public var hasAuxiliaryHeads = true
    /// The side of the images in pixels; nil for the default of the family. Vision transformers have a position for
    /// each patch and support one size; other families support any size.
    public var imageSize: Int?

    /// Creates the default options of a family.
    public init(classes: Int) { self.classes = classes }
}

/// The 1,000 classes of ImageNet in the order of torchvision's weights.
public enum ImageNetClasses {
    /// The number of classes, 1,000.
    public static let count = 1000

    /// The names, as in torchvision.
    public static let names: [String] = table.map(\.name)

    /// The WordNet identifiers, such as `n01440764`, which are the names of the folders of ImageNet.
    public static let wordNetIDs: [String] = table.map(\.id)

    /// Index, WordNet identifier and name on each line, separated by tabs.
    private static let table: [(id: String, name: String)] =
        String(decoding: PackageResources.imagenet_classes_tsv, as: UTF8.self)
        .split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return fields.count == 3 ? (String(fields[1]), String(fields[2])) : nil
        }
}
