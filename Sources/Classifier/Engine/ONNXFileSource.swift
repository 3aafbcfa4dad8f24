package import Inference
internal import ONNX
internal import Platform

/// An ONNX file of a network, from pixels to logits, or a model file with the graph of such a network.
package struct ONNXNetworkFile: Sendable {
    /// The file.
    package let path: String
    /// The numeric precision.
    package let precision: InferencePrecision
    /// Whether all of its operators were checked.
    let isKnown: Bool
    /// The size of the file and of its external weights in bytes.
    let byteCount: Int

    package init(path: String, precision: InferencePrecision, isKnown: Bool, byteCount: Int) {
        (self.path, self.precision, self.isKnown, self.byteCount) = (path, precision, isKnown, byteCount)
    }
}

/// The network of an ONNX file, which only OpenVINO can run.
package final class ONNXFileSource: EngineSource {
    package nonisolated let identity: EngineIdentity?
    package nonisolated let onnxFile: ONNXNetworkFile?
    package nonisolated var device: String { "cpu" }

    /// Checks the network of a file.
    ///
    /// - Throws: `ApusError` if the network is damaged.
    init(_ file: ONNXFile, path: String, precision: InferencePrecision) throws(ApusError) {
        let isKnown: Bool
        do throws(ONNXError) {
            isKnown = try file.check(path: path)
        } catch {
            throw ApusError(
                .damagedFile, path: path, "the network in it is damaged: \(error)",
                advice: "use another copy of the file", underlyingError: error)
        }
        let files = [path] + file.externalFiles(path: path)
        let digests = files.map { EngineCache.digest(ofFile: $0) }
        identity = digests.contains(nil) ? nil : .content(digests.compactMap(\.self).joined(separator: " "))
        onnxFile = ONNXNetworkFile(
            path: path, precision: precision, isKnown: isKnown,
            byteCount: files.reduce(0) { $0 + ((try? MappedFile(path: $1).count) ?? 0) })
    }

    package nonisolated func untrustedFile(for output: EngineOutput) -> ONNXNetworkFile? { onnxFile }

    package func onnx(_ output: EngineOutput) throws -> ONNXSource {
        guard let onnxFile, output == .logits else { throw unavailable }
        return .file(onnxFile.path)
    }

    package func ownEngine(
        _ output: EngineOutput, precision: InferencePrecision, batchSize: Int
    ) throws -> any InferenceEngine { throw unavailable }

    private var unavailable: ApusError {
        ApusError(
            .engineUnsupported, path: onnxFile?.path, "only OpenVINO can run an ONNX file, on a CPU")
    }
}

/// Checks the weights and outputs of a network for NaN and infinity.
package enum OutputCheck {
    /// Checks that all values are finite.
    ///
    /// - Parameters:
    ///   - what: the kind of values, in the plural.
    ///   - image: the file of the image.
    ///   - engine: the name of the engine.
    /// - Throws: `ApusError` with the image and the number of invalid values.
    package static func demandFinite(
        _ values: some Collection<Float>, _ what: String = "outputs of the network", of image: String,
        by engine: String
    ) throws(ApusError) {
        // If a value is not finite, the sum is not finite. The sum may also overflow.
        guard !values.reduce(Float(0), +).isFinite else { return }
        let wrong = values.count { !$0.isFinite }
        guard wrong > 0 else { return }
        throw ApusError(
            .notFinite, path: image, value: wrong,
            "\(wrong.grouped) of \(values.count.grouped) \(what) are NaN or infinite (\(engine)); the model file is "
                + "damaged, or its numbers are too large for this precision",
            advice: "use another copy of the file, or float32")
    }
}
