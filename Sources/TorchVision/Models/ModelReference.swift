/// A network and a choice of its weights, as people write it: `resnet50`, `resnet50:IMAGENET1K_V2`, `resnet50:DEFAULT`.
public struct ModelReference: Sendable, CustomStringConvertible {
    /// The network.
    public let architecture: Architecture
    /// The chosen weights; nil for a network that has none published.
    public let weights: PretrainedWeights?

    /// A network with the first of its published weights, where it has any: one of your own program has none.
    public init(_ architecture: Architecture) {
        (self.architecture, weights) = (architecture, architecture.weights.first)
    }

    /// Reads the notation, or the file that describes a network where the text is the path of one.
    ///
    /// - Throws: `ModelReferenceError` for a name that does not exist, with those that come near, and for a file
    ///   that describes no network.
    public init(_ text: String) throws(ModelReferenceError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, let architecture = Architecture.named(name) else {
            if let described = try Architecture(describedAt: text) {
                (self.architecture, weights) = (described, nil)
                return
            }
            let near = Architecture.all.map(\.name).nearest(to: parts.first ?? "", count: 5).joined(separator: ", ")
            throw ModelReferenceError(
                description:
                    "no network is called '\(text)'; nearest of the \(Architecture.all.count) names are \(near)")
        }
        self.architecture = architecture
        guard parts.count == 2 else {
            weights = architecture.weights.first
            return
        }
        let wanted = parts[1] == "DEFAULT" ? architecture.defaultWeights : parts[1]
        guard let weights = architecture.weights.first(where: { $0.name == wanted }) else {
            let names = (architecture.weights.map(\.name) + ["DEFAULT"]).joined(separator: ", ")
            throw ModelReferenceError(
                description: architecture.weights.isEmpty
                    ? "no weights are published for \(name)"
                    : "\(name) has no weights called '\(parts[1])'; there are \(names)")
        }
        self.weights = weights
    }

    /// The notation.
    public var description: String { weights.map { "\(architecture.name):\($0.name)" } ?? architecture.name }
}

/// A name of a network or of its weights that does not exist.
public struct ModelReferenceError: Error, Sendable, CustomStringConvertible {
    /// What was asked for and what there is.
    public let description: String
}

extension [String] {
    /// Those that the fewest changes of a letter make of the text, the nearest first.
    package func nearest(to text: String, count: Int) -> ArraySlice<String> {
        let wanted = [Character](text.lowercased())
        let distances = map { editDistance([Character]($0), wanted) }
        return indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { self[$0] }.prefix(count)
    }
}

/// The number of letters to insert, delete or replace that makes one text of the other (Levenshtein, 1965).
func editDistance(_ first: [Character], _ second: [Character]) -> Int {
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for (column, other) in second.enumerated() {
            let replaced = diagonal + (letter == other ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = Swift.min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}
