import TestSupport
import Testing
import Torch

/// Invalid arguments are errors, never traps.
@TensorActor
@Suite("Errors of tensor operations") struct TensorErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let compute: @Sendable (Tensor) throws -> Any

        init(_ name: String, _ compute: @escaping @Sendable (Tensor) throws -> Any) {
            (testDescription, self.compute) = (name, compute)
        }
    }

    /// The errors of a tensor `[2, 3, 4]`.
    nonisolated static let wrongDims: [Case] = [
        Case("size") { try $0.size(dim: 3) }, Case("size from the end") { try $0.size(dim: -4) },
        Case("sum") { try $0.sum(dim: 3) }, Case("mean") { try $0.mean(dims: [0, -4]) },
        Case("twice the same") { try $0.sum(dims: [1, 1]) }, Case("max") { try $0.max(dim: 3) },
        Case("argmax") { try $0.argmax(dim: -4) }, Case("softmax") { try $0.softmax(dim: 3) },
        Case("cumsum") { try $0.cumsum(dim: 3) }, Case("sort") { try $0.sort(dim: 3) },
        Case("topk") { try $0.topk(1, dim: 3) }, Case("quantile") { try $0.quantile(0.5, dim: 3) },
        Case("squeeze") { try $0.squeeze(dim: 3) }, Case("unsqueeze") { try $0.unsqueeze(dim: 4) },
        Case("transpose") { try $0.transpose(0, 3) }, Case("permute") { try $0.permute(dims: [0, 1]) },
        Case("movedim") { try $0.movedim(from: 0, to: 3) }, Case("flip") { try $0.flip(dim: 3) },
        Case("split") { try $0.split(1, dim: 3) }, Case("chunk") { try $0.chunk(2, dim: -4) },
        Case("cat") { try Tensor.cat([$0, $0], dim: 3) }, Case("stack") { try Tensor.stack([$0, $0], dim: 4) },
        Case("gather") { try $0.gather(dim: 3, index: Tensor([[[0]]])) },
        Case("index select") { try $0.indexSelect(dim: 3, index: Tensor([0])) },
        Case("normalized") { try $0.normalized(dim: 3) }, Case("any") { try ($0 .> 0).any(dim: 3) },
        Case("repeat interleave") { try $0.repeatInterleave(2, dim: 3) },
    ]

    nonisolated static let wrongIndices: [Case] = [
        Case("behind the end") { try $0[2] }, Case("before the beginning") { try $0[0, -4] },
        Case("too many") { try $0[0, 0, 0, 0] }, Case("too many beside an ellipsis") { try $0[0, 0, .ellipsis, 0, 0] },
        Case("two ellipses") { try $0[.ellipsis, 0, .ellipsis] }, Case("a step of zero") { try $0[.every(0)] },
        Case("a tensor's index") { try $0[Tensor([0, 2])] }, Case("a mask of another shape") { try $0[Tensor([true])] },
        Case("a mask without dimensions") { try $0[Tensor(true)] },
        Case("index select") { try $0.indexSelect(dim: 0, index: Tensor([2])) },
        Case("gather") { try $0.gather(dim: 0, index: Tensor([[[2]]])) },
        Case("select") { try $0.select(dim: 1, index: 3) },
        Case("narrow") { try $0.narrow(dim: 1, from: 2, length: 2) },
        Case("one hot") { _ in try Tensor([-1]).oneHot() },
        Case("assignment") { try $0.set(2, to: 1) },
        Case("assignment of another shape") { try $0.set(0, to: Tensor([1, 2])) },
        Case("assignment beyond a tensor's index") { try $0.set(Tensor([5]), to: 1) },
    ]

    nonisolated static let wrongValues: [Case] = [
        Case("shapes") { try $0 + Tensor.zeros([5]) }, Case("in place, shapes") { try $0[0] += $0 },
        Case("rows of several lengths") { _ in try Tensor([[1, 2], [3]]) },
        Case("matrices of several sizes") { _ in try Tensor([[[1], [2]], [[3]]]) },
        Case("a singular matrix") { _ in try Tensor.zeros([2, 2]).inverse() },
        Case("an equation") { try Tensor.einsum("ij->", $0) }, Case("products of a matrix") { try $0.bmm($0) },
        Case("a fraction above one") { try $0.quantile(1.5) },
        Case("negative counts") { _ in try Tensor([-1]).bincount() },
        Case("an empty range") { _ in try Tensor.randint(0..<0, [2]) },
        Case("sizes to interpolate") { try $0.interpolate(size: [2, 2]) },
        Case("a mode for the rank") { try $0.interpolate(size: [2], mode: .bicubic) },
    ]

    @Test("A dimension out of range is an error", arguments: wrongDims)
    func wrongDimsThrow(_ example: Case) { expectError(example) }

    @Test("An index out of range is an error", arguments: wrongIndices)
    func wrongIndicesThrow(_ example: Case) { expectError(example) }

    @Test("Shapes and values that do not fit are errors", arguments: wrongValues)
    func wrongValuesThrow(_ example: Case) { expectError(example) }

    private func expectError(_ example: Case) {
        let error = #expect(throws: TorchError.self) {
            _ = try example.compute(Tensor.arange(24, dtype: .float32).reshape([2, 3, 4]))
        }
        #expect(error?.code == .operatorFailed || error?.code == .invalidArgument)
        #expect(error?.message.isEmpty == false)
    }

    @Test("The error for a missing dimension gives the tensor's shape")
    func missingDimensionIsNamed() throws {
        let error = #expect(throws: TorchError.self) { try Tensor.zeros([2, 3]).size(dim: 2) }
        #expect(error?.message == "float32[2, 3] has 2 dimensions; there is no dimension 2")
        #expect(try Tensor.zeros([2, 3]).size(dim: -1) == 3)
    }

    @Test("A complex result is an error")
    func complexResultsAreErrors() throws {
        let signal = try Tensor([1, 2, 3, 4] as [Float])
        let error = #expect(throws: TorchError.self) { try Operator("aten::fft_fft")(signal) }
        #expect(error?.code == .unsupportedElementType)
        #expect(error?.operatorName == "aten::fft_fft")
        #expect(error?.message.contains("complex64") == true)
        #expect(throws: TorchError.self) { try Operator("aten::linalg_eig").tensors(Tensor.eye(2)) }
    }
}
