internal import CTorch
internal import Platform

extension Device {
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
