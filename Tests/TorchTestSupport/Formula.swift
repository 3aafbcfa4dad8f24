public import Torch
public import TorchNN

/// Numbers that `scripts/goldens/goldens.py` also computes, so that no weights need to be stored.
public enum Formula {
    private static let modulus = 2_147_483_647
    /// The number of elements per chunk: few enough for LibTorch to use one thread, because waiting for a thread team
    /// fifteen times per chunk is slow on a busy machine. A chunk also fits into the processor's cache.
    private static let chunk = 1 << 15

    /// Doubles in [0, 1) at positions `range` of tensor number `entry`: a hash of both.
    public static func uniform(_ range: Range<Int>, entry: Int) throws -> Tensor {
        var hash = try Tensor.arange(range.lowerBound, range.upperBound)
        hash = try (hash * Tensor(1_103_515_245) + Tensor((entry + 1) * 12345 + 7)).remainder(modulus)
        hash = try (hash * hash).remainder(modulus)
        hash = try (hash * Tensor(48271)).remainder(modulus)
        hash = try (hash * hash).remainder(modulus)
        return try hash.to(.float64) / Double(modulus)
    }

    /// A float32 tensor of values in [-scale, scale); an input of a network is entry -1.
    public static func tensor(_ shape: [Int], entry: Int = -1, scale: Double = 1) throws -> Tensor {
        let values = try (uniform(0..<shape.reduce(1, *), entry: entry) * 2 - 1) * scale
        return try values.to(.float32).reshape(shape)
    }

    /// Overwrites every entry of a module's state dict with the formula's numbers for its name, shape and position.
    ///
    /// - Returns: the module.
    @discardableResult
    public static func fill<M: Module>(_ module: M) throws -> M {
        try withoutGradient {
            for (entry, (name, tensor)) in module.stateDict.enumerated() {
                try fill(tensor, name: name, entry: entry)
            }
        }
        return module
    }

    private static func fill(_ tensor: Tensor, name: String, entry: Int) throws {
        if name.hasSuffix("num_batches_tracked") { return try tensor.zero() }
        // An index of positions belongs to the architecture.
        guard tensor.dtype.isFloatingPoint else { return }
        let flat = try tensor.view([-1])
        for start in stride(from: 0, to: tensor.count, by: chunk) {
            let end = min(start + chunk, tensor.count)
            let u = try uniform(start..<end, entry: entry)
            let values =
                if tensor.rank >= 2 {
                    try (u * 2 - 1) * (6 / Double(tensor.count / tensor.shape[0])).squareRoot()
                } else if name.hasSuffix("bias") || name.hasSuffix("running_mean") {
                    try (u - 0.5) * 0.2
                } else if name.hasSuffix("running_var") {
                    try u * 2 + 1
                } else {
                    try u + 0.5
                }
            try flat.narrow(dim: 0, from: start, length: end - start).copy(from: values)
        }
    }
}
