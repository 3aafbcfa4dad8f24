internal import Classifier
internal import Foundation
public import Images
internal import LibC
internal import Platform
internal import Torch
internal import TorchVision

/// The features of many images.
public struct Embeddings: Sendable {
    /// The images, including unreadable ones.
    public let input: ImageInput
    /// The indices in the input of the images with features, in order.
    public let places: [Int]
    /// The number of features of an image, D.
    public let dimension: Int
    /// The features `[N, D]`, row by row.
    public let values: [Float]
    /// The unreadable images.
    public let failures: [SampleFailure]

    /// The number of images with features, N.
    public var count: Int { places.count }

    /// Returns the path and the labels of the image in a row.
    public func image(at row: Int) -> ImageInput.Entry { input.entry(at: places[row]) }

    /// Returns the features of the image in a row.
    public func features(at row: Int) -> ArraySlice<Float> { values[row * dimension..<(row + 1) * dimension] }

    /// The class index of the image in each row.
    var labels: [Int] { places.map { input.images.label(at: $0) } }

    /// Returns the features as a tensor `[N, D]`.
    func tensor() throws -> Tensor { try Tensor(values, shape: [count, dimension]) }
}

extension FeatureExtractor {
    /// Computes the features of all images and keeps them in memory.
    ///
    /// - Parameters:
    ///   - input: the images.
    ///   - reader: reads the progress and the unreadable images.
    /// - Throws: `ApusError` if the features need more than half of the memory, or if no image is readable.
    public func embeddings(
        of input: ImageInput,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> Embeddings {
        let bytes = input.images.count * dimension * 4
        let memory = SystemMemory.size
        guard bytes <= memory / 2 else {
            throw ApusError(
                .systemFailure, value: bytes,
                "the features of \(input.images.count) images need \(bytes >> 20) MiB, more than half of the memory",
                advice: "use fewer images (`limit`), or write the features to a .csv file, which needs little memory")
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
    /// Writes the features to a safetensors file, completely or not at all.
    ///
    /// The file contains `features`, float32 `[N, D]`, and for single-label data `labels`, int64 `[N]`. The metadata
    /// contains JSON arrays: `paths`, `classes`, and `splits` if the data is split. `model` is the name in the
    /// metadata.
    ///
    /// - Throws: `CheckpointError` if the file can't be written.
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

    /// Writes the features to a `.csv` file with a line for each image, or to a safetensors file for other extensions.
    /// The file is written completely or not at all.
    ///
    /// - Throws: `FileError` or `CheckpointError` if the file can't be written.
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
    /// Computes the features of all images and writes them to a CSV file batch by batch, with bounded memory. The file
    /// is written completely or not at all.
    ///
    /// Each line contains `path`, `label` and `split` if known, and the features `f0`, `f1` and so on.
    ///
    /// - Parameters:
    ///   - input: the images.
    ///   - path: the file.
    ///   - reader: reads the progress and the unreadable images.
    /// - Returns: the number of images in the file.
    /// - Throws: `FileError` if the file can't be written, `ApusError` if no image is readable.
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

/// A CSV table of features.
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

/// An image with similar features.
public struct Neighbor: Sendable, Codable, Equatable {
    /// The image.
    public let image: ImageInput.Entry
    /// The cosine similarity of the features, -1 to 1.
    public let similarity: Double
    /// The index in the input.
    public let index: Int
}

extension Embeddings {
    /// Returns the images with the highest cosine similarity, the most similar first. Equal ones keep their order.
    ///
    /// - Parameters:
    ///   - features: the features of the query image, D numbers.
    ///   - count: the largest number of neighbors.
    ///   - path: the path of an image to exclude, such as the query image.
    @TensorActor
    public func neighbors(
        of features: [Float], count: Int, excluding path: String? = nil
    ) async throws -> [Neighbor] {
        let query = try Tensor(features, shape: [dimension, 1]).normalized(dim: 0)
        let similarities = try tensor().normalized(dim: 1).matmul(query).array(as: Float.self)
        return similarities.indices.sorted { (-similarities[$0], $0) < (-similarities[$1], $1) }.lazy
            .map { Neighbor(image: image(at: $0), similarity: Double(similarities[$0]), index: places[$0]) }
            .filter { $0.image.path != path }
            .prefix(count).map(\.self)
    }
}
