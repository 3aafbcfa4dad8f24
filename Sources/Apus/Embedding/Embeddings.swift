internal import Classifier
internal import Foundation
internal import Glibc
public import Images
internal import Platform
internal import Torch
package import TorchVision

/// The features of many pictures.
public struct Embeddings: Sendable {
    /// The images, also those that could not be read.
    public let input: ImageInput
    /// The place in the input of each picture that has features, in order.
    public let places: [Int]
    /// How many features a picture has: D.
    public let dimension: Int
    /// The features, `[N, D]`, row by row.
    public let values: [Float]
    /// The pictures that could not be read.
    public let failures: [SampleFailure]

    /// How many pictures have features: N.
    public var count: Int { places.count }

    /// What is known of the picture in a row.
    public func picture(at row: Int) -> ImageInput.Entry { input.entry(at: places[row]) }

    /// The features of the picture in a row.
    public func features(at row: Int) -> ArraySlice<Float> { values[row * dimension..<(row + 1) * dimension] }

    /// The class of the picture in each row: a place in the dataset's list of classes.
    var labels: [Int] { places.map { input.images.label(at: $0) } }

    /// The features as a tensor, `[N, D]`.
    func tensor() throws -> Tensor { try Tensor(values, shape: [count, dimension]) }
}

extension FeatureExtractor {
    /// Computes the features of all pictures and keeps them in memory.
    ///
    /// - Parameters:
    ///   - input: the images.
    ///   - reader: reads the progress, and the images that can't be read.
    /// - Throws: `ApusError` where they would take more than half of the machine's memory, and where no picture can be
    ///   read.
    public func embeddings(
        of input: ImageInput,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> Embeddings {
        let bytes = input.images.count * dimension * 4
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard bytes <= memory / 2 else {
            throw ApusError(
                .systemFailure, value: bytes,
                "the features of \(input.images.count) images take \(bytes >> 20) MiB, more than half of this machine's "
                    + "memory",
                advice: "take fewer images (`limit`), or write them to a .csv file, which needs none")
        }
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var places: [Int] = []
            var values: [Float] = []
            values.reserveCapacity(bytes / 4)
            let pass = pass(over: input.images)
            while let (batch, outputs) = try await pass.next(events) {
                places += batch.indices
                values += try pooled(outputs, count: batch.count)
            }
            return Embeddings(
                input: input, places: places, dimension: dimension, values: values, failures: pass.failures)
        }
    }
}

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
        metadata["paths"] = try json(places.map { input.images.name(at: $0) })
        if input.isLabeled {
            metadata["classes"] = try json(input.images.classNames)
            if input.images.isMultiLabel {
                metadata["labels"] = try json(places.map { input.images.labels(at: $0) })
            } else {
                entries.append((name: "labels", tensor: try Tensor(labels)))
            }
        }
        if input.isSplit { metadata["splits"] = try json(places.map { input.split(at: $0) }) }
        try Checkpoint(entries: entries, metadata: metadata).writeSafetensors(to: path)
    }

    /// Writes the features to a `.csv` file, a line a picture, or else to a safetensors file, whole or not at all.
    ///
    /// - Throws: `FileError` or `CheckpointError` where the disk refuses.
    @TensorActor
    public func write(to path: String, model: String) async throws {
        guard path.lowercased().hasSuffix(".csv") else { return try await writeSafetensors(to: path, model: model) }
        let table = FeatureTable(input, dimension: dimension)
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
    ///   - input: the images.
    ///   - path: the file.
    ///   - reader: reads the progress, and the images that can't be read.
    /// - Returns: how many pictures it holds.
    /// - Throws: `FileError` where the disk refuses, `ApusError` where no picture can be read.
    @discardableResult
    public func writeCSV(
        of input: ImageInput, to path: String,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> Int {
        let table = FeatureTable(input, dimension: dimension)
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let file = try AtomicFile(path: path)
            try file.write(Array(table.header.utf8))
            let pass = pass(over: input.images)
            while let (batch, outputs) = try await pass.next(events) {
                let features = try pooled(outputs, count: batch.count)
                for (row, index) in batch.indices.enumerated() {
                    let line = table.line(of: index, features: features[row * dimension..<(row + 1) * dimension])
                    try file.write(line.fileNameBytes)
                }
            }
            try file.commit()
            return pass.done
        }
    }
}

/// The lines of features as CSV.
private struct FeatureTable {
    let header: String
    private let input: ImageInput

    init(_ input: ImageInput, dimension: Int) {
        self.input = input
        let known = ["path"] + (input.isLabeled ? ["label"] : []) + (input.isSplit ? ["split"] : [])
        header = CSV.line(known + (0..<dimension).map { "f\($0)" }) + "\n"
    }

    func line(of index: Int, features: ArraySlice<Float>) -> String {
        let known = input.entry(at: index)
        return CSV.line([known.path] + [known.label, known.split].compactMap(\.self) + features.map(\.description))
            + "\n"
    }
}

/// A picture that lies near another by its features.
public struct Neighbour: Sendable, Codable, Equatable {
    /// The picture.
    public let picture: ImageInput.Entry
    /// The cosine of the angle between the features, -1 to 1.
    public let similarity: Double
    /// Its place in the input.
    public let index: Int
}

extension Embeddings {
    /// The pictures whose features point the most alike, nearest first; of equal ones the first comes first.
    ///
    /// - Parameters:
    ///   - features: those of the picture that is asked about, D numbers.
    ///   - count: at most so many.
    ///   - path: the image that is left out: the one that is asked about.
    @TensorActor
    public func neighbours(
        of features: [Float], count: Int, excluding path: String? = nil
    ) async throws -> [Neighbour] {
        let query = try Tensor(features, shape: [dimension, 1]).normalized(dim: 0)
        let similarities = try tensor().normalized(dim: 1).matmul(query).array(as: Float.self)
        return similarities.indices.sorted { (-similarities[$0], $0) < (-similarities[$1], $1) }.lazy
            .map { Neighbour(picture: picture(at: $0), similarity: Double(similarities[$0]), index: places[$0]) }
            .filter { $0.picture.path != path }
            .prefix(count).map(\.self)
    }
}
