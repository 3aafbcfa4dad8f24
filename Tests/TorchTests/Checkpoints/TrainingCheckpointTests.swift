import Foundation
import TestSupport
import Testing
import Torch

/// Files with more than a state dict, as training programs save them.
@Suite("States in training checkpoints") struct TrainingCheckpointTests {
    private let names = ["conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]
    private let versions = ["", "conv", "bn"]

    private func read(_ name: String, stateKey: String? = nil) throws -> Checkpoint {
        try Checkpoint.read(Goldens.url("checkpoints/\(name)").path, stateKey: stateKey)
    }

    private func expectModule(_ checkpoint: Checkpoint, key: String?) {
        #expect(checkpoint.entries.map(\.name) == names + ["bn.num_batches_tracked"])
        #expect(checkpoint.moduleVersions.map(\.module) == versions)
        #expect(checkpoint.version() == 1)
        #expect(checkpoint.version(of: "bn") == 2)
        #expect(checkpoint.version(of: "fc") == nil)
        #expect(checkpoint.stateKey == key)
    }

    /// The file also holds the states of an optimizer, a schedule and a generator, and the arguments.
    @Test("A single state is found") func singleState() throws {
        expectModule(try read("training.pth"), key: "model")
        expectModule(try read("training-nested.pth"), key: "checkpoint.net")
        expectModule(try read("module.pth"), key: nil)
        #expect(try read("nested.pth").stateKey == "state_dict")
    }

    @Test("A state key selects a state") func selectedState() throws {
        expectModule(try read("training.pth", stateKey: "model"), key: "model")
        expectModule(try read("training-two.pth", stateKey: "model_ema"), key: "model_ema")
        expectModule(try read("training-nested.pth", stateKey: "checkpoint.net"), key: "checkpoint.net")
    }

    @Test("Several states without a key are an error") func severalStates() throws {
        let error = try #require(throws: CheckpointError.self) { try read("training-two.pth") }
        #expect(error.code == .notFound)
        #expect(error.problem == "it contains 2 state dicts")
        #expect(error.advice.contains("`stateKey`"))
        #expect(error.advice.contains("'model' (7 tensors), 'model_ema' (7 tensors)"))
    }

    @Test("The error for a missing state key lists the choices") func missingKey() throws {
        let error = try #require(throws: CheckpointError.self) { try read("nested.pth", stateKey: "model") }
        #expect(error.code == .notFound)
        #expect(error.problem.contains("'model'"))
        #expect(error.advice.contains("'epoch', 'best', 'arch', 'done', 'state_dict' (2 tensors), 'optimizer'"))
        let deeper = try #require(throws: CheckpointError.self) { try read("training.pth", stateKey: "optimizer") }
        #expect(deeper.problem.contains("no tensors under 'optimizer'"))
        let safetensors = try #require(throws: CheckpointError.self) {
            try read("every-kind.safetensors", stateKey: "model")
        }
        #expect(safetensors.problem == "it has no tensors whose names start with 'model.'")
    }

    /// The network's names and shapes.
    private func network() throws -> [(name: String, shape: [Int])] {
        try read("module.pth").entries.map { ($0.name, $0.tensor.shape) }
    }

    /// The best accuracy next to the state is also a tensor.
    @Test("The prefix of DataParallel is removed") func dataParallel() throws {
        let checkpoint = try read("training-wrapped.pth")
        #expect(checkpoint.entries.map(\.name).prefix(6) == names.map { "module." + $0 }[...])
        let (matched, match) = try checkpoint.matched(to: network())
        expectModule(matched, key: "state_dict")
        #expect(match.removed == ["module."])
    }

    @Test("The prefix of compiled modules is removed") func compiledModules() throws {
        let checkpoint = try read("compiled.pth")
        #expect(checkpoint.entries.map(\.name).prefix(6) == names.map { "_orig_mod." + $0 }[...])
        let (matched, match) = try checkpoint.matched(to: network())
        expectModule(matched, key: nil)
        #expect(match.removed == ["_orig_mod."])
    }
}
