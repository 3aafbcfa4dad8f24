internal import Platform

/// A model to serve: a file or a published network, with its name and version for clients.
public struct ModelSpecification: Codable, Sendable, Hashable {
    /// The name of the model for clients.
    public let name: String
    /// The version of the model for clients.
    public let version: String
    /// The path of a model file, or the name of a published network.
    public let model: String

    /// Creates a specification.
    ///
    /// - Throws: `ServingError` for a name or a version that can't be part of a URL.
    public init(name: String, version: String = "1", model: String) throws(ServingError) {
        for (word, text) in [("name", name), ("version", version)] where !Self.isValid(text) {
            throw ServingError(
                .invalidRequest,
                "'\(text.shown)' can't be the \(word) of a model; use letters, digits, '.', '_' and '-'")
        }
        guard !model.isEmpty else { throw ServingError(.invalidRequest, "the model '\(name)' has no file") }
        (self.name, self.version, self.model) = (name, version, model)
    }

    /// Creates a specification from an argument: `FILE`, `NETWORK`, `NAME=FILE` or `NAME@VERSION=FILE`.
    ///
    /// Without a name, it is that of the file without extension, or of its folder for `best.safetensors` and
    /// `last.safetensors` of a training run. A path in which something like a name precedes `=` is written with `./`.
    ///
    /// - Throws: `ServingError` for a name or a version that can't be part of a URL.
    public init(argument: String) throws(ServingError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].contains("/") else {
            try self.init(name: Self.name(of: argument), model: argument)
            return
        }
        let names = parts[0].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        try self.init(name: names[0], version: names.count == 2 ? names[1] : "1", model: String(parts[1]))
    }

    /// The name for a file, with `-` for characters that are not allowed.
    private static func name(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard var name = parts.last else { return path }
        if let ending = [".safetensors", ".onnx", ".pth", ".pt"].first(where: name.lowercased().hasSuffix) {
            name.removeLast(ending.count)
            if ["best", "last"].contains(name), let folder = parts.dropLast().last, ![".", ".."].contains(folder) {
                name = folder
            }
        }
        return String(name.map { allows($0) ? $0 : "-" })
    }

    private static func isValid(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name != "." && name != ".." && name.allSatisfy(allows)
    }

    private static func allows(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "._-".contains(character)
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, version, model
    }

    /// Reads an argument as text, or an object with `model` and optionally `name` and `version`.
    public init(from decoder: any Decoder) throws {
        if let argument = try? decoder.singleValueContainer().decode(String.self) {
            try self.init(argument: argument)
            return
        }
        let known = CodingKeys.allCases.map(\.rawValue)
        if let unknown = try decoder.container(keyedBy: SettingKey.self).allKeys.map(\.stringValue).sorted()
            .first(where: { !known.contains($0) })
        {
            throw ServingError(
                .invalidRequest,
                "no setting of a model is called '\(unknown)'; use \(known.joined(separator: ", "))")
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let model = try container.decode(String.self, forKey: .model)
        try self.init(
            name: try container.decodeIfPresent(String.self, forKey: .name) ?? Self.name(of: model),
            version: try container.decodeIfPresent(String.self, forKey: .version) ?? "1", model: model)
    }
}
