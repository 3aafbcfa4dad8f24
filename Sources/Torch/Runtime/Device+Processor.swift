internal import CTorch
internal import Platform

extension Device {
    /// The number of CUDA devices that LibTorch can use: 0 without a driver, a device, or a LibTorch built for CUDA.
    ///
    /// The first call opens LibTorch's CUDA library if it is next to the CPU library. A machine without NVIDIA's driver
    /// has no devices: LibTorch is not loaded there.
    public static var cudaCount: Int {
        guard LibTorch.isLoaded || Graphics.mayBePresent && LibTorch.isAvailable else { return 0 }
        return Int(ctorch_cuda_device_count())
    }

    /// The name of the processor that computes: of the CPU with the number of its processors, such as
    /// `AMD EPYC 7763, 4 processors`, or of the GPU, such as `NVIDIA H200`. Nil if it is unknown, and for `meta`.
    public var processor: String? {
        switch kind {
        case .cpu: return Processors.summary
        case .meta: return nil
        case .cuda:
            var name = [CChar](repeating: 0, count: 256)
            guard ctorch_cuda_device_name(Int8(clamping: index), &name, Int32(name.count)) else { return nil }
            let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
