package import Inference
internal import ONNX
internal import Platform

/// An ONNX file that holds a network, from pixels to logits.
package struct ONNXNetworkFile: Sendable {
    /// The file.
    package let path: String
    /// The precision that it computes in.
    package let precision: InferencePrecision
    /// Whether all of its operators were checked.
    let isKnown: Bool
    /// The bytes of the file and of those next to it that hold its weights.
    let byteCount: Int
}

/// A network that OpenVINO alone can compute: that of an ONNX file.
package final class ONNXFileSource: EngineSource {
    package nonisolated let identity: EngineIdentity?
    package nonisolated let onnxFile: ONNXNetworkFile?
    package nonisolated var device: String { "cpu" }

    /// Checks the network of a file that was read.
    ///
    /// - Throws: `ApusError` for a network that is damaged.
    init(_ file: ONNXFile, path: String, precision: InferencePrecision) throws(ApusError) {
        let isKnown: Bool
        do throws(ONNXError) {
            isKnown = try file.check(path: path)
        } catch {
            throw ApusError(
                .damagedFile, path: path, "the network in it is damaged: \(error)",
                advice: "take another copy of the file", underlyingError: error)
        }
        let files = [path] + file.externalFiles(path: path)
        let digests = files.map { EngineCache.digest(ofFile: $0) }
        identity = digests.contains(nil) ? nil : .content(digests.compactMap(\.self).joined(separator: " "))
        onnxFile = ONNXNetworkFile(
            path: path, precision: precision, isKnown: isKnown,
            byteCount: files.reduce(0) { $0 + ((try? MappedFile(path: $1).count) ?? 0) })
    }

    package func onnx(_ output: EngineOutput) throws -> [UInt8] { throw unavailable }

    package func ownEngine(
        _ output: EngineOutput, precision: InferencePrecision, batchSize: Int
    ) throws -> any InferenceEngine { throw unavailable }

    private var unavailable: ApusError {
        ApusError(
            .engineUnsupported, path: onnxFile?.path, "an ONNX file is computed by OpenVINO alone, on a CPU")
    }
}
