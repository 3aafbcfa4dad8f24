internal import Foundation
package import Platform

/// What determines the results in a folder: `_manifest.json`. Each process that writes into the folder has the same.
package struct PredictionManifest: Codable, Equatable, Sendable {
    private static let fileName = "_manifest.json"

    /// The version of this format.
    private var version = 1
    /// A checksum of the model file, or the name of a pretrained network.
    package let model: String
    /// The number of shards.
    package let shards: Int
    /// The number of images in the whole list; nil for a list that arrives.
    package let images: Int?
    /// A checksum of their names.
    package let list: String?
    /// The options that determine the results, such as `format`, which is `json` or `csv`.
    package let settings: [String: String]

    /// Creates a manifest.
    ///
    /// - Parameters:
    ///   - model: the model file, or the name of a pretrained network.
    ///   - list: the number of images in the list and a checksum of their names; nil for a list that arrives.
    ///   - settings: the options that determine the results.
    /// - Throws: `FileError` if the model file can't be read.
    package init(
        model: String, shards: Int, list: (count: Int, names: Digest64)?, settings: [String: String]
    ) throws(FileError) {
        let isFile = FilePath(model).status()?.kind == .file
        self.model = isFile ? try Digest64.value(ofFile: model).hexadecimal : model
        (self.shards, self.settings) = (shards, settings)
        (images, self.list) = (list?.count, list?.names.value.hexadecimal)
    }

    var fileExtension: String { settings["format"] == "csv" ? "csv" : "jsonl" }

    /// Compares the manifest with that of the folder, if there is one.
    ///
    /// - Throws: `ApusError` that names what is different; `FileError`.
    func compare(in folder: String) throws {
        let path = "\(folder)/\(Self.fileName)"
        guard fileExists(path) else { return }
        let bytes = try fileBytes(path)
        let found: PredictionManifest
        do {
            found = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw ApusError.damaged(path, "it is no manifest of predictions", by: nil)
        }
        guard found.version <= version else { throw ApusError.newerFormat(found.version, path, ours: version) }
        func check(_ what: String, _ old: String?, _ new: String?, _ code: ApusError.Code) throws(ApusError) {
            guard old != new else { return }
            throw ApusError(
                code, path: folder, name: what, value: new ?? "none",
                "this folder was begun with \(what) \(old ?? "none"), not \(new ?? "none")",
                advice: "use the same, or another folder")
        }
        try check("the model", found.model, model, .configurationChanged)
        try check("the number of shards", "\(found.shards)", "\(shards)", .configurationChanged)
        for key in Set(found.settings.keys).union(settings.keys).sorted() {
            try check(key, found.settings[key], settings[key], .configurationChanged)
        }
        try check(
            "the number of images", found.images.map(String.init), images.map(String.init), .datasetChanged)
        try check("the list of images", found.list, list, .datasetChanged)
    }

    /// Writes the manifest, unless the folder has it.
    ///
    /// - Throws: the errors of `compare`.
    func write(in folder: String) throws {
        let file = try AtomicFile(path: "\(folder)/\(Self.fileName)")
        try file.write(Array((try jsonText(self, pretty: true) + "\n").utf8))
        if try !file.commitIfAbsent() { try compare(in: folder) }
    }
}
