public import Torch

/// Scales losses up so that small gradients do not underflow in float16, and scales gradients down before the step, as
/// `torch.amp.GradScaler` (Micikevicius et al., "Mixed Precision Training", 2018).
///
/// The scale doubles after `interval` successful steps in a row. A step with overflowing gradients is skipped and
/// halves it.
public struct GradientScaler {
    /// The state of the scaler, saved with a run so that it continues with the same scale.
    public struct Memory: Sendable, Hashable, Codable {
        /// The factor of the losses.
        public var scale = 65536.0
        /// The number of successful steps since the scale last changed.
        public var soundSteps = 0

        /// Creates the initial state.
        public init() {}
    }

    /// The current state.
    public var memory = Memory()
    private let interval: Int

    /// Creates a scaler with PyTorch's defaults: a scale of 65,536 that doubles after 2,000 successful steps.
    public init(interval: Int = 2000) {
        precondition(interval > 0, "`interval` must be at least 1")
        self.interval = interval
    }

    /// Returns the scaled loss for the backward pass.
    public func scaled(_ loss: Tensor) throws -> Tensor { try loss * memory.scale }

    /// Divides the gradients by the scale, in place, and updates the scale for the next step.
    ///
    /// - Parameter parameters: The parameters; those without a gradient are ignored.
    /// - Returns: Whether all gradients are finite. If not, skip the step.
    public mutating func unscale(_ parameters: [Tensor]) throws -> Bool {
        let gradients = parameters.compactMap(\.gradient)
        let isSound = try gradients.isEmpty || withoutGradient { try Self.divide(gradients, by: memory.scale) }
        guard isSound else {
            memory = Memory(scale: memory.scale / 2)
            return false
        }
        memory.soundSteps += 1
        if memory.soundSteps == interval {
            let larger = Float(memory.scale * 2)
            memory = Memory(scale: larger.isFinite ? memory.scale * 2 : memory.scale)
        }
        return true
    }

    private static func divide(_ gradients: [Tensor], by scale: Double) throws -> Bool {
        let device = gradients[0].device
        let overflow = try Tensor(Float(0)).to(device)
        let inverse = try Tensor(Float(1 / scale)).to(device)
        try Operator.checkFiniteAndUnscale.run(gradients, overflow, inverse)
        return try overflow.item(as: Float.self) == 0
    }
}

extension GradientScaler.Memory {
    fileprivate init(scale: Double) {
        self.scale = scale
    }
}
