public import Testing
public import Torch

/// The digest of a tensor that is too large to store in a golden file.
public struct TensorDigest: Codable, Sendable {
    /// The name in the state dict.
    public let key: String
    /// PyTorch's name of the element type; nil for a gradient.
    public let dtype: String?
    /// The sizes; nil for a gradient.
    public let shape: [Int]?
    /// The sum of all elements, in double precision.
    public let sum: Double
    /// The sum of their absolute values.
    public let absoluteSum: Double
    /// The first element.
    public let first: Double
    /// The last element.
    public let last: Double
}

/// Records an issue unless the tensor has the digest's type, shape, sums, and first and last elements.
///
/// The tolerance is a fraction: of the absolute sum for the sums, of the mean absolute value for the elements, which
/// may have a separate tolerance.
public func expectDigest(
    _ tensor: Tensor, _ digest: TensorDigest, within tolerance: Double, elements: Double? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let name = digest.key
    if let dtype = digest.dtype { #expect(tensor.dtype.name == dtype, "\(name)", sourceLocation: sourceLocation) }
    if let shape = digest.shape { #expect(tensor.shape == shape, "\(name)", sourceLocation: sourceLocation) }
    let values = try (tensor.dtype.isFloatingPoint ? tensor : tensor.to(.float64)).detach().flatten()
    // Both sums use double precision without a copy of the values.
    let sum: Double = try Operator("aten::sum")(values, DType.float64).item()
    let absoluteSum: Double = try Operator("aten::linalg_vector_norm")(values, 1, [Int]?.none, false, DType.float64)
        .item()
    let first: Double = try values[0].item()
    let last: Double = try values[-1].item()
    let forSums = tolerance * digest.absoluteSum
    let forElements = (elements ?? tolerance) * digest.absoluteSum / Double(max(tensor.count, 1))
    #expect(abs(sum - digest.sum) <= forSums, "sum of \(name)", sourceLocation: sourceLocation)
    #expect(abs(absoluteSum - digest.absoluteSum) <= forSums, "absolute sum of \(name)", sourceLocation: sourceLocation)
    #expect(abs(first - digest.first) <= forElements, "first of \(name)", sourceLocation: sourceLocation)
    #expect(abs(last - digest.last) <= forElements, "last of \(name)", sourceLocation: sourceLocation)
}
