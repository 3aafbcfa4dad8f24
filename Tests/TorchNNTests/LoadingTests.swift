import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@TensorActor
@Suite struct LoadingTests {
    @Test func copiesEveryEntryInPlaceWhateverItsOrderAndType() throws {
        let model = try Classifier()
        let tensors = model.stateDict.map(\.tensor)
        let source = try Formula.fill(Classifier()).stateDict
        let entries = try source.reversed().map { ($0.name, try $0.tensor.detach().to(.float64)) }
        let report = try model.load(entries)
        #expect(report.isComplete)
        #expect(report.loaded == source.map(\.name))
        for (entry, (tensor, expected)) in zip(model.stateDict, zip(tensors, source)) {
            #expect(entry.tensor === tensor, "\(entry.name) is another tensor now")
            #expect(entry.tensor.dtype == expected.tensor.dtype)
            try expectClose(entry.tensor, expected.tensor, within: 0, entry.name)
        }
        #expect(model.trainableParameters.count == model.parameters.count)
    }

    /// Missing `fc.bias`, another shape of `fc.weight`, and an entry `extra`.
    private func misfit() throws -> [(name: String, tensor: Tensor)] {
        var entries = try Formula.fill(Classifier()).stateDict.filter { $0.name != "fc.bias" }
        entries.removeAll { $0.name == "fc.weight" }
        entries.append(("fc.weight", try Tensor.zeros([7, 16])))
        entries.append(("extra", try Tensor.zeros([1])))
        return entries
    }

    @Test func strictLoadingReportsAllFaultsAndChangesNothing() throws {
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

    @Test func partialLoadingTakesWhatFits() throws {
        let model = try Classifier()
        let head = try model.fc.weight.detach().clone()
        let report = try model.load(misfit(), isStrict: false)
        #expect(!report.isComplete)
        #expect(report.loaded == model.features.stateDict.map { "features.\($0.name)" })
        try expectClose(model.fc.weight, head, within: 0)
        let expected = try Formula.fill(Classifier())
        try expectClose(model.features.parameters[0], expected.features.parameters[0], within: 0)
    }

    @Test func filesOlderThanTheBatchCounterLoad() throws {
        let model = try Classifier()
        let entries = model.stateDict.filter { !$0.name.hasSuffix("num_batches_tracked") }
        #expect(try model.load(entries).isComplete)
    }

    @Test func survivesAFileOfEitherFormat() throws {
        try withTemporaryFolder { folder in
            let model = try Formula.fill(Classifier())
            let checkpoint = Checkpoint(entries: model.stateDict)
            let safetensors = folder.appending(path: "model.safetensors").path
            let pytorch = folder.appending(path: "model.pth").path
            try checkpoint.writeSafetensors(to: safetensors)
            try checkpoint.writePyTorch(to: pytorch)
            for path in [safetensors, pytorch] {
                let other = try Classifier()
                try other.load(Checkpoint.read(path).entries)
                for (entry, expected) in zip(other.stateDict, model.stateDict) {
                    try expectClose(entry.tensor, expected.tensor, within: 0, entry.name)
                }
            }
        }
    }
}
