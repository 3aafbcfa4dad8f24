internal import Foundation
package import Images
public import Inference
package import Platform

/// What a compiled network is kept under, so that it is found again for the same network and for no other.
package enum EngineIdentity: Sendable {
    /// The network follows from a file's content, of which this is a digest.
    case content(String)
    /// The network follows from a program's own code besides, so that only its graph identifies it.
    case graph
}

/// Where a network's computation ends; the raw value is the name of its output in an ONNX model.
package enum EngineOutput: String, Sendable {
    case logits
    case features
}

/// A network that engines are made of: from 8-bit pixels `[N, side, side, 3]` to logits or features.
@ComputeActor
package protocol EngineSource: AnyObject {
    /// What identifies this network; nil for weights that are in no file.
    nonisolated var identity: EngineIdentity? { get }
    /// The ONNX file that holds the network; nil where `onnx(_:)` makes one.
    nonisolated var onnxFile: ONNXNetworkFile? { get }
    /// Where it computes: `cpu`, `cuda:0`.
    nonisolated var device: String { get }
    /// The network as the bytes of an ONNX model, its weights included.
    func onnx(_ output: EngineOutput) throws -> [UInt8]
    /// The engine of the library that the network is made with.
    func ownEngine(_ output: EngineOutput, precision: InferencePrecision, batchSize: Int) throws -> any InferenceEngine
}

/// Which engine computes, and why.
public struct EngineReport: Sendable {
    /// What computes: OpenVINO or LibTorch.
    public package(set) var engine = EngineChoice.libtorch
    /// The engine, for people: `OpenVINO 2026.4.1, float32, 2 streams`.
    public package(set) var summary = ""
    /// Where it differs from what was asked for, and why.
    public package(set) var notes: [String] = []
    /// How it came about, for those who want to know.
    public package(set) var details: [String] = []
}

