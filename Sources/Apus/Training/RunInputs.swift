internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// All that a run was begun with, by its digests: a run goes on to the same bits only with the same.
///
/// It lies in the run directory as `inputs.json`.
struct RunInputs: Codable {
    /// Weights: a file and its digest, or published ones, whose file the store checks itself.
    struct Weights: Codable, Equatable {
        let name: String
        package let digest: String
    }

    /// What training begins with; nil for a fresh network.
    var weights: Weights?
    /// The digest of a custom network's description; nil for other networks.
    var network: String?
    /// The configuration as JSON.
    var configuration: String
    /// The images.
    var images: ImageListing

    /// Looks at what a configuration names.
    ///
    /// - Throws: `FileError` where the weights cannot be read.
    init(_ configuration: TrainingConfiguration, reference: ModelReference, images: ImageListing) throws {
        self.images = images
        self.configuration = try Self.json(configuration)
        if let description = reference.architecture.networkDescription {
            network = Self.digest(of: try Self.json(description))
        }
        switch configuration.start {
        case .fresh: weights = nil
        case .pretrained:
            weights =
                reference.architecture.isOwn
                ? nil : reference.weights.map { Weights(name: reference.description, digest: $0.file.fileName) }
        case .file(let path, _, _):
            weights = Weights(name: path, digest: try Digest64.value(ofFile: path).hexadecimal)
        }
    }

    /// Writes the file, whole or not at all.
    func write(to run: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try writeAtomically([UInt8](try encoder.encode(self)), to: run.inputs)
    }

    /// Reads what `write` wrote.
    ///
    /// - Returns: nil where there is none: runs of Apus 0.1 have none.
    /// - Throws: `ApusError` for a damaged file.
    static func read(of run: RunDirectory) throws -> RunInputs? {
        guard fileExists(run.inputs) else { return nil }
        let bytes = try fileBytes(run.inputs)
        do {
            return try JSONDecoder().decode(RunInputs.self, from: Data(bytes))
        } catch {
            throw ApusError(
                .damagedFile, path: run.inputs, "this record of what the run was begun with is damaged",
                advice: "put a copy in its place, or begin another run", underlyingError: error)
        }
    }

    /// Checks that all is as it was when the run began.
    ///
    /// - Throws: `ApusError` with what is another.
    func check(since then: RunInputs, run: RunDirectory, data: String) throws {
        let advice = "put back what was there, or begin another run"
        let settings = try changedSettings(since: then)
        guard settings.isEmpty else {
            throw ApusError(
                .configurationChanged, path: run.configuration,
                "the settings have changed since the run began (\(settings.joined(separator: ", ")))", advice: advice)
        }
        guard network == then.network else {
            throw ApusError(
                .configurationChanged, name: try model(),
                "the description of the network has changed since the run began (\(try model()))", advice: advice)
        }
        guard weights?.digest == then.weights?.digest else {
            throw ApusError(
                .configurationChanged, path: weights?.name ?? then.weights?.name,
                "the weights have changed since the run began", advice: advice)
        }
        if let changes = images.changes(since: then.images) {
            throw ApusError(
                .datasetChanged, path: data, "the images have changed since the run began: \(changes)", advice: advice)
        }
    }

    private func model() throws -> String { "\(try Self.settings(configuration)["model"] ?? "")" }

    /// What a run may change without another result.
    private static let free: Set<String> = ["epochs", "workers"]

    private func changedSettings(since then: RunInputs) throws -> [String] {
        let defaults = try Self.settings(Self.json(TrainingConfiguration()))
        let before = try defaults.merging(Self.settings(then.configuration)) { $1 }
        let after = try defaults.merging(Self.settings(configuration)) { $1 }
        func text(_ value: Any?) throws -> String {
            guard let value else { return "not set" }
            let data = try JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self)
        }
        return try Set(before.keys).union(after.keys).subtracting(Self.free).sorted().compactMap { name in
            let (old, new) = (try text(before[name]), try text(after[name]))
            return old == new ? nil : "\(name) was \(old) and is \(new)"
        }
    }

    private static func settings(_ json: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func digest(of text: String) -> String {
        var digest = Digest64()
        digest.add(text)
        return digest.value.hexadecimal
    }
}
