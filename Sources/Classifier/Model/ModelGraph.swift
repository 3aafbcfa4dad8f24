package import Checkpoints
internal import Foundation
package import ONNX
internal import Platform

/// The graph of a network without its weights, as in a model file: an ONNX model from 8-bit pixels to logits whose
/// tensors are those of the file.
package struct ModelGraph: Sendable {
    /// The key in the metadata of a model file.
    package static let key = "apus-graph"
    /// The largest size of a graph. That of Swin-B, which has the largest constants, takes 1.2 million bytes.
    private static let largest = 32 << 20

    /// The ONNX model: the bytes of `ONNXModel.graph(referencing:)`.
    package let bytes: [UInt8]
    /// Whether all operators are known, so that all of them were checked.
    package let isKnown: Bool
    /// The side of images in pixels.
    package let side: Int
    /// The number of logits of an image.
    package let outputCount: Int

    /// Checks a graph.
    ///
    /// - Parameter path: The file that contains it, for errors.
    /// - Throws: `ApusError` for a graph that is damaged, too large, or not a classifier of square images.
    package init(_ bytes: [UInt8], path: String) throws(ApusError) {
        guard bytes.count <= Self.largest else { throw Self.tooLarge(bytes.count, path) }
        self.bytes = bytes
        do throws(ONNXError) {
            let file = try ONNXFile(graph: bytes)
            isKnown = try file.checkGraph()
            guard let ends = file.classifierEnds, ends.input.name == ExportedInput.pixels.name,
                ends.output.name == EngineOutput.logits.rawValue, ends.output.sizes.count == 2,
                let side = ends.input.sizes[1], side > 0, let count = ends.output.sizes[1], count > 0,
                ends.input.sizes[1...].elementsEqual([side, side, 3])
            else { throw ONNXError("it does not lead from 'pixels' [N, side, side, 3] to 'logits' [N, classes]") }
            (self.side, outputCount) = (side, count)
        } catch {
            throw .damaged(path, "the graph of its network is damaged: \(error)")
        }
    }

    /// Reads and checks the graph in the metadata of a model file; nil if there is none.
    ///
    /// - Throws: The errors of `init(_:path:)`.
    package init?(in metadata: [String: String], path: String) throws(ApusError) {
        guard let text = metadata[Self.key] else { return nil }
        guard text.utf8.count <= Self.largest / 3 * 4 + 4 else { throw Self.tooLarge(text.utf8.count / 4 * 3, path) }
        guard let data = Data(base64Encoded: text) else {
            throw .damaged(path, "the graph of its network is damaged: it is not base64")
        }
        try self.init(Array(data), path: path)
    }

    /// The graph for the metadata of a model file, in base64.
    package var text: String { Data(bytes).base64EncodedString() }

    /// Returns the model with the tensors of a file. The file stays mapped as long as the model.
    ///
    /// - Throws: `CheckpointError` for a file that can't be read or is damaged; `ApusError` for a tensor that is
    ///   missing, has another type or shape, or has values that are NaN or infinite, and for a model that is much larger
    ///   than the file.
    package func model(with path: String) throws -> ONNXModel {
        let tensors = try ModelTensors(path: path)
        do throws(ONNXError) {
            return try ONNXModel(graph: bytes) { name throws(ONNXError) in try tensors.tensor(named: name) }
        } catch {
            if let error = tensors.notFinite { throw error }
            throw ApusError.damaged(path, "its tensors do not match the graph of its network: \(error)")
        }
    }

    private static func tooLarge(_ count: Int, _ path: String) -> ApusError {
        .damaged(path, "the graph of its network is too large (\(count) bytes, at most \(largest))")
    }
}

/// The tensors of a file as those of an ONNX model, mapped.
private final class ModelTensors {
    private let file: MappedFile
    private let layout: CheckpointLayout
    /// The places in `layout.entries`.
    private let places: [ExactString: Int]
    /// The largest size of all tensors of a model. A graph that uses one tensor many times would fill the disk.
    private let largest: Int
    /// The size of the tensors that were used.
    private var byteCount = 0
    /// The error of a tensor that is NaN or infinite.
    private(set) var notFinite: ApusError?

    /// Opens a file and compares its bytes with its checksums.
    init(path: String) throws(CheckpointError) {
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw CheckpointError(error) }
        do throws(CheckpointFault) {
            layout = try file.withUnsafeBytes { (bytes) throws(CheckpointFault) in
                let layout = try CheckpointLayout(of: bytes, stateKey: nil)
                try layout.verify(in: bytes)
                return layout
            }
        } catch {
            throw CheckpointError(error, path: path)
        }
        largest = 2 * layout.storages.reduce(0) { $0 + $1.source.count }
        places = Dictionary(
            layout.entries.enumerated().map { (ExactString($1.name), $0) }, uniquingKeysWith: { first, _ in first })
    }

    func tensor(named name: String) throws(ONNXError) -> ONNXTensor {
        guard let place = places[ExactString(name)],
            let (dtype, shape, source) = layout.tensorBytes(of: layout.entries[place])
        else { throw ONNXError("the file has no tensor '\(name.shown)'") }
        byteCount += source.count
        guard byteCount <= largest else {
            throw ONNXError("it uses them many times, with more than \(largest.grouped) bytes in total")
        }
        let (file, type) = (file, dtype.onnxType)
        func withValues<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
            try file.withUnsafeBytes { try withUnsafeBytes(of: source, in: $0, body) }
        }
        let wrong = withValues { NonFiniteCount.of($0, type: type.rawValue) }
        guard wrong == 0 else {
            let count = shape.reduce(1, *)
            notFinite = ApusError(
                .notFinite, path: file.path, value: wrong,
                "\(wrong.grouped) of \(count.grouped) values of '\(name.shown)' are NaN or infinite, so the network can't "
                    + "predict",
                advice: "use another copy of the file, or an earlier state of the training that wrote it")
            throw ONNXError("the tensor '\(name.shown)' is not finite")
        }
        return ONNXTensor(type: type, shape: shape, byteCount: source.count) { body in
            try file.withUnsafeBytes { try withUnsafeBytes(of: source, in: $0, body) }
        }
    }
}

extension DType {
    /// ONNX's name of the type.
    package var onnxType: Onnx_TensorProto.DataType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .float32: .float
        case .float64: .double
        case .bool: .bool
        case .bfloat16: .bfloat16
        }
    }
}
