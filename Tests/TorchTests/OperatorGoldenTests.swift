import Testing
import Torch
import TorchTestSupport

/// PyTorch's results for the same inputs, by name.
@Suite("Operators against PyTorch") struct OperatorGoldenTests {
    /// a [3, 4], b [4, 5], c [3, 4], batch [2, 3, 4] from the formula; n [6] integers.
    struct Inputs {
        let a, b, c, batch, n: Tensor

        init() throws {
            a = try Formula.tensor([3, 4])
            b = try Formula.tensor([4, 5], entry: -2)
            c = try Formula.tensor([3, 4], entry: -3)
            batch = try Formula.tensor([2, 3, 4], entry: -4)
            n = try Tensor([3, 1, 2, 0, 2, 1])
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let compute: @Sendable (Inputs) throws -> Tensor

        init(_ name: String, _ compute: @escaping @Sendable (Inputs) throws -> Tensor) {
            testDescription = name
            self.compute = compute
        }
    }

    static let arithmetic: [Case] = [
        Case("add") { try $0.a + $0.c }, Case("subtract") { try $0.a - $0.c }, Case("multiply") { try $0.a * $0.c },
        Case("divide") { try $0.a / $0.c }, Case("negate") { try -$0.a }, Case("add-scalar") { try $0.a + 1.5 },
        Case("scalar-subtract") { try 2 - $0.a }, Case("multiply-scalar") { try $0.a * 3 },
        Case("divide-scalar") { try $0.a / 4 }, Case("scalar-divide") { try 4 / $0.a },
        Case("add-broadcast") { try $0.a + $0.c[0] }, Case("add-integers") { try $0.n + Tensor(2) },
        Case("divide-integers") { try $0.n / Tensor(2) }, Case("remainder") { try $0.n.remainder(2) },
        Case("power") { try $0.a.pow(2) }, Case("square-root") { try $0.a.abs().sqrt() },
        Case("exp") { try $0.a.exp() }, Case("log") { try $0.a.abs().log() }, Case("abs") { try $0.a.abs() },
        Case("clamp") { try $0.a.clamp(min: -0.5, max: 0.25) }, Case("clamp-low") { try $0.a.clamp(min: 0) },
        Case("sigmoid") { try $0.a.sigmoid() }, Case("tanh") { try Operator("aten::tanh")($0.a) },
        Case("maximum") { try Operator("aten::maximum")($0.a, $0.c) }, Case("matmul") { try $0.a.matmul($0.b) },
        Case("matmul-batch") { try $0.batch.matmul($0.b) }, Case("matmul-vector") { try $0.a.matmul($0.b[.all, 0]) },
        Case("softmax-1") { try $0.a.softmax(dim: 1) }, Case("log-softmax-0") { try $0.a.logSoftmax(dim: 0) },
    ]

    static let reductions: [Case] = [
        Case("sum") { try $0.a.sum() }, Case("sum-1") { try $0.a.sum(dim: 1) },
        Case("sum-0-keep") { try $0.a.sum(dim: 0, keepDim: true) },
        Case("sum-dims") { try $0.batch.sum(dims: [0, 2]) },
        Case("sum-integers") { try $0.n.sum() }, Case("mean") { try $0.a.mean() },
        Case("mean-0") { try $0.a.mean(dim: 0) },
        Case("mean-dims-keep") { try $0.batch.mean(dims: [1, 2], keepDim: true) },
        Case("variance") { try $0.a.variance() }, Case("variance-1") { try $0.a.variance(dim: 1) },
        Case("variance-1-population") { try $0.a.variance(dim: 1, correction: 0) },
        Case("max") { try $0.a.max() }, Case("min") { try $0.a.min() }, Case("norm") { try $0.a.norm() },
        Case("argmax") { try $0.a.argmax() }, Case("argmax-1") { try $0.a.argmax(dim: 1) },
        Case("argmin-0-keep") { try $0.a.argmin(dim: 0, keepDim: true) },
        Case("topk-2") { try $0.a.topk(2).values }, Case("topk-2-indices") { try $0.a.topk(2).indices },
    ]