/// Makes engines for a network as the options ask.
@ComputeActor
package struct EngineFactory {
    /// What an engine is to be good at.
    package enum Work: Hashable {
        /// A few images, answered as soon as can be.
        case few
        /// Many images, this many at once or as many as suit the engine.
        case many(batchSize: Int?)
        /// What the caller knows best.
        case shares(InferenceShares)
    }

    let options: InferenceOptions
    let preprocessing: Preprocessing
    /// How many values pass from one layer to the next at most, for one image; roughly, for networks of the catalogue.
    let valuesPerPicture: Int

    package init(options: InferenceOptions, preprocessing: Preprocessing, valuesPerPicture: Int) {
        (self.options, self.preprocessing, self.valuesPerPicture) = (options, preprocessing, valuesPerPicture)
    }

    /// An engine from 8-bit pixels to logits or features.
    ///
    /// - Parameter source: not asked for its network where a compiled one is at hand.
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
        if source.onnxFile != nil || usesOpenVINO(for: source, &report) {
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
                // Too little memory or too few threads for OpenVINO may be enough for LibTorch.
                report.notes.append("\(error) LibTorch computes instead.")
            }
        }
        // LibTorch divides each operator among the cores, which takes more images to be worth while.
        let batchSize =
            switch work {
            case .few: 1
            case .many(let batchSize): batchSize ?? min(16, fittingBatchSize)
            case .shares(let shares): shares.batchSize
            }
        return try source.ownEngine(output, precision: options.precision ?? .float32, batchSize: batchSize)
    }

    /// Refuses what a model cannot be computed with, rather than to pass over it.
    private func checkChoices(for source: any EngineSource) throws {
        guard let file = source.onnxFile else {
            if options.precision == .int8 { throw Self.notQuantized }
            return
        }
        if options.engine == .libtorch {
            throw ApusError(
                .engineUnsupported, path: file.path, name: "engine", value: "libtorch",
                "an ONNX file is computed by OpenVINO alone",
                advice: "choose `engine = .auto` or `engine = .openvino`, or use the file that it was exported from")
        }
        if file.precision == .int8, let asked = options.precision, asked != .int8 {
            throw ApusError(
                .engineUnsupported, path: file.path, name: "precision", value: asked.rawValue,
                "it was quantized and computes in int8, not in \(asked.rawValue)",
                advice: "choose no `precision`, or use the file that it was exported from")
        }
        if file.precision != .int8, options.precision == .int8 { throw Self.notQuantized }
    }

    /// How many images may pass at once unless somebody asks for more: memory grows with their size.
    private var fittingBatchSize: Int { max(1, (1 << 27) / max(1, valuesPerPicture)) }

    private var throughput: InferenceShares {
        var shares = InferenceShares.throughput()
        shares.batchSize = min(shares.batchSize, fittingBatchSize)
        shares.streams = min(shares.streams, max(1, (1 << 30) / max(1, shares.batchSize * valuesPerPicture)))
        return shares
    }

    private func usesOpenVINO(for source: any EngineSource, _ report: inout EngineReport) -> Bool {
        switch options.engine {
        case .libtorch: return false
        case .openvino: return true
        case .auto:
            guard source.device == "cpu" else {
                report.details.append("LibTorch computes, since the device is \(source.device)")
                return false
            }
            guard !ThreadSupply.isScarce else {
                report.notes.append("\(Self.scarcity); LibTorch computes, and no other thread reads.")
                return false
            }
            do {
                report.details.append("OpenVINO \(try OpenVINO.version()) computes: it is the quickest on a CPU")
                return true
            } catch {
                report.details.append("LibTorch computes: \(error)")
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
            report.notes.append("This processor has no instructions for bfloat16; float32 is computed instead.")
            return .float32
        }
    }

    /// To be raised when networks come to be traced or written in another way, so that older compiled ones are left.
    private static let form = 2

    private static var scarcity: String {
        AddressSpace.isScarce
            ? "The system leaves this process \(AddressSpace.available >> 20) MiB of address space, too little for OpenVINO"
            : "The system lets this process start no more than \(counted(ThreadSupply.available, "thread")), too few for "
                + "OpenVINO"
    }

    private static let notQuantized = ApusError(
        .notQuantized, name: "precision", value: "int8", "int8 needs a network that was quantized on images like yours",
        advice: "quantize one, and open the .onnx file that this writes")

    private func openVINOEngine(
        _ output: EngineOutput, _ shares: InferenceShares, _ precision: InferencePrecision,
        _ source: any EngineSource,
        _ report: inout EngineReport
    ) throws -> OpenVINOEngine {
        guard source.device == "cpu" else {
            throw ApusError(
                .engineUnsupported, name: "engine", value: "openvino",
                "OpenVINO computes on the CPU, not on \(source.device)", advice: "choose `engine = .libtorch`")
        }
        // It would wait for its threads for ever.
        guard !ThreadSupply.isScarce else {
            let limit = AddressSpace.isScarce ? "ulimit -v" : "ulimit -u, or the container's number of processes"
            throw ApusError(.systemFailure, Self.scarcity, advice: "raise the limit (\(limit))")
        }
        func onnx() throws -> ONNXSource {
            if let file = source.onnxFile {
                try ModelTrial.demand(file, shares)
                return .file(file.path)
            }
            return .bytes(try source.onnx(output))
        }
        let began = ContinuousClock.now
        func tell(_ what: String) {
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            report.details.append("\(what) in " + String(format: "%.2f s", seconds))
        }
        guard let identity = source.identity, options.cachesCompiledModels else {
            let engine = try OpenVINOEngine(onnx(), precision: precision, shares: shares)
            tell("compiled for this machine")
            return engine
        }
        let cache = EngineCache.standard
        var traced: [UInt8]?
        let content: String
        switch identity {
        case .content(let digest): content = digest
        case .graph:
            let bytes = try source.onnx(output)
            (traced, content) = (bytes, EngineCache.digest(of: bytes))
        }
        let key = "\(content) \(output) \(try preprocessing.text) form \(Self.form)"
        let (engine, origin) = try cache.openVINOEngine(for: key, precision: precision, shares: shares) {
            try traced.map { .bytes($0) } ?? onnx()
        }
        switch origin {
        case .cache: tell("taken as compiled before from \(cache.folder)")
        case .compiled: tell("compiled for this machine, and kept in \(cache.folder) for the next time,")
        case .compiledOnly(let reason): tell("compiled for this machine (it can't be kept: \(reason))")
        }
        return engine
    }
}

extension Preprocessing {
    /// All of it as text, equal for equal ones.
    fileprivate var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
