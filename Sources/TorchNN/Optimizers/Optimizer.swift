public import Torch

/// Changes parameters by their gradients. Each step of a group is a few of LibTorch's operators on lists of tensors.
public protocol Optimizer: AnyObject {
    /// The parameters, their rates and decays.
    var groups: [ParameterGroup] { get set }
    /// Takes one step down the gradients; a parameter without one stays as it is.
    func step() throws

    /// Sets the share of earlier gradients that a step keeps, as a one-cycle schedule does: momentum, or the first of
    /// two betas. An optimiser without any takes no notice.
    func setMomentum(_ momentum: Double)

    /// What is remembered of earlier steps, to be saved with a training that is to go on.
    ///
    /// The names are those of PyTorch's `state_dict()["state"]`, the parameter's number over all groups in order and the
    /// field: `0.exp_avg`, `0.exp_avg_sq`, `0.step`. A parameter that never had a gradient has none. The tensors are the
    /// optimiser's own, which its next step changes.
    var state: [(name: String, tensor: Tensor)] { get }
    /// Replaces what is remembered by a copy of a saved `state`, after which steps go on bit for bit.
    ///
    /// - Throws: `OptimizerStateError` before anything is changed, where the state is another optimiser's or one for
    ///   other parameters.
    func loadState(_ state: [(name: String, tensor: Tensor)]) throws
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

    /// Does nothing: there is no momentum.
    public func setMomentum(_ momentum: Double) {}
}
