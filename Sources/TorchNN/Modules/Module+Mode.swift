public import Torch

extension Module {
    /// Sets training or evaluation mode for this module and all modules below it.
    ///
    /// A module whose parameters are all frozen stays in evaluation mode: its batch normalization keeps the running
    /// statistics and its dropout is disabled. The same holds for a module without parameters if `freeze()` was called
    /// for it or for a module above it. PyTorch updates the statistics of a frozen backbone, which harms it.
    public func train(_ isTraining: Bool = true) {
        let members = ModuleMembers(of: self)
        let all = parameters
        let isFrozen = !all.isEmpty && !all.contains(where: \.requiresGradient)
        let mode = isTraining && !isFrozen
        (self as? any ModeDependent)?.isTraining = mode && (self as? any FreezableModule)?.isFrozen != true
        for (_, child) in members.children { child.train(mode) }
    }

    /// Sets evaluation mode for this module and all modules below it.
    public func eval() { train(false) }

    /// Freezes all parameters of this module and of all modules below it, and sets evaluation mode.
    public func freeze() throws {
        for parameter in parameters {
            try parameter.requiresGradient(false)
            try parameter.setGradient(nil)
        }
        markFrozen(true)
        eval()
    }

    /// Makes all parameters of this module and of all modules below it trainable. `train()` then sets training mode for
    /// all of them.
    public func unfreeze() throws {
        for parameter in parameters { try parameter.requiresGradient(true) }
        markFrozen(false)
    }

    private func markFrozen(_ isFrozen: Bool) {
        for case let module as any FreezableModule in namedModules.map(\.module) { module.isFrozen = isFrozen }
    }

    /// Moves parameters and buffers to a device. The tensors keep their identity, so optimizers remain valid.
    public func to(_ device: Device) throws {
        for (_, tensor) in namedTensors { try tensor.setData(tensor.detach().to(device)) }
    }

    /// Converts the 4-D parameters to a memory format. Convolutions on a CPU are fastest with `.channelsLast`.
    public func to(_ format: MemoryFormat) throws {
        for tensor in parameters where tensor.rank == 4 {
            try tensor.setData(tensor.detach().contiguous(format))
        }
    }
}
