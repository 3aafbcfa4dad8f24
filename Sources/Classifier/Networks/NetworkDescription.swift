public import Images
public import Platform

/// A custom network, described in a few lines of text.
///
/// ```
/// # Ten kinds of animals.
/// input 3x256x256
/// preprocessing resize=300
///
/// features:
/// conv:16:3, relu, conv:16:3, relu, maxpool:2
/// conv:32:3, relu, conv:32:3, relu, maxpool:2
///
/// classifier:
/// dropout:0.25, linear:256, relu
/// dropout:0.5, linear:classes
/// ```
///
/// - `#` begins a comment. `LayerDescription` lists the layers; commas separate them.
/// - `input CHANNELSxHEIGHTxWIDTH` is the input size: 3 channels, a square.
/// - `preprocessing` is optional: `resize=` is the short side before the crop (by default 8/7 of the input),
///   `mean=` and `std=` for red, green and blue (`mean=0.5,0.5,0.5`; by default ImageNet's), `crop=`, the input's side.
/// - Under `features:` and `classifier:` each line is a stage, which training strategies freeze or train, and which
///   layerwise decay distinguishes. The last line is the head. Layers are named as in PyTorch's `nn.Sequential`,
///   `features.0.weight`, numbered through all lines of the section.
/// - The output of `features:` is flattened for the classifier, unless `classifier:` contains `flatten`.
/// - The last layer is `linear:classes`, for as many classes as the data has.
public struct NetworkDescription: Sendable, Hashable {
    /// The name of the network: the name of its file.
    public let name: String
    /// The text.
    public let text: String
    /// The preprocessing of images.
    public let preprocessing: Preprocessing
    /// The layers of `features:`, line by line.
    package let features: [Line]
    /// The layers of `classifier:`, line by line; the last ends in the layer to the classes.
    package let classifier: [Line]

    /// A line of layers.
    package struct Line: Sendable, Hashable {
        package let layers: [LayerDescription]
        /// The source text of each layer.
        let parts: [Substring]
    }

    /// Reads a description from a file.
    ///
    /// - Throws: `NotationError` for an invalid description, `FileError` if the file can't be read.
    public init(contentsOf path: String) throws {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let bytes = try MappedFile(path: path)
        let text =
            bytes.count > Self.longestText ? nil : bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw NotationError(
                "not a text file, so not the description of a network; pass weights together with the name of their network",
                in: "", of: path.printable)
        }
        let name = file.lastIndex(of: ".").map { file[..<$0] }.flatMap { $0.isEmpty ? nil : String($0) } ?? file
        try self.init(text, name: name, source: path.printable)
    }

    /// Parses a description.
    ///
    /// - Parameters:
    ///   - text: the description.
    ///   - name: the name of the network.
    /// - Throws: `NotationError` with the line, the layer and the sizes for an invalid description.
    public init(_ text: String, name: String) throws(NotationError) {
        try self.init(text, name: name, source: name)
    }

    private init(_ text: String, name: String, source: String) throws(NotationError) {
        let reader = try NetworkDescriptionReader(text, source: source)
        (self.name, self.text) = (name, text)
        preprocessing = try reader.preprocessing()
        (features, classifier) = try reader.sections()
        _ = try sizes(classes: 1, source: source)
    }

    /// The largest size of a description.
    private static let longestText = 1 << 16

    /// Whether the features are flattened before the classifier.
    package var flattensFeatures: Bool { !classifier.contains { $0.layers.contains(.flatten) } }

    /// The number of flat features that a custom head receives.
    package var featureCount: Int {
        get throws(NotationError) { try sizes(classes: 1).features.count }
    }

    /// Returns the number of parameters.
    package func parameterCount(classes: Int) throws(NotationError) -> Int {
        zip((features + classifier).flatMap(\.layers), try sizes(classes: classes).inputs)
            .reduce(0) { $0 + $1.0.parameterCount(for: $1.1, classes: classes) }
    }

    /// The largest number of values between two layers for one image: 256 MiB. No realistic network comes near.
    private static let mostValues = 1 << 26

    /// The largest number of values of all layers together, for one image.
    private static let mostTotalValues = 1 << 30

    /// Returns the largest number of input or output values of a layer, for one image.
    package func largestValueCount(classes: Int) throws(NotationError) -> Int {
        try sizes(classes: classes).inputs.reduce(classes) { max($0, $1.count) }
    }

    /// Returns the input size of each layer, and the output size of `features:`.
    package func sizes(
        classes: Int, source: String? = nil
    ) throws(NotationError) -> (inputs: [FeatureSize], features: FeatureSize) {
        var inputs: [FeatureSize] = []
        var total = 0
        var size = FeatureSize.map(channels: 3, height: preprocessing.cropSize, width: preprocessing.cropSize)
        func pass(_ lines: [Line]) throws(NotationError) {
            for line in lines {
                for (layer, part) in zip(line.layers, line.parts) {
                    inputs.append(size)
                    do {
                        size = try layer.outputSize(for: size, classes: classes)
                    } catch {
                        throw NotationError(
                            "'\(layer)' does not match its input: \(error)", at: part, of: source ?? name)
                    }
                    total += size.count
                    guard size.count <= Self.mostValues, total <= Self.mostTotalValues else {
                        throw NotationError(
                            "the output of '\(layer)', \(size), is too large; use more pooling or fewer channels in an "
                                + "earlier layer", at: part, of: source ?? name)
                    }
                }
            }
        }
        try pass(features)
        let given = size
        if flattensFeatures { size = .features(size.count) }
        try pass(classifier)
        return (inputs, given)
    }
}

extension NetworkDescription: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, text
    }

    /// Reads name and text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .text)
        guard text.utf8.count <= Self.longestText else {
            throw DecodingError.dataCorruptedError(forKey: .text, in: container, debugDescription: "It is too long.")
        }
        do {
            try self.init(text, name: container.decode(String.self, forKey: .name))
        } catch let error as NotationError {
            throw DecodingError.dataCorruptedError(forKey: .text, in: container, debugDescription: "\(error)")
        }
    }

    /// Writes name and text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(text, forKey: .text)
    }
}
