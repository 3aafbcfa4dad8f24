internal import Torch

/// Changes parameters by their gradients. Each step of a group is a few of LibTorch's operators on lists of tensors.
public protocol Optimizer: AnyObject {
    /// The parameters, their learning rates and weight decays.
    var groups: [ParameterGroup] { get set }
    /// Takes one step down the gradients; a parameter without one stays as it is.
    func step() throws

    /// Sets the fraction of earlier gradients that a step keeps, as a one-cycle schedule does: momentum, or the first of
    /// two betas. An optimizer without one ignores it.
    func setMomentum(_ momentum: Double)

    /// What is kept of earlier steps, to be saved with a training that will be resumed.
    ///
    /// The names are those of PyTorch's `state_dict()["state"]`, the parameter's number over all groups in order and the
    /// field: `0.exp_avg`, `0.exp_avg_sq`, `0.step`. A parameter that never had a gradient has none. The tensors are the
    /// optimizer's own, which its next step changes.
    var state: StateDict { get }
    /// Replaces what is kept by a copy of a saved `state`. The next steps are then the same, bit for bit.
    ///
    /// - Throws: `OptimizerStateError` before anything is changed, where the state is another optimizer's or one for
    ///   other parameters.
    func loadState(_ state: StateDict) throws
}

extension Optimizer {
    /// Clears the gradients of all parameters.
    public func zeroGradients() throws {
        for group in groups {
            for parameter in group.parameters { try parameter.setGradient(nil) }
        }
    }

    /// Sets the learning rate of every group, times the group's scale.
    public func setLearningRate(_ rate: Double) {
        for index in groups.indices { groups[index].learningRate = rate * groups[index].learningRateScale }
    }

    /// Does nothing: there is no momentum.
    public func setMomentum(_ momentum: Double) {}
}
