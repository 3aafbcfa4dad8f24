internal import Torch

/// Updates parameters with their gradients. Each step of a group runs a few LibTorch operators on lists of tensors.
public protocol Optimizer: AnyObject {
    /// The parameters, their learning rates and weight decays.
    var groups: [ParameterGroup] { get set }
    /// Performs one optimization step. A parameter without a gradient stays unchanged.
    func step() throws

    /// Sets the weight of earlier gradients in a step, as a one-cycle schedule does: momentum, or the first of two
    /// betas. An optimizer without momentum ignores it.
    func setMomentum(_ momentum: Double)

    /// The state kept between steps. Save it with a run to resume it later.
    ///
    /// The names are those of PyTorch's `state_dict()["state"]`: the index of the parameter over all groups in order,
    /// and the field: `0.exp_avg`, `0.exp_avg_sq`, `0.step`. A parameter that never had a gradient has no entries. The
    /// tensors are the optimizer's own, which its next step changes.
    var state: StateDict { get }
    /// Replaces the state with a copy of a saved `state`. The next steps are then identical, bit for bit.
    ///
    /// - Throws: `OptimizerStateError` before anything is changed, if the state belongs to another optimizer or to
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

    /// Sets the learning rate of every group, multiplied by the group's scale.
    public func setLearningRate(_ rate: Double) {
        for index in groups.indices { groups[index].learningRate = rate * groups[index].learningRateScale }
    }

    /// Does nothing because there is no momentum.
    public func setMomentum(_ momentum: Double) {}
}
