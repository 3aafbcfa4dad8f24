internal import Foundation
package import Images
public import Inference
package import Platform

/// The identity of a network in the cache of compiled networks.
package enum EngineIdentity: Sendable {
    /// The network is determined by the content of a file with this digest.
    case content(String)
    /// The network also depends on the code of a program, so only its graph identifies it.
    case graph
}

/// The output of an engine. The raw value is its name in an ONNX model.
package enum EngineOutput: String, Sendable {
    case logits
    case features
}

/// A source of engines: a network from 8-bit pixels `[N, side, side, 3]` to logits or features.
@ComputeActor
package protocol EngineSource: AnyObject {
    /// The identity of the network; nil for weights that are not from a file.
    nonisolated var identity: EngineIdentity? { get }
    /// The ONNX file of the network; nil if `onnx(_:)` creates one.
    nonisolated var onnxFile: ONNXNetworkFile? { get }
    /// The file whose graph `onnx(_:)` returns, which may be malicious; nil if this process makes the graph.
    nonisolated func untrustedFile(for output: EngineOutput) -> ONNXNetworkFile?
    /// The device: `cpu`, `cuda:0`.
    nonisolated var device: String { get }
    /// Returns the network as an ONNX model, including its weights.
    func onnx(_ output: EngineOutput) throws -> ONNXSource
    /// Returns the engine of the library that the network is made with.
    ///
    /// - Throws: `ApusError` with the code `needsLibTorch` if there is no such library.
    func ownEngine(_ output: EngineOutput, precision: InferencePrecision, batchSize: Int) throws -> any InferenceEngine
}

/// A report about the engine and its choice.
public struct EngineReport: Sendable {
    /// The engine: OpenVINO or LibTorch.
    public package(set) var engine = EngineChoice.libtorch
    /// A summary: `OpenVINO 2026.4.1, float32, 2 streams`.
    public package(set) var summary = ""
    /// Deviations from the requested options, with reasons.
    public package(set) var notes: [String] = []
    /// Details about the choice of the engine.
    public package(set) var details: [String] = []
}

