public import Images
internal import Platform

/// A network of one's own, described in a few lines of text.
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
/// - `#` begins a comment. `LayerDescription` tells the layers; commas separate them.
/// - `input CHANNELSxHEIGHTxWIDTH` is what a picture is cut to: 3 channels, a square.
/// - `preprocessing`, which may be left out: `resize=` the short side before the crop (by default 8/7 of the input),
///   `mean=` and `std=` for red, green and blue (`mean=0.5,0.5,0.5`; by default ImageNet's), `crop=`, the input's side.
/// - Under `features:` and `classifier:` each line is a stage: what the strategies of training freeze and train, and
///   what a rate per stage tells apart. The last line is the head. Layers are named as in PyTorch's `nn.Sequential`,
///   `features.0.weight`, counted through all lines of the section.
/// - What `features:` gives is flattened for the classifier, unless `classifier:` says `flatten` itself.
/// - The last layer is `linear:classes`, for as many classes as the data has.
public struct NetworkDescription: Sendable, Hashable {
    /// The network's name: that of its file.
    public let name: String
    /// All of the text.
    public let text: String
    /// How pictures are prepared.
    public let preprocessing: Preprocessing
    /// The layers of `features:`, line by line.
    package let features: [Line]
    /// The layers of `classifier:`, line by line; the last ends in the layer to the classes.
    package let classifier: [Line]

    /// A line of layers.
    package struct Line: Sendable, Hashable {
        /// Its number in the text, from 1.
        let number: Int
        package let layers: [LayerDescription]
    }

    /// Reads a file.
    ///
    /// - Throws: `NetworkDescriptionError` for a text that describes no network, `FileError` where it can't be read.
    public init(contentsOf path: String) throws {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let bytes = try MappedFile(path: path)
        let text =
            bytes.count > Self.longestText ? nil : bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw NetworkDescriptionError(
                "\(path): it is no text, so it describes no network; weights are given beside the name of theirs")
        }
        let name = file.lastIndex(of: ".").map { file[..<$0] }.flatMap { $0.isEmpty ? nil : String($0) } ?? file
        try self.init(text, name: name, source: path)
    }

    /// Reads a text.
    ///
    /// - Parameter name: what the network is to be called.
    /// - Throws: `NetworkDescriptionError` with the line, the layer and the sizes where something does not fit.
    public init(_ text: String, name: String) throws(NetworkDescriptionError) {
        try self.init(text, name: name, source: name)
    }

    private init(_ text: String, name: String, source: String) throws(NetworkDescriptionError) {
        var reader = NetworkDescriptionReader(source: source)
        // Foreign line ends are Windows', one character of Swift's.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            try reader.read(line.prefix { $0 != "#" }.trimmed, number: index + 1)
        }
        (self.name, self.text) = (name, text)
        preprocessing = try reader.preprocessing()
        (features, classifier) = try reader.sections()
        _ = try sizes(classes: 1, source: source)
    }

    /// More is no description that a person wrote.
    private static let longestText = 1 << 16

    /// Whether the features are flattened before the classifier begins.
    package var flattensFeatures: Bool { !classifier.contains { $0.layers.contains(.flatten) } }

    /// The number of features, flattened, that a classifier of one's own gets.
    package var featureCount: Int {
        get throws(NetworkDescriptionError) { try sizes(classes: 1).features.count }
    }

    /// The number of parameters.
    package func parameterCount(classes: Int) throws(NetworkDescriptionError) -> Int {
        zip((features + classifier).flatMap(\.layers), try sizes(classes: classes).inputs)
            .reduce(0) { $0 + $1.0.parameterCount(for: $1.1, classes: classes) }
    }

    /// The most values that pass from one layer to the next, for one picture: 256 MiB of them. A line of text can ask
    /// for any number, and no network that is of use comes near.
    private static let mostValues = 1 << 26

    /// The most values of all layers together, for one picture.
    private static let mostValuesInAll = 1 << 30

    /// The most values that a layer gives or takes, for one picture.
    package func largestValueCount(classes: Int) throws(NetworkDescriptionError) -> Int {
        try sizes(classes: classes).inputs.reduce(classes) { max($0, $1.count) }
    }

    /// What each layer gets, and what `features:` gives.
    package func sizes(
        classes: Int, source: String? = nil
    ) throws(NetworkDescriptionError) -> (inputs: [FeatureSize], features: FeatureSize) {
        var inputs: [FeatureSize] = []
        var total = 0
        var size = FeatureSize.map(channels: 3, height: preprocessing.cropSize, width: preprocessing.cropSize)
        func pass(_ lines: [Line]) throws(NetworkDescriptionError) {
            for line in lines {
                for layer in line.layers {
                    inputs.append(size)
                    do {
                        size = try layer.outputSize(for: size, classes: classes)
                    } catch {
                        throw NetworkDescriptionError(
                            "\(source ?? name), line \(line.number): '\(layer)' does not fit: \(error)")
                    }
                    total += size.count
                    guard size.count <= Self.mostValues, total <= Self.mostValuesInAll else {
                        throw NetworkDescriptionError(
                            "\(source ?? name), line \(line.number): '\(layer)' gives \(size), which is more than memory "
                                + "is given to; let an earlier layer leave fewer places or channels")
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

/// A text that describes no network, or one whose layers do not fit each other.
public struct NetworkDescriptionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in which line, and what was expected.
    public let description: String

    init(_ description: String) { self.description = description }
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
        } catch let error as NetworkDescriptionError {
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
