internal import CTorch

/// Where a tensor's memory lies and its operators run.
public struct Device: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of device that are supported. The raw values are those of LibTorch's `c10::DeviceType`.
    public enum Kind: Int8, Sendable, Hashable {
        case cpu = 0
        case cuda = 1
        case meta = 14
    }

    /// CPU, CUDA, or none.
    public let kind: Kind
    /// Which of several; -1 is the current one, and always so without CUDA.
    public let index: Int

    /// The processor itself.
    public static let cpu = Device(kind: .cpu, index: -1)

    /// No memory at all: tensors there have a shape and a type, and operators find those of their results.
    public static let meta = Device(kind: .meta, index: -1)

    /// Where new tensors are made unless told otherwise; `withDefaultDevice` changes it.
    @TaskLocal public static var forNewTensors = Device.cpu

    /// An NVIDIA GPU, counted from 0.
    public static func cuda(_ index: Int = 0) -> Device { Device(kind: .cuda, index: index) }

    /// How many CUDA devices LibTorch can use: 0 without a driver, a device, or a LibTorch that was built for CUDA.
    ///
    /// The first call opens LibTorch's CUDA library where it lies beside the CPU one.
    public static var cudaCount: Int { Int(ctorch_cuda_device_count()) }

    /// `cpu`, `cuda:0`, or `meta`.
    public var description: String { kind == .cuda ? "cuda:\(index)" : "\(kind)" }

    /// Reads PyTorch's notation of a device that computes: `cpu`, `cuda`, `cuda:1`; nil for anything else.
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

    /// Waits until the work queued on a CUDA device is done; returns at once for the CPU.
    ///
    /// - Throws: `TorchError` for what went wrong in that work.
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

/// How the dimensions of a tensor lie in memory. The raw values are those of LibTorch's `c10::MemoryFormat`.
public enum MemoryFormat: Int8, Sendable, Hashable {
    /// The last dimension is the densest: `[N, C, H, W]` lies as written.
    case contiguous = 0
    /// As the source lies.
    case preserve = 1
    /// A 4-D tensor `[N, C, H, W]` lies as `[N, H, W, C]`, which convolutions on a CPU are fastest with.
    case channelsLast = 2
}
