internal import CTorch

/// The location of a tensor's memory and of its computations.
public struct Device: Sendable, Hashable, CustomStringConvertible {
    /// The supported kinds of devices. The raw values are those of LibTorch's `c10::DeviceType`.
    public enum Kind: Int8, Sendable, Hashable {
        case cpu = 0
        case cuda = 1
        case meta = 14
    }

    /// The kind of the device.
    public let kind: Kind
    /// The index of the device; -1 is the current one, and the only one without CUDA.
    public let index: Int

    /// The CPU.
    public static let cpu = Device(kind: .cpu, index: -1)

    /// A device without memory: tensors have a shape and a type, and operators compute those of their results.
    public static let meta = Device(kind: .meta, index: -1)

    /// The default device of new tensors; `withDefaultDevice` changes it.
    @TaskLocal public static var forNewTensors = Device.cpu

    /// An NVIDIA GPU; indices start at 0.
    public static func cuda(_ index: Int = 0) -> Device { Device(kind: .cuda, index: index) }

    /// `cpu`, `cuda:0`, or `meta`.
    public var description: String { kind == .cuda ? "cuda:\(index)" : "\(kind)" }

    /// Reads PyTorch's notation of a device: `cpu`, `cuda`, `cuda:1`. Returns nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("cpu", 1): self = .cpu
        case ("cuda", 1): self = .cuda(0)
        case ("cuda", 2):
            guard let index = Int(parts[1]), (0..<128).contains(index) else { return nil }
            self = .cuda(index)
        default: return nil
        }
    }

    /// Waits until the queued work of a CUDA device is done. Returns at once for the CPU.
    ///
    /// - Throws: `TorchError` if that work failed.
    public func synchronize() throws(TorchError) {
        guard kind == .cuda else { return }
        try check(ctorch_cuda_synchronize(Int8(index)))
    }

    init(kind: Kind, index: Int) {
        self.kind = kind
        self.index = index
    }

    var handle: ctorch_device { ctorch_device(type: kind.rawValue, index: Int8(index)) }
}

/// The memory order of a tensor's dimensions. The raw values are those of LibTorch's `c10::MemoryFormat`.
public enum MemoryFormat: Int8, Sendable, Hashable {
    /// The last dimension is contiguous: `[N, C, H, W]` is stored as written.
    case contiguous = 0
    /// The format of the source.
    case preserve = 1
    /// A 4-D tensor `[N, C, H, W]` is stored as `[N, H, W, C]`, which is fastest for convolutions on a CPU.
    case channelsLast = 2
}
