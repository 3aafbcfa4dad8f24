public import Torch

/// The dimensions after the first as one: `[N, C, H, W]` to `[N, C H W]`, as `torch.nn.Flatten`.
public final class Flatten: Module {
    /// Makes the layer.
    public init() {}
    /// `[N, …]` to `[N, features]`.
    public func forward(_ input: Tensor) throws -> Tensor { try input.flatten(from: 1) }
}

/// Passes its input on, as `torch.nn.Identity`.
public final class Identity: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { input }
}