    static let views: [Case] = [
        Case("transpose") { try $0.a.transpose(0, 1) }, Case("permute") { try $0.batch.permute(dims: [2, 0, 1]) },
        Case("reshape") { try $0.a.reshape([2, 6]) }, Case("reshape-infer") { try $0.batch.reshape([-1, 4]) },
        Case("flatten-1") { try $0.batch.flatten(from: 1) },
        Case("squeeze") { try $0.a.view([3, 1, 4]).squeeze(dim: 1) },
        Case("squeeze") { try $0.a.view([3, 1, 4]).squeeze() },
        Case("squeeze") { try $0.a.squeeze(dim: 0) },
        Case("unsqueeze") { try $0.a.unsqueeze(dim: 0) }, Case("unsqueeze") { try $0.a[.newAxis] },
        Case("expand") { try $0.c[0..<1].expand([3, 4]) }, Case("expand") { try $0.c[0..<1].expand([3, -1]) },
        Case("select") { try $0.a.select(dim: 0, index: 1) }, Case("select") { try $0.a[1] },
        Case("select-1-last") { try $0.a[.all, -1] },
        Case("narrow") { try $0.a.narrow(dim: 1, from: 1, length: 2) }, Case("narrow") { try $0.a[.all, 1..<3] },
        Case("slice-step") { try $0.a[.all, .every(2)] },
        Case("index-select") { try $0.b.indexSelect(dim: 0, index: $0.n) },
        Case("index-select") { try $0.b.indexed(by: [$0.n]) },
        Case("gather") { try $0.a.gather(dim: 1, index: $0.n[0..<3].unsqueeze(dim: 1)) },
        Case("index-mask") { try $0.a.indexed(by: [$0.a .> 0]) },
        Case("where") { try Tensor.where($0.a .> $0.c, $0.a, $0.c) },
        Case("masked-fill") { try $0.a.maskedFill($0.a .< 0, 9) },
        Case("cat-0") { try Tensor.cat([$0.a, $0.c]) }, Case("cat-1") { try Tensor.cat([$0.a, $0.c], dim: 1) },
        Case("stack-0") { try Tensor.stack([$0.a, $0.c]) },
        Case("stack-2") { try Tensor.stack([$0.a, $0.c], dim: 2) },
        Case("split-1") { try $0.a.split(3, dim: 1)[1] }, Case("unbind-1") { try $0.a.unbind(dim: 1)[2] },
        Case("flip-1") { try $0.a.flip(dim: 1) },
        Case("as-strided") { try $0.a.asStrided(shape: [2, 2], strides: [1, 4], offset: 2) },
    ]

    static let comparisons: [Case] = [
        Case("equal") { try $0.n .== 2 }, Case("equal") { try $0.n .== Tensor(2) },
        Case("not-equal") { try $0.n .!= Tensor(1) }, Case("greater") { try $0.a .> $0.c },
        Case("less") { try $0.a .< $0.c }, Case("less-scalar") { try $0.a .< 0.25 },
        Case("less-equal") { try $0.a .<= $0.c }, Case("greater-equal") { try $0.n .>= Tensor(2) },
        Case("logical-not") { try ($0.a .> 0).logicalNot() }, Case("any") { try ($0.a .> 0).any() },
        Case("all") { try ($0.a .> 0).all() }, Case("is-finite") { try ($0.a / 0).isFinite() },
        Case("one-hot") { try Operator("aten::one_hot")($0.n, 4) },
    ]

    static let conversions: [Case] = [
        Case("arange") { _ in try Tensor.arange(2, 11, step: 3) }, Case("eye") { _ in try Tensor.eye(3) },
        Case("full") { _ in try Tensor.full([2, 3], 1.25) }, Case("to-int64") { try ($0.a * 10).to(.int64) },
        Case("to-uint8") { try ($0.a.abs() * 50).to(.uint8) }, Case("to-float64") { try $0.a.to(.float64) },
        Case("to-float16") { try $0.a.to(.float16) }, Case("to-bfloat16") { try $0.a.to(.bfloat16) },
        Case("to-bool") { try ($0.a .> 0).to(.bool) },
    ]

    @Test("Each operator equals PyTorch's", arguments: arithmetic + reductions + views + comparisons + conversions)
    func equalsPyTorch(_ example: Case) throws {
        let golden = try #require(Goldens.tensors("torch/operators.safetensors")[example.testDescription])
        let result = try example.compute(Inputs())
        #expect(result.dtype == golden.dtype)
        try expectClose(result, golden, within: 1e-6)
    }

    @Test("Gradients equal PyTorch's") func gradients() throws {
        let goldens = try Goldens.tensors("torch/operators.safetensors")
        let inputs = try Inputs()
        let x = try inputs.a.clone().requiresGradient(true)
        let w = try inputs.b.clone().requiresGradient(true)
        try (x.matmul(w).sigmoid() * x.sum(dim: 1, keepDim: true)).mean().backward()
        try expectClose(#require(x.gradient), #require(goldens["backward-a"]), within: 1e-6)
        try expectClose(#require(w.gradient), #require(goldens["backward-b"]), within: 1e-6)
    }
}
