import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport

@TensorActor
@Suite("Loading of weights") struct LoadingTests {
    @Test("Every entry is copied in place, regardless of its order and type")
    func copies() throws {
        let model = try Classifier()
        let tensors = model.stateDict.map(\.tensor)
        let source = try Formula.fill(Classifier()).stateDict
        let entries = StateDict(try source.reversed().map { ($0.name, try $0.tensor.detach().to(.float64)) })
        let report = try model.load(entries)
        #expect(report.isComplete)
        #expect(report.loaded == source.names)
        for (entry, (tensor, expected)) in zip(model.stateDict, zip(tensors, source)) {
            #expect(entry.tensor === tensor, "\(entry.name) is another tensor now")
            #expect(entry.tensor.dtype == expected.tensor.dtype)
            try expectClose(entry.tensor, expected.tensor, within: 0, entry.name)
        }
        #expect(model.trainableParameters.count == model.parameters.count)
    }

    /// Missing `fc.bias`, another shape of `fc.weight`, and an entry `extra`.
    private func misfit() throws -> StateDict {
        var state = try Formula.fill(Classifier()).stateDict
        state["fc.bias"] = nil
        state["fc.weight"] = try Tensor.zeros([7, 16])
        state["extra"] = try Tensor.zeros([1])
        return state
    }

    @Test("Strict loading reports all mismatches and changes nothing")
    func strict() throws {
        let model = try Classifier()
        let before = try model.stateDict.map { try $0.tensor.detach().clone() }
        let entries = try misfit()
        let error = try #require(throws: LoadError.self) { try model.load(entries) }
        #expect(error.report.missing == ["fc.bias"])
        #expect(error.report.unexpected == ["extra"])
        let mismatch = try #require(error.report.mismatched.first)
        #expect((mismatch.name, mismatch.found, mismatch.wanted) == ("fc.weight", [7, 16], [2, 16]))
        for part in ["fc.bias", "extra", "fc.weight", "[7, 16]", "[2, 16]"] {
            #expect(error.description.contains(part))
        }
        for (entry, value) in zip(model.stateDict, before) { try expectClose(entry.tensor, value, within: 0) }
    }

    @Test("Partial loading takes the entries that fit")
    func partial() throws {
        let model = try Classifier()
        let head = try model.fc.weight.detach().clone()
        let report = try model.load(misfit(), isStrict: false)
        #expect(!report.isComplete)
        #expect(report.loaded == model.features.stateDict.prefixed("features.").names)
        try expectClose(model.fc.weight, head, within: 0)
        let expected = try Formula.fill(Classifier())
        try expectClose(model.features.parameters[0], expected.features.parameters[0], within: 0)
    }

    @Test("Files older than the batch counter are loaded")
    func oldFiles() throws {
        let model = try Classifier()
        let entries = model.stateDict.filter { !$0.name.hasSuffix("num_batches_tracked") }
        #expect(try model.load(entries).isComplete)
    }

    @Test("A state is read back from files of either format")
    func files() throws {
        try withTemporaryFolder { folder in
            let model = try Formula.fill(Classifier())
            let checkpoint = Checkpoint(model.stateDict)
            let safetensors = folder.appending(path: "model.safetensors").path
            let pytorch = folder.appending(path: "model.pth").path
            try checkpoint.writeSafetensors(to: safetensors)
            try checkpoint.writePyTorch(to: pytorch)
            for path in [safetensors, pytorch] {
                let other = try Classifier()
                try other.load(Checkpoint.read(path).stateDict)
                for (entry, expected) in zip(other.stateDict, model.stateDict) {
                    try expectClose(entry.tensor, expected.tensor, within: 0, entry.name)
                }
            }
        }
    }
}

@TensorActor
@Suite("State dicts") struct StateDictTests {
    private func make() throws -> StateDict {
        try ["weight": Tensor.zeros([2, 3]), "bias": Tensor.ones([2]), "count": Tensor(7)]
    }

    @Test("Names are in order, and a name finds its tensor")
    func names() throws {
        let state = try make()
        #expect(state.names == ["weight", "bias", "count"])
        #expect(state.map(\.tensor.shape) == [[2, 3], [2], []])
        #expect(state["bias"] === state[1].tensor)
        #expect(state["Bias"] == nil)
        #expect(state.last?.name == "count")
        #expect(state.description == "weight float32[2, 3]\nbias float32[2]\ncount int64[]")
        #expect(StateDict().isEmpty)
    }

    @Test("A new name is appended, a known one keeps its position, and nil removes")
    func changes() throws {
        var state = try make()
        let copy = state
        state["bias"] = try Tensor.zeros([4])
        state["extra"] = try Tensor.zeros([1])
        state["weight"] = nil
        state["nothing"] = nil
        #expect(state.names == ["bias", "count", "extra"])
        #expect(state["bias"]?.shape == [4])
        #expect(state["extra"] === state[2].tensor)
        // A value: the other one is unchanged.
        #expect(copy.names == ["weight", "bias", "count"])
        #expect(copy["bias"]?.shape == [2])
    }

    @Test("The last tensor of a repeated name counts")
    func twice() throws {
        let state = try StateDict([("a", Tensor(1)), ("b", Tensor(2)), ("a", Tensor(3))])
        #expect(state.names == ["a", "b"])
        #expect(try #require(state["a"]).item(as: Int.self) == 3)
    }

    @Test("Subsets, prefixes and replaced tensors give new states")
    func parts() throws {
        let state = try make()
        let network = state.prefixed("network.")
        #expect(network.names == ["network.weight", "network.bias", "network.count"])
        let both = try network.merging(["average.weight": Tensor.ones([1]), "network.count": Tensor(8)])
        #expect(both.count == 4)
        #expect(both.part("network.").names == state.names)
        #expect(try #require(both.part("network.")["count"]).item(as: Int.self) == 8)
        #expect(both.part("average.").names == ["weight"])
        #expect(both.filter { $0.tensor.rank == 1 }.names == ["network.bias", "average.weight"])
        let doubled = try state.mapValues { try $0 * 2 }
        #expect(doubled.names == state.names)
        #expect(try #require(doubled["bias"]).array(as: Float.self) == [2, 2])
        #expect(try #require(state["bias"]).array(as: Float.self) == [1, 1])
    }
}
