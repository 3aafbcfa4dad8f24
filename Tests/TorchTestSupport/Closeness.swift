public import Testing
public import Torch

/// The largest difference between two tensors' elements; infinite if shapes differ or an element is NaN.
public func maximumDifference(_ left: Tensor, _ right: Tensor) throws -> Double {
    guard left.shape == right.shape else { return .infinity }
    guard left.count > 0 else { return 0 }
    let difference: Double = try (left.detach().to(.float64) - right.detach().to(.float64)).abs().max().item()
    return difference.isNaN ? .infinity : difference
}

/// Records an issue unless the tensors have the same shape and their elements differ by at most `tolerance`.
public func expectClose(
    _ value: Tensor, _ golden: Tensor, within tolerance: Double = 1e-6, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(value.shape == golden.shape, "\(name)", sourceLocation: sourceLocation)
    let difference = try maximumDifference(value, golden)
    #expect(difference <= tolerance, "\(name)", sourceLocation: sourceLocation)
}
