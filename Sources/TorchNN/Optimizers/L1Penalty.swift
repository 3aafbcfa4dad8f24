public import Torch

/// The sum of all magnitudes times `strength`, a scalar: the penalty of L1 regularisation, to be added to a loss.
///
/// Recorded for gradients like any other computation; `addL1Gradients` is quicker where the number itself is not wanted.
public func l1Penalty(_ parameters: [Tensor], strength: Double) throws -> Tensor {
    var sum = try Tensor.zeros([], device: parameters.first?.device ?? .cpu)
    for parameter in parameters { sum = try sum + parameter.abs().sum() }
    return try sum * strength
}

/// Adds to the gradients what `l1Penalty` in the loss would have: `strength` times the sign of each element, 0 at 0.
///
/// Between `backward()` and the optimiser's step, and before gradients are clipped. A trainable parameter without a
/// gradient gets one, as it would from the penalty; a frozen one stays without.
public func addL1Gradients(_ parameters: [Tensor], strength: Double) throws {
    let trainable = parameters.filter(\.requiresGradient)
    guard strength != 0, !trainable.isEmpty else { return }
    try withoutGradient {
        let signs = try Operator.foreachSign.tensors(trainable)
        let known = trainable.indices.filter { trainable[$0].gradient != nil }
        for index in trainable.indices where trainable[index].gradient == nil {
            try trainable[index].setGradient(signs[index].detach() * strength)
        }
        if known.isEmpty { return }
        let gradients = known.compactMap { trainable[$0].gradient }
        try Operator.foreachAddInPlace.run(gradients, known.map { signs[$0] }, strength)
    }
}
