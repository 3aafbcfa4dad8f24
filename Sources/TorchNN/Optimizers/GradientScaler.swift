public import Torch

/// Scales losses up so that small gradients are not lost in float16, and gradients back down before the step:
/// `torch.amp.GradScaler` (Micikevicius et al., "Mixed Precision Training", 2018).
///
/// The scale doubles after `interval` sound steps in a row; a step whose gradients ran over is left out, and halves it.
public struct GradientScaler {
    /// What the scale hangs on: saved with a run, so that it goes on with the same.
    public struct Memory: Sendable, Hashable, Codable {
        /// What losses are multiplied with.
        public var scale = 65536.0
        /// How many sound steps there were since the scale last changed.
        public var soundSteps = 0

        /// As a training begins.
        public init() {}
    }

    /// What the scale is, and since when.
    public var memory = Memory()
    private let interval: Int

    /// PyTorch's defaults: a scale of 65,536 that doubles after 2,000 sound steps.
    public init(interval: Int = 2000) {
        precondition(interval > 0, "A scale grows after at least one step.")
        self.interval = interval
    }

    /// The loss to follow back.
    public func scaled(_ loss: Tensor) throws -> Tensor { try loss * memory.scale }

    /// Divides the gradients by the scale, in place, and sets the scale of the next step.
    ///
    /// - Parameter parameters: those without a gradient do not count.
    /// - Returns: whether all gradients are finite; where they are not, leave the step out.
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
