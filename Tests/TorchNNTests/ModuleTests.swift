import Testing
import Torch
import TorchNN
import TorchTestSupport

@TensorActor
@Suite("Modules") struct ModuleTests {
    /// PyTorch's names for a module whose members are declared in this order.
    @Test("Names are those of the properties, in PyTorch's order")
    func names() throws {
        let module = try Everything()
        #expect(
            module.stateDict.map(\.name) == [
                "gamma", "shift", "table",
                "head.weight", "head.bias",
                "ln_1.weight", "ln_1.bias", "ln_1.running_mean", "ln_1.running_var", "ln_1.num_batches_tracked",
                "blocks.0.weight", "blocks.0.bias", "blocks.2.weight",
                "shortcut.weight", "shortcut.bias",
            ])
        #expect(
            module.namedParameters.map(\.name) == [
                "gamma", "shift", "head.weight", "head.bias", "ln_1.weight", "ln_1.bias", "blocks.0.weight",
                "blocks.0.bias", "blocks.2.weight", "shortcut.weight", "shortcut.bias",
            ])
        #expect(
            module.namedModules.map(\.name) == [
                "", "head", "ln_1", "blocks.0", "blocks.1", "blocks.2", "shortcut",
            ])
    }

    @Test("The members of a superclass come first")
    func inheritedMembers() throws {
        #expect(
            try Derived().stateDict.names == ["scale", "shift", "fc.weight", "fc.bias", "head.weight", "head.bias"])
        #expect(try Derived().namedModules.map(\.name) == ["", "fc", "head"])
    }

    @Test("Parameters require gradients, and buffers do not")
    func gradients() throws {
        let module = try Everything()
        #expect(module.parameters.count == 11)
        #expect(!module.parameters.contains { !$0.requiresGradient })
        #expect(module.trainableParameters.count == 11)
        #expect(!module.table.requiresGradient)
        #expect(!module.norm.runningMean.requiresGradient)
    }

    @Test("The modules of a sequence are named by position")
    func sequenceNames() throws {
        let sequence = try Sequential(Linear(2, 3), ReLU(), Sequential(Linear(3, 1)))
        #expect(sequence.stateDict.map(\.name) == ["0.weight", "0.bias", "2.0.weight", "2.0.bias"])
        sequence[0] = try Linear(5, 3, bias: false)
        #expect(sequence.stateDict.map(\.name) == ["0.weight", "2.0.weight", "2.0.bias"])
        #expect(sequence.count == 3)
    }

    @Test("train() and eval() reach every module")
    func modes() throws {
        let model = try Classifier()
        func modes() -> [Bool] { model.namedModules.compactMap { ($0.module as? any ModeDependent)?.isTraining } }
        #expect(modes() == [true, true])
        model.eval()
        #expect(modes() == [false, false])
        model.train()
        #expect(modes() == [true, true])
    }

    @Test("Another memory layout keeps the parameter objects")
    func layout() throws {
        let model = try Classifier()
        let before = model.parameters
        let values = try before[0].detach().clone()
        try model.to(.channelsLast)
        #expect(zip(before, model.parameters).allSatisfy { $0 === $1 })
        #expect(model.parameters[0].strides == [27, 1, 9, 3])
        try expectClose(model.parameters[0], values, within: 0)
        #expect(model.parameters[0].requiresGradient)
    }
}