/// Creates engines for a network according to the options.
@ComputeActor
package struct EngineFactory {
    /// The work of an engine.
    package enum Work: Hashable {
        /// A few images, with low latency.
        case few
        /// Many images, with this batch size or the engine's choice.
        case many(batchSize: Int?)
        /// The choice of the caller.
        case shares(InferenceShares)
    }

    let options: InferenceOptions
    let preprocessing: Preprocessing
    /// The approximate largest number of values between two layers for one image.
    let valuesPerImage: Int

    package init(options: InferenceOptions, preprocessing: Preprocessing, valuesPerImage: Int) {
        (self.options, self.preprocessing, self.valuesPerImage) = (options, preprocessing, valuesPerImage)
    }

    /// Creates an engine from 8-bit pixels to logits or features.
    ///
    /// - Parameter source: the network. It is not loaded if a compiled one is in the cache.
    package func makeEngine(
        _ output: EngineOutput, for work: Work, source: any EngineSource
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        var report = EngineReport()
        let engine = try make(output, work, source, &report)
        report.summary = engine.summary
        return (engine, report)
    }

    private func make(
        _ output: EngineOutput, _ work: Work, _ source: any EngineSource, _ report: inout EngineReport
    ) throws -> any InferenceEngine {
        try checkChoices(for: source)
        // The reason why OpenVINO is not used.
        var reason: (any Error)?
        if source.onnxFile != nil || usesOpenVINO(for: source, &report, &reason) {
            let precision = try openVINOPrecision(source, &report)
            let shares: InferenceShares =
                switch work {
                case .few: .latency()
                case .many(let batchSize?): .throughput(batchSize: batchSize)
                case .many(nil): throughput
                case .shares(let shares): shares
                }
            do {
                let engine = try openVINOEngine(output, shares, precision, source, &report)
                report.engine = .openvino
                return engine
            } catch let error as InferenceError where options.engine == .auto && source.onnxFile == nil {
                // Memory or threads may be too few for OpenVINO, but enough for LibTorch.
                report.notes.append("\(error) LibTorch is used instead.")
                reason = error
            }
        }
        // LibTorch divides each operator among the cores, which needs more images to be efficient.
        let batchSize =
            switch work {
            case .few: 1
            case .many(let batchSize): batchSize ?? min(16, fittingBatchSize)
            case .shares(let shares): shares.batchSize
            }
        do {
            return try source.ownEngine(output, precision: options.precision ?? .float32, batchSize: batchSize)
        } catch let error as ApusError where error.code == .needsLibTorch {
            // There is no other engine, so the reason against OpenVINO is what the user can change.
            throw reason ?? error
        }
    }

    /// Throws an error for options that the model does not support.
    private func checkChoices(for source: any EngineSource) throws {
        guard let file = source.onnxFile else {
            if options.precision == .int8 { throw Self.notQuantized }
            return
        }
        if options.engine == .libtorch {
            throw ApusError(
                .engineUnsupported, path: file.path, name: "engine", value: "libtorch",
                "only OpenVINO can run an ONNX file",
                advice: "choose `engine = .auto` or `engine = .openvino`, or use the file that it was exported from")
        }
        if file.precision == .int8, let asked = options.precision, asked != .int8 {
            throw ApusError(
                .engineUnsupported, path: file.path, name: "precision", value: asked.rawValue,
                "it is quantized and runs in int8, not in \(asked.rawValue)",
                advice: "do not set `precision`, or use the file that it was exported from")
        }
        if file.precision != .int8, options.precision == .int8 { throw Self.notQuantized }
    }

    /// The default limit of the batch size, which bounds the memory.
    private var fittingBatchSize: Int { max(1, (1 << 27) / max(1, valuesPerImage)) }

    private var throughput: InferenceShares {
        var shares = InferenceShares.throughput()
        shares.batchSize = min(shares.batchSize, fittingBatchSize)
        shares.streams = min(shares.streams, max(1, (1 << 30) / max(1, shares.batchSize * valuesPerImage)))
        return shares
    }

    private func usesOpenVINO(
        for source: any EngineSource, _ report: inout EngineReport, _ reason: inout (any Error)?
    ) -> Bool {
        switch options.engine {
        case .libtorch: return false
        case .openvino: return true
        case .auto:
            guard source.device == "cpu" else {
                report.details.append("LibTorch is used because the device is \(source.device)")
                return false
            }
            guard !ThreadSupply.isScarce else {
                report.notes.append("\(Self.scarcity); LibTorch is used, without reading threads.")
                reason = Self.scarcityError
                return false
            }
            do {
                report.details.append("OpenVINO \(try OpenVINO.version()) is used because it is the fastest on a CPU")
                return true
            } catch {
                report.details.append("LibTorch is used: \(error)")
                reason = error
                return false
            }
        }
    }

    private func openVINOPrecision(
        _ source: any EngineSource, _ report: inout EngineReport
    ) throws -> InferencePrecision {
        let precision = options.precision ?? source.onnxFile?.precision ?? .float32
        switch precision {
        case .float32, .int8: return precision
        case .bfloat16:
            if try OpenVINO.supports(.bfloat16) { return .bfloat16 }
            report.notes.append("This processor has no bfloat16 instructions; float32 is used instead.")
            return .float32
        }
    }

    /// The version of tracing and export. A new version makes older compiled networks invalid.
    private static let form = 2

    private static var scarcity: String {
        AddressSpace.isScarce
            ? "Only \(AddressSpace.available >> 20) MiB of address space are available, too little for OpenVINO"
            : "Only \(counted(ThreadSupply.available, "thread")) can be started, too few for OpenVINO"
    }

    private static var scarcityError: ApusError {
        let limit = AddressSpace.isScarce ? "ulimit -v" : "ulimit -u, or the container's number of processes"
        return ApusError(.systemFailure, scarcity, advice: "raise the limit (\(limit))")
    }

    private static let notQuantized = ApusError(
        .notQuantized, name: "precision", value: "int8", "int8 needs a quantized network",
        advice: "quantize the network on representative images, and open the resulting .onnx file")

    private func openVINOEngine(
        _ output: EngineOutput, _ shares: InferenceShares, _ precision: InferencePrecision,
        _ source: any EngineSource,
        _ report: inout EngineReport
    ) throws -> OpenVINOEngine {
        guard source.device == "cpu" else {
            throw ApusError(
                .engineUnsupported, name: "engine", value: "openvino",
                "OpenVINO runs on the CPU, not on \(source.device)", advice: "use `engine = .libtorch`")
        }
        // OpenVINO would wait for its threads forever.
        guard !ThreadSupply.isScarce else { throw Self.scarcityError }
        func onnx() throws -> ONNXSource {
            if let file = source.untrustedFile(for: output) { try ModelTrial.demand(file, shares) }
            let before = AddressSpace.left()
            let model = try source.onnx(output)
            // Tracing loads LibTorch, which takes a part of what there was when the process started.
            let left = AddressSpace.available - max(0, before - AddressSpace.left())
            guard left >= AddressSpace.openVINO else {
                throw InferenceError(
                    .failed,
                    "Only \(left >> 20) MiB of address space are left next to LibTorch, too little for OpenVINO; raise "
                        + "the limit (ulimit -v).")
            }
            return model
        }
        let began = ContinuousClock.now
        func note(_ event: String) {
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            report.details.append("\(event) in " + String(printf: "%.2f s", seconds))
        }
        guard let identity = source.identity, options.cachesCompiledModels else {
            let engine = try OpenVINOEngine(onnx(), precision: precision, shares: shares)
            note("compiled for this machine")
            return engine
        }
        let cache = EngineCache.standard
        var traced: ONNXSource?
        let content: String
        switch identity {
        case .content(let digest): content = digest
        case .graph:
            let model = try onnx()
            (traced, content) = (model, try model.digest() ?? "")
        }
        let key = "\(content) \(output) \(try preprocessing.keyText) form \(Self.form)"
        let (engine, origin) = try cache.openVINOEngine(for: key, precision: precision, shares: shares) {
            try traced.take() ?? onnx()
        }
        switch origin {
        case .cache: note("loaded from the cache \(cache.folder)")
        case .compiled: note("compiled for this machine and stored in the cache \(cache.folder)")
        case .compiledOnly(let reason): note("compiled for this machine (caching failed: \(reason))")
        }
        return engine
    }
}

extension Preprocessing {
    /// A text for keys of caches, which is equal for equal values.
    package var keyText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
