public import Torch

/// Parameters that are trained alike.
public struct ParameterGroup {
    /// The tensors that the optimiser changes.
    public var parameters: [Tensor]
    /// How far a step goes; a schedule changes it.
    public var learningRate: Double
    /// The pull towards zero.
    public var weightDecay: Double
    /// What the optimiser's rate is multiplied by in this group.
    public let rateFactor: Double

    /// Makes a group whose rate is `learningRate` times `rateFactor`.
    public init(_ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, rateFactor: Double = 1) {
        self.parameters = parameters
        self.learningRate = learningRate * rateFactor
        self.weightDecay = weightDecay
        self.rateFactor = rateFactor
    }
}

/// Changes parameters by their gradients. Each step of a group is one of LibTorch's fused operators.
public protocol Optimizer: AnyObject {
    /// The parameters, their rates and decays.
    var groups: [ParameterGroup] { get set }
    /// Takes one step down the gradients; a parameter without one stays as it is.
    func step() throws
}

extension Optimizer {
    /// Clears the gradients of all parameters.
    public func zeroGradients() throws {
        for group in groups {
            for parameter in group.parameters { try parameter.setGradient(nil) }
        }
    }

    /// Sets the learning rate of every group, times the group's factor.
    public func setLearningRate(_ rate: Double) {
        for index in groups.indices { groups[index].learningRate = rate * groups[index].rateFactor }
    }
}

extension ParameterGroup {
    /// The parameters that have a gradient, with it and with the state that `makeState` made at their first step.
    func active<State>(
        _ states: inout [ObjectIdentifier: State], makeState: (Tensor) throws -> State
    ) throws -> [(parameter: Tensor, gradient: Tensor, state: State)] {
        try parameters.compactMap { parameter in
            guard let gradient = parameter.gradient else { return nil }
            let key = ObjectIdentifier(parameter)
            let state = try states[key] ?? makeState(parameter)
            states[key] = state
            return (parameter, gradient, state)
        }
    }
}
