internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// The inputs of a run, by their digests. A resumed run gives the same bits only with the same inputs.
///
/// The file is `inputs.json` in the run folder.
struct RunInputs: Codable {
    /// Weights: a file and its digest, or published weights, whose file the store checks itself.
    struct Weights: Codable, Equatable {
        let name: String
        package let digest: String
    }

    /// The initial weights; nil for random ones.
    var weights: Weights?
    /// The digest of a custom network's description; nil for other networks.
    var network: String?
    /// The name of the custom loss; nil for the cross entropy.
    var loss: String?
    /// The names of the custom metrics; nil for none.
    var metrics: [String]?
    /// The configuration as JSON, as in `config.json`.
    var configuration: String
    /// The images.
    var images: ImageListing

    /// Collects the inputs that a configuration names.
    ///
    /// - Throws: `FileError` if the weights cannot be read.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, custom: CustomParts = CustomParts(),
        images: ImageListing
    ) throws {
        self.images = images
        loss = custom.loss?.name
        metrics = custom.metrics.isEmpty ? nil : custom.metrics.map(\.name).sorted()
        self.configuration = try Self.json(ConfigurationFile(configuration))
        if let description = reference.architecture.networkDescription {
            network = Self.digest(of: try Self.json(description))
        }
        switch configuration.network.initialWeights {
        case .random: weights = nil
        case .pretrained:
            weights =
                reference.architecture.isOwn
                ? nil : reference.weights.map { Weights(name: reference.description, digest: $0.file.fileName) }
        case .file(let path, _, _):
            weights = Weights(name: path, digest: try Digest64.value(ofFile: path).hexadecimal)
        }
    }

    /// The settings that must be the same in all processes of a run, as text.
    var settings: String { "\(configuration) \(network ?? "") \(weights?.digest ?? "")" }

    /// Writes the file atomically.
    func write(to run: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try writeAtomically([UInt8](try encoder.encode(self)), to: run.inputs)
    }

    /// Reads the file of a run.
    ///
    /// - Returns: Nil if there is none: runs of Apus 0.1 have none.
    /// - Throws: `ApusError` for a damaged file.
    static func read(of run: RunDirectory) throws -> RunInputs? {
        guard fileExists(run.inputs) else { return nil }
        let bytes = try fileBytes(run.inputs)
        do {
            return try JSONDecoder.forFiles.decode(RunInputs.self, from: Data(bytes))
        } catch {
            throw ApusError(
                .damagedFile, path: run.inputs, "the record of the inputs of the run is damaged",
                advice: "replace it with a copy, or start a new run", underlyingError: error)
        }
    }

    /// Checks that the inputs are those with which the run began.
    ///
    /// - Throws: `ApusError` with what has changed.
    func check(since then: RunInputs, run: RunDirectory, data: String) throws {
        let advice = "restore the original, or start a new run"
        let settings: [String]
        do {
            settings = try changedSettings(since: then)
        } catch let error as ApusError {
            throw error.naming(path: run.inputs)
        }
        guard settings.isEmpty else {
            throw ApusError(
                .configurationChanged, path: run.configuration,
                "the settings have changed since the run began (\(settings.joined(separator: ", ")))", advice: advice)
        }
        func demandSame(_ name: String, _ names: KeyPath<RunInputs, [String]>, none: String) throws {
            let (now, before) = (self[keyPath: names], then[keyPath: names])
            guard now != before else { return }
            let texts = [before, now].map { $0.isEmpty ? none : "\(name) \(enumerated($0))" }
            throw ApusError(
                .configurationChanged, name: name, value: now.joined(separator: ", "), suggestions: before,
                "the run began with the \(texts[0]) and can't resume with the \(texts[1])",
                advice: "resume it from the program that began it, with the same `\(name)`")
        }
        try demandSame("loss", \.losses, none: "cross entropy")
        try demandSame("metrics", \.customMetrics, none: "built-in metrics")
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

    private var losses: [String] { loss.map { [$0] } ?? [] }
    private var customMetrics: [String] { metrics ?? [] }

    private func model() throws -> String {
        try TrainingConfiguration.read(json: Data(configuration.utf8)).configuration.model
    }

    /// The settings that a resumed run may change.
    private static let free: Set<String> = ["epochs", "workers", "print-every"]

    /// Compares the settings, not their texts: another version may have written the file.
    private func changedSettings(since then: RunInputs) throws -> [String] {
        let (before, after) = (try Self.settings(then.configuration), try Self.settings(configuration))
        return Set(before.keys).union(after.keys).subtracting(Self.free).sorted().compactMap { name in
            let (old, new) = (before[name], after[name])
            func text(_ value: ConfigurationValue?) -> String { value.map { "\($0)" } ?? "not set" }
            return old == new ? nil : "\(name) was \(text(old)) and is \(text(new))"
        }
    }

    private static func settings(_ json: String) throws -> [String: ConfigurationValue] {
        try ConfigurationFile(TrainingConfiguration.read(json: Data(json.utf8)).configuration).settings()
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
