/// How the dimensions of a tensor lie in memory. The raw values are those of LibTorch's `c10::MemoryFormat`.
public enum MemoryFormat: Int8, Sendable, Hashable {
    /// The last dimension is the densest: `[N, C, H, W]` lies as written.
    case contiguous = 0
    /// As the source lies.
    case preserve = 1
    /// A 4-D tensor `[N, C, H, W]` lies as `[N, H, W, C]`, which convolutions on a CPU are fastest with.
    case channelsLast = 2
}
