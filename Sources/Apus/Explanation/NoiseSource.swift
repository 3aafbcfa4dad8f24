internal import Torch

/// Normal random numbers as LibTorch's generator gives them from a seed on. What others draw from that generator stays as
/// it would have been.
struct NoiseSource {
    private var state: Tensor

    init(seed: UInt64) throws {
        let others = try RandomState.current()
        try RandomState.seed(seed)
        state = try RandomState.current()
        try RandomState.restore(others)
    }

    /// The next numbers, on the CPU.
    mutating func normal(_ shape: [Int]) throws -> Tensor {
        let others = try RandomState.current()
        try RandomState.restore(state)
        let numbers = try Tensor.randn(shape, device: .cpu)
        state = try RandomState.current()
        try RandomState.restore(others)
        return numbers
    }
}
