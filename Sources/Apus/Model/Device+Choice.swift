public import Torch

extension Device {
    /// The first CUDA device where there is one, else the CPU.
    public static var best: Device { cudaCount > 0 ? .cuda(0) : .cpu }

    /// The device that a person names, `cpu`, `cuda`, `cuda:1`; the best one where none is named.
    ///
    /// - Throws: `ApusError` for one that does not exist, or is not there.
    public static func find(_ name: String?) throws(ApusError) -> Device {
        guard let name else { return .best }
        guard let device = Device(name) else {
            throw ApusError("no device is called '\(name)'; there are cpu, cuda, cuda:1 and so on")
        }
        guard device.kind == .cpu || device.index < Device.cudaCount else {
            throw ApusError("the device \(device) is not there; LibTorch finds \(Device.cudaCount) CUDA devices here")
        }
        return device
    }
}
