internal import Foundation
internal import Torch
public import TorchVision

extension Embeddings {
    /// Writes the features as a safetensors file, whole or not at all.
    ///
    /// It holds `features`, float32 `[N, D]`, and, where pictures have one label each, `labels`, int64 `[N]`. The metadata
    /// has JSON lists: `paths`, `classes`, and `splits` where the data is split; `model` is the name that is given here.
    ///
    /// - Throws: `CheckpointError` where the disk refuses.
    @TensorActor
    public func writeSafetensors(to path: String, model: String) async throws {
        var entries = [(name: "features", tensor: try tensor())]
        var metadata = ["format": "apus embeddings", "model": model]
        metadata["paths"] = try json(places.map { collection.pictures.name(at: $0) })
        if collection.isLabelled {
            metadata["classes"] = try json(collection.pictures.classNames)
            if collection.pictures.isMultiLabel {
                metadata["labels"] = try json(places.map { collection.pictures.labels(at: $0) })
            } else {
                entries.append((name: "labels", tensor: try Tensor(labels)))
            }
        }
        if collection.isSplit { metadata["splits"] = try json(places.map { collection.split(at: $0) }) }
        try Checkpoint(entries: entries, metadata: metadata).writeSafetensors(to: path)
    }

    /// Writes the features to a `.csv` file, a line a picture, or else to a safetensors file, whole or not at all.
    ///
    /// - Throws: `FileError` or `CheckpointError` where the disk refuses.
    @TensorActor
    public func write(to path: String, model: String) async throws {
        guard path.lowercased().hasSuffix(".csv") else { return try await writeSafetensors(to: path, model: model) }
        let table = FeatureTable(collection, dimension: dimension)
        try writeAtomically(to: path) { file in
            try file.write(Array(table.header.utf8))
            for row in 0..<count {
                try file.write(table.line(of: places[row], features: features(at: row)).fileNameBytes)
            }
        }
    }

    private func json(_ list: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(list), as: UTF8.self)
    }
}

extension FeatureExtractor {
    /// Computes the features of all pictures and writes them to a CSV file as they come, whole or not at all; memory
    /// stays bounded.
    ///
    /// A line a picture: `path,label,split` where these are known, then `f0` and so on.
    ///
    /// - Parameters:
    ///   - progress: told after each picture how many are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Returns: how many pictures it holds.
    /// - Throws: `FileError` where the disk refuses.
    @discardableResult
    public func writeCSV(
        of collection: PictureCollection, to path: String, progress: @Sendable (Int) -> Void = { _ in },
        onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> Int {
        var (written, failed) = (0, 0)
        func fail(_ failure: SampleFailure) {
            failed += 1
            onFailure(failure)
        }
        let table = FeatureTable(collection, dimension: dimension)
        try writeAtomically(to: path) { file in
            try file.write(Array(table.header.utf8))
            try extract(collection.pictures, onFailure: fail) { index, features in
                try file.write(table.line(of: index, features: features).fileNameBytes)
                written += 1
                progress(written + failed)
            }
            guard written > 0 else { throw ApusError("none of the \(failed) pictures could be read") }
        }
        return written
    }
}

/// The lines of features as CSV.
private struct FeatureTable {
    let header: String
    private let collection: PictureCollection

    init(_ collection: PictureCollection, dimension: Int) {
        self.collection = collection
        let known = ["path"] + (collection.isLabelled ? ["label"] : []) + (collection.isSplit ? ["split"] : [])
        header = CSV.line(known + (0..<dimension).map { "f\($0)" }) + "\n"
    }

    func line(of index: Int, features: ArraySlice<Float>) -> String {
        let known = collection.picture(at: index)
        return CSV.line([known.path] + [known.label, known.split].compactMap(\.self) + features.map(\.description))
            + "\n"
    }
}
