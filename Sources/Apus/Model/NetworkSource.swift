internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// An ONNX file that holds a network, from pixels to logits.
struct ONNXNetworkFile: Sendable {
    let path: String
    let precision: InferencePrecision
    /// Whether all of its operators were checked.
    let isKnown: Bool
    /// The bytes of the file and of those beside it that hold its weights.
    let byteCount: Int
}

/// A network that is loaded when it is first asked for.
@TensorActor
final class NetworkSource {
    /// What a compiled network is kept under, so that it is found again for the same network and for no other.
    enum Identity: Sendable {
        /// The network follows from a file's content, of which this is a digest.
        case content(String)
        /// The network follows from a program's own code besides, so that only what comes of both tells it.
        case graph
    }

    /// What tells this network from all others; nil for weights that are in no file.
    nonisolated let identity: Identity?
    /// The ONNX file that holds the network, from pixels to logits, in place of weights to load.
    nonisolated let onnxFile: ONNXNetworkFile?
    /// The file that the weights come from; nil where they are in none.
    private let path: String?
    private let device: Device
    private let load: @TensorActor () throws -> any ImageNetwork
    private var loaded: (any ImageNetwork)?

    /// A network that `load` makes.
    ///
    /// - Parameters:
    ///   - path: the file that its weights come from; nil where they are in none.
    ///   - isOwn: whether a program's own code makes it.
    ///   - variant: what else decides which network it is.
    init(
        path: String? = nil, isOwn: Bool = false, variant: String = "", device: Device,
        load: @escaping @TensorActor () throws -> any ImageNetwork
    ) {
        (self.path, self.device, self.load) = (path, device, load)
        identity =
            isOwn
            ? .graph
            : path.flatMap(EngineCache.digest(ofFile:)).map { .content(variant.isEmpty ? $0 : "\($0) \(variant)") }
        onnxFile = nil
    }

    /// A network that OpenVINO alone can compute.
    ///
    /// - Parameters:
    ///   - dataFiles: the files beside it that hold its weights.
    ///   - isKnown: whether all of its operators were checked.
    init(onnxFile path: String, dataFiles: [String], precision: InferencePrecision, isKnown: Bool) {
        let files = [path] + dataFiles
        let digests = files.map { EngineCache.digest(ofFile: $0) }
        identity = digests.contains(nil) ? nil : .content(digests.compactMap(\.self).joined(separator: " "))
        self.path = path
        device = .cpu
        onnxFile = ONNXNetworkFile(
            path: path, precision: precision, isKnown: isKnown,
            byteCount: files.reduce(0) { $0 + ((try? MappedFile(path: $1).count) ?? 0) })
        load = {
            throw ApusError(
                "\(path): an ONNX file is computed by OpenVINO alone, on a CPU, and can be neither saved nor exported "
                    + "again; use the file that it was made of")
        }
    }

    /// The network in evaluation mode on its device, laid out as inference wants it.
    func network() throws -> any ImageNetwork {
        if let loaded { return loaded }
        let network = try load()
        if let path { try OutputCheck.demandFinite(network, from: path) }
        try network.to(device)
        try network.to(.channelsLast)
        network.eval()
        loaded = network
        return network
    }
}
