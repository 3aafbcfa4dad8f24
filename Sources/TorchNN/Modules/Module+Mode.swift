public import Torch

extension Module {
    /// Sets training or evaluation mode here and below.
    ///
    /// A part whose parameters are all frozen stays in evaluation mode: its batch normalization keeps its running
    /// statistics and its dropout does nothing. So does a module without parameters that `freeze()` was called for,
    /// directly or by a module above it. PyTorch moves the statistics of a frozen backbone, which spoils it.
    public func train(_ isTraining: Bool = true) {
        let members = ModuleMembers(of: self)
        let all = parameters
        let isFrozen = !all.isEmpty && !all.contains(where: \.requiresGradient)
        let mode = isTraining && !isFrozen
        (self as? any ModeDependent)?.isTraining = mode && (self as? any FreezableModule)?.isFrozen != true
        for (_, child) in members.children { child.train(mode) }
    }

    /// Sets evaluation mode here and below.
    public func eval() { train(false) }

    /// Keeps training from changing any parameter here and below, and puts them into evaluation mode.
    public func freeze() throws {
        for parameter in parameters {
            try parameter.requiresGradient(false)
            try parameter.setGradient(nil)
        }
        markFrozen(true)
        eval()
    }

    /// Lets training change the parameters here and below. `train()` then puts all of it into training mode.
    public func unfreeze() throws {
        for parameter in parameters { try parameter.requiresGradient(true) }
        markFrozen(false)
    }

    private func markFrozen(_ isFrozen: Bool) {
        for case let module as any FreezableModule in namedModules.map(\.module) { module.isFrozen = isFrozen }
    }

    /// Moves parameters and buffers to a device. The tensors keep their identity, so optimizers need no new ones.
    public func to(_ device: Device) throws {
        for (_, tensor) in namedTensors { try tensor.setData(tensor.detach().to(device)) }
    }

    /// Lays the 4-D parameters out as given; convolutions on a CPU are fastest with `.channelsLast`.
    public func to(_ format: MemoryFormat) throws {
        for tensor in parameters where tensor.rank == 4 {
            try tensor.setData(tensor.detach().contiguous(format))
        }
    }
}
