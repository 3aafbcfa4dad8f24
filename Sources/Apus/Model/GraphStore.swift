internal import Checkpoints
internal import Classifier
internal import Inference
internal import LibC
internal import ONNX
internal import Platform

/// The graphs of networks whose files have none: published weights, and model files of older versions.
///
/// A network is recorded once. Later, its graph and the tensors of the file are sufficient: for another batch size, or
/// for another version of OpenVINO. The graphs are among the compiled networks in the user's cache.
struct GraphStore {
    /// The user's cache.
    static let standard = GraphStore(.standard)
    /// The largest size of all constants of a graph. A file in float16, whose values differ, exceeds it.
    private static let largest = 4 << 20
    /// The version of the graphs. A new one makes older graphs invalid.
    private static let version = 1

    private let cache: EngineCache

    init(_ cache: EngineCache) { self.cache = cache }

    /// Returns the graph for a file; nil if there is none.
    ///
    /// - Parameter key: A text that identifies the content of the file and its preprocessing.
    func graph(for path: String, key: String) -> ModelGraph? {
        cache.graph(for: fullKey(key)).flatMap { try? ModelGraph($0, path: path) }
    }

    /// Stores the graph of a model whose weights are from a file. Tensors of the model that the file does not have
    /// become part of the graph. If they are too large, or if the cache cannot be written, nothing is stored.
    func keep(_ model: ONNXModel, of path: String, key: String) {
        guard let file = try? FileTensors(path) else { return }
        var inside = 0
        let graph = try? model.graph { name, tensor in
            if let found = try file.name(of: tensor, named: name) { return found }
            inside += tensor.byteCount
            guard inside <= Self.largest else { throw ONNXError("the constants are too large") }
            return nil
        }
        if let graph { cache.storeGraph(graph, for: fullKey(key)) }
    }

    private func fullKey(_ key: String) -> String { "graph \(Self.version) \(key)" }
}

/// The tensors of a checkpoint file, which are found by their values.
private final class FileTensors {
    private let file: MappedFile
    private let layout: CheckpointLayout
    /// The places in `layout.entries`, by name.
    private let places: [ExactString: Int]
    /// The places in `layout.entries`, by the checksum of the values.
    private lazy var placesOfValues: [UInt64: [Int]] = {
        let places = layout.entries.indices.filter { layout.tensorBytes(of: layout.entries[$0]) != nil }
        let sums = places.map { place in withValues(of: place) { Digest64.values(of: [$0])[0] } ?? 0 }
        return Dictionary(grouping: places.indices) { sums[$0] }.mapValues { $0.map { places[$0] } }
    }()

    init(_ path: String) throws {
        file = try MappedFile(path: path)
        layout = try file.withUnsafeBytes { bytes in try CheckpointLayout(of: bytes, stateKey: nil) }
        places = Dictionary(
            layout.entries.enumerated().map { (ExactString($1.name), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Returns the name in the file of a tensor with the same type, shape and values: the given one, or that of another
    /// tensor if the network has renamed it; nil if there is none.
    func name(of tensor: ONNXTensor, named name: String) throws -> String? {
        if let place = places[ExactString(name)], try equals(place, tensor) { return name }
        // Short constants are smaller than a reference to the file.
        guard tensor.byteCount >= 64 else { return nil }
        var sum: UInt64 = 0
        try tensor.withBytes { sum = Digest64.values(of: [$0])[0] }
        return try placesOfValues[sum]?.first { try equals($0, tensor) }.map { layout.entries[$0].name }
    }

    private func equals(_ place: Int, _ tensor: ONNXTensor) throws -> Bool {
        guard tensor.byteCount > 0, let found = layout.tensorBytes(of: layout.entries[place]),
            found.dtype.onnxType == tensor.type, found.shape == tensor.shape, found.source.count == tensor.byteCount
        else { return false }
        var isEqual = false
        try tensor.withBytes { bytes in
            isEqual =
                withValues(of: place) { values in
                    guard let one = values.baseAddress, let other = bytes.baseAddress else { return false }
                    return memcmp(one, other, bytes.count) == 0
                } ?? false
        }
        return isEqual
    }

    private func withValues<Result>(of place: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard let (_, _, source) = layout.tensorBytes(of: layout.entries[place]) else { return nil }
        return file.withUnsafeBytes { withUnsafeBytes(of: source, in: $0, body) }
    }
}
