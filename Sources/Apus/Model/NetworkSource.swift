internal import Glibc
internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// A network that is loaded when it is first asked for.
@TensorActor
final class NetworkSource {
    /// What tells these weights from all others; nil for weights that are in no file.
    nonisolated let identity: String?
    /// The ONNX file that holds the network, from pixels to logits, in place of weights to load.
    nonisolated let onnxFile: (path: String, precision: InferencePrecision)?
    private let device: Device
    private let load: @TensorActor () throws -> any ImageNetwork
    private var loaded: (any ImageNetwork)?

    init(identity: String?, device: Device, load: @escaping @TensorActor () throws -> any ImageNetwork) {
        (self.identity, self.device, self.load) = (identity, device, load)
        onnxFile = nil
    }

    /// A network that OpenVINO alone can compute.
    init(onnxFile path: String, precision: InferencePrecision) {
        identity = Self.identity(of: path)
        device = .cpu
        onnxFile = (path, precision)
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
        try network.to(device)
        try network.to(.channelsLast)
        network.eval()
        loaded = network
        return network
    }

    /// What tells a file as it now is from all others and from what it was before; nil where it can't be looked at.
    nonisolated static func identity(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let changed = status.st_mtim
        return "\(status.st_dev):\(status.st_ino) \(status.st_size) \(changed.tv_sec).\(changed.tv_nsec)"
    }
}
