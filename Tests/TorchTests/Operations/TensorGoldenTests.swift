import TestSupport
import Testing
import Torch
import TorchTestSupport

/// PyTorch's results for the same inputs, by name; `scripts/goldens/tensor.py` writes them.
@TensorActor
@Suite("Tensor operations against PyTorch") struct TensorGoldenTests {
    /// The inputs, from the formula or counted.
    struct Inputs {
        let a, b, c, batch, other, square, image, n, positive, symmetric, definite, special, grid, index, rows: Tensor

        init() throws {
            a = try Formula.tensor([3, 4])
            b = try Formula.tensor([4, 5], entry: -2)
            c = try Formula.tensor([3, 4], entry: -3)
            batch = try Formula.tensor([2, 3, 4], entry: -4)
            other = try Formula.tensor([2, 4, 3], entry: -5)
            square = try Formula.tensor([4, 4], entry: -6)
            image = try Formula.tensor([1, 2, 4, 6], entry: -7)
            n = try Tensor([3, 1, 2, 0, 2, 1])
            positive = try a.abs() + 0.1
            symmetric = try square + square.transpose(0, 1)
            definite = try square.matmul(square.transpose(0, 1)) + Tensor.eye(4)
            special = try Tensor([1, .nan, .infinity, -.infinity, -2.5] as [Float])
            grid = try Tensor.arange(24).reshape([2, 3, 4])
            index = try Tensor([[0, 2, 1, 0], [1, 1, 0, 2]])
            rows = try Tensor([[1, 2], [0, 3], [1, 2]])
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let compute: @Sendable (Inputs) throws -> [Tensor]

        init(_ name: String, _ compute: @escaping @Sendable (Inputs) throws -> Tensor) {
            testDescription = name
            self.compute = { [try compute($0)] }
        }

        init(several name: String, _ compute: @escaping @Sendable (Inputs) throws -> [Tensor]) {
            testDescription = name
            self.compute = compute
        }
    }

    nonisolated static let functions: [Case] = [
        Case("exp") { try $0.a.exp() }, Case("exp2") { try $0.a.exp2() }, Case("expm1") { try $0.a.expm1() },
        Case("square") { try $0.a.square() }, Case("reciprocal") { try $0.a.reciprocal() },
        Case("abs") { try $0.a.abs() }, Case("sign") { try $0.a.sign() }, Case("sin") { try $0.a.sin() },
        Case("cos") { try $0.a.cos() }, Case("tan") { try $0.a.tan() }, Case("asin") { try $0.a.asin() },
        Case("acos") { try $0.a.acos() }, Case("atan") { try $0.a.atan() }, Case("sinh") { try $0.a.sinh() },
        Case("cosh") { try $0.a.cosh() }, Case("tanh") { try $0.a.tanh() }, Case("asinh") { try $0.a.asinh() },
        Case("atanh") { try $0.a.atanh() }, Case("erf") { try $0.a.erf() }, Case("log") { try $0.positive.log() },
        Case("log2") { try $0.positive.log2() }, Case("log10") { try $0.positive.log10() },
        Case("log1p") { try $0.positive.log1p() }, Case("sqrt") { try $0.positive.sqrt() },
        Case("rsqrt") { try $0.positive.rsqrt() }, Case("floor") { try ($0.a * 5).floor() },
        Case("ceil") { try ($0.a * 5).ceil() }, Case("trunc") { try ($0.a * 5).trunc() },
        Case("frac") { try ($0.a * 5).frac() }, Case("round") { try ($0.a * 5).round() },
        Case("acosh") { try ($0.positive + 1).acosh() }, Case("round-decimals") { try $0.a.round(decimals: 1) },
        Case("atan2") { try $0.a.atan2($0.c) }, Case("exp-integers") { try $0.n.exp() },
    ]

    nonisolated static let activations: [Case] = [
        Case("relu") { try ($0.a * 4).relu() }, Case("relu6") { try ($0.a * 8).relu6() },
        Case("leaky-relu") { try ($0.a * 4).leakyReLU(slope: 0.2) }, Case("elu") { try ($0.a * 4).elu(alpha: 0.5) },
        Case("prelu") { try ($0.a * 4).prelu(Tensor([0.3], dtype: .float32)) }, Case("selu") { try ($0.a * 4).selu() },
        Case("celu") { try ($0.a * 4).celu(alpha: 2) }, Case("gelu") { try ($0.a * 4).gelu() },
        Case("gelu-tanh") { try ($0.a * 4).gelu(approximation: .tanh) }, Case("silu") { try ($0.a * 4).silu() },
        Case("mish") { try ($0.a * 4).mish() }, Case("softplus") { try ($0.a * 4).softplus(beta: 2) },
        Case("sigmoid") { try ($0.a * 4).sigmoid() }, Case("log-sigmoid") { try ($0.a * 4).logSigmoid() },
        Case("hardsigmoid") { try ($0.a * 4).hardsigmoid() }, Case("hardswish") { try ($0.a * 4).hardswish() },
        Case("hardtanh") { try ($0.a * 4).hardtanh(min: -2, max: 1.5) }, Case("glu") { try ($0.a * 4).glu(dim: 1) },
        Case("softmax") { try ($0.a * 4).softmax(dim: -1) }, Case("log-softmax") { try ($0.a * 4).logSoftmax(dim: 0) },
    ]

    nonisolated static let arithmetic: [Case] = [
        Case("integers-plus") { try $0.n + 1 }, Case("integers-plus-real") { try $0.n + 1.5 },
        Case("integers-times") { try 3 * $0.n }, Case("integers-minus-from") { try 5 - $0.n },
        Case("integers-divided") { try $0.n / 2 }, Case("integers-power") { try $0.n.pow(2) },
        Case("integers-clamp") { try $0.n.clamp(min: 1, max: 2) }, Case("maximum") { try $0.a.maximum($0.c) },
        Case("minimum") { try $0.a.minimum($0.c) }, Case("power-tensor") { try $0.positive.pow($0.c) },
        Case("power-of-number") { try Tensor.pow(2, $0.a) }, Case("remainder") { try $0.a.remainder(0.3) },
        Case("remainder-tensor") { try $0.a.remainder($0.positive) },
        Case("remainder-integers") { try $0.n.remainder(2) }, Case("floor-divide") { try $0.a.floorDivide(0.3) },
        Case("floor-divide-tensor") { try $0.a.floorDivide($0.positive) },
        Case("clamp-above") { try $0.a.clamp(max: 0.25) }, Case("lerp") { try $0.a.lerp(to: $0.c, weight: 0.25) },
        Case("in-place") {
            let result = try $0.a.clone()
            try result += $0.c
            try result *= 3
            try result -= 0.5
            try result /= $0.positive
            return result
        },
    ]

    nonisolated static let comparisons: [Case] = [
        Case("not-equal") { try $0.n .!= 2 }, Case("less-equal") { try $0.n .<= 1 },
        Case("greater-equal") { try $0.a .>= 0.25 }, Case("and") { try ($0.a .> 0) .& ($0.c .> 0) },
        Case("or") { try ($0.a .> 0) .| ($0.c .> 0) }, Case("xor") { try ($0.a .> 0) .^ ($0.c .> 0) },
        Case("not") { try .!($0.a .> 0) }, Case("is-nan") { try $0.special.isNaN() },
        Case("is-inf") { try $0.special.isInf() }, Case("is-finite") { try $0.special.isFinite() },
        Case("is-close") { try $0.a.isClose($0.a + 1e-6, relative: 0, absolute: 1e-5) },
        Case("where") { try Tensor.where($0.a .> 0, $0.a, $0.c) },
        Case("where-number") { try Tensor.where($0.a .> 0, $0.a, 0) },
        Case("where-number-first") { try Tensor.where($0.a .> 0, -1, $0.a) },
    ]

    nonisolated static let reductions: [Case] = [
        Case("std") { try $0.a.std() }, Case("std-dim") { try $0.a.std(dim: 1) },
        Case("std-dims") { try $0.batch.std(dims: [0, 2], correction: 0, keepDim: true) },
        Case("prod") { try $0.a.prod() }, Case("prod-dim") { try $0.a.prod(dim: -1, keepDim: true) },
        Case("variance-dim") { try $0.a.variance(dim: 0, keepDim: true) }, Case("norm-1") { try $0.a.norm(p: 1) },
        Case("norm-dim") { try $0.a.norm(dim: 1) },
        Case("norm-dims") { try $0.batch.norm(p: .infinity, dims: [1, 2], keepDim: true) },
        Case("normalized") { try $0.a.normalized(dim: 0) }, Case("log-sum-exp") { try $0.a.logsumexp(dim: 1) },
        Case("log-sum-exp-dims") { try $0.batch.logsumexp(dims: [0, -1]) },
        Case("count-nonzero") { try $0.n.countNonzero() },
        Case("count-nonzero-dim") { try ($0.a .> 0).countNonzero(dim: 1) },
        Case("all-dim") { try ($0.a .> -0.5).all(dim: 1) },
        Case("all-dims") { try ($0.batch .> -0.9).all(dims: [1, 2]) },
        Case("any-dim") { try ($0.a .> 0.5).any(dim: 0, keepDim: true) },
        Case("any-dims") { try ($0.batch .> 0.9).any(dims: [0, 1]) }, Case("sum-dim") { try $0.batch.sum(dim: -2) },
        Case("mean-dim") { try $0.batch.mean(dim: 0, keepDim: true) },
        Case(several: "max-dim") { pair(try $0.a.max(dim: 1)) },
        Case(several: "min-dim") { pair(try $0.a.min(dim: 0, keepDim: true)) },
        Case("max-dims") { try $0.batch.max(dims: [0, 1]) },
        Case("min-dims") { try $0.batch.min(dims: [1, -1], keepDim: true) },
        Case("argmax") { try $0.a.argmax(dim: 1) }, Case("argmin-keep") { try $0.a.argmin(dim: 0, keepDim: true) },
        Case("cumsum") { try $0.a.cumsum(dim: 1) }, Case("cumprod") { try $0.a.cumprod(dim: -2) },
        Case("cumsum-integers") { try $0.n.cumsum(dim: 0) },
    ]

    nonisolated static let statistics: [Case] = [
        Case(several: "sort") { pair(try $0.a.sort()) },
        Case(several: "sort-descending") { pair(try $0.n.sort(descending: true)) },
        Case(several: "sort-dim") { pair(try $0.a.sort(dim: 0)) }, Case("argsort") { try $0.a.argsort(dim: 0) },
        Case(several: "topk") { pair(try $0.a.topk(2, dim: 0)) }, Case("median") { try $0.a.median() },
        Case(several: "median-dim") { pair(try $0.a.median(dim: 1)) }, Case("quantile") { try $0.a.quantile(0.3) },
        Case("quantile-dim") { try $0.a.quantile(0.75, dim: 1, keepDim: true) },
        Case("quantiles") { try $0.a.quantile([0.1, 0.5, 0.9], dim: 0) }, Case("unique") { try $0.n.unique() },
        Case(several: "unique-counts") { triple(try $0.n.uniqueWithCounts()) },
        Case("unique-dim") { try $0.rows.unique(dim: 0) },
        Case(several: "unique-dim-counts") { triple(try $0.rows.uniqueWithCounts(dim: 0)) },
        Case("bincount") { try $0.n.bincount() },
        Case("bincount-weights") {
            try $0.n.bincount(weights: Tensor([0.5, 1, 2, 4, 8, 16], dtype: .float32), minLength: 6)
        },
    ]

    nonisolated static let views: [Case] = [
        Case("movedim") { try $0.batch.movedim(from: 1, to: -1) },
        Case("unflatten") { try $0.batch.unflatten(dim: -1, into: [2, -1]) },
        Case("squeeze") { try $0.image.squeeze(dim: 0) },
        Case("diagonal") { try $0.batch.diagonal(offset: 1, dim1: 1, dim2: 2) },
        Case(several: "split") { try $0.b.split(3) },
        Case(several: "split-sizes") { try $0.b.split([1, 3, 1], dim: 1) },
        Case(several: "chunk") { try $0.b.chunk(2, dim: 1) }, Case(several: "unbind") { try $0.a.unbind(dim: 1) },
        Case(several: "meshgrid") { try Tensor.meshgrid([$0.n[0..<2], $0.n[2..<5]]) },
        Case("repeat") { try $0.a.repeat([2, 1, 2]) }, Case("tile") { try $0.a.tile([2]) },
        Case("repeat-interleave") { try $0.a.repeatInterleave(2, dim: 0) },
        Case("repeat-interleave-flat") { try $0.n.repeatInterleave(2) },
        Case("repeat-interleave-counts") { try $0.n.repeatInterleave($0.n) }, Case("flip") { try $0.a.flip(dim: -1) },
        Case("flip-dims") { try $0.batch.flip(dims: [0, 2]) }, Case("roll") { try $0.a.roll(1, dim: 1) },
        Case("roll-dims") { try $0.a.roll([1, -1], dims: [0, 1]) },
        Case("pad") { try $0.a.pad([1, 0, 0, 2], with: 7) },
        Case("tril") { try $0.square.tril() }, Case("triu") { try $0.square.triu(diagonal: 1) },
        Case("diag") { try $0.n.diag() }, Case("diag-of-matrix") { try $0.square.diag(diagonal: -1) },
        Case("stack") { try Tensor.stack([$0.a, $0.c], dim: -1) },
        Case("cat") { try Tensor.cat([$0.a, $0.c], dim: -1) },
    ]

    nonisolated static let subscripts: [Case] = [
        Case("closed") { try $0.grid[.all, 0...1] }, Case("closed-last") { try $0.grid[.all, -2 ... -1] },
        Case("from") { try $0.grid[.ellipsis, 1...] }, Case("from-end") { try $0.grid[.all, (-1)...] },
        Case("up-to") { try $0.grid[.all, ..<2] }, Case("up-to-end") { try $0.grid[.ellipsis, ..<(-1)] },
        Case("through") { try $0.grid[.ellipsis, ...2] }, Case("slice") { try $0.grid[.all, .slice(1, -1), .every(2)] },
        Case("ellipsis") { try $0.grid[1, .ellipsis, 2] }, Case("ellipsis-alone") { try $0.grid[.ellipsis] },
        Case("new-axis") { try $0.grid[.all, .newAxis, 1, .ellipsis, .newAxis] },
        Case("mask") { try $0.grid[$0.grid .> 10] },
        Case("mask-of-two") { try $0.grid[.all, $0.grid[0].remainder(2) .== 0] },
        Case("mask-then-range") { try $0.grid[($0.grid .> 4).any(dim: -1), 1..<3] },
        Case("tensors") { try $0.grid[Tensor([0, 1]), .all, Tensor([1, 2])] },
        Case("tensor-last") { try $0.grid[0, .ellipsis, Tensor([1, 0])] },
        Case("matrix-of-indices") { try $0.b[$0.index.remainder(4)] }, Case("scalar-tensor") { try $0.grid[Tensor(1)] },
        Case("assigned") {
            let x = try $0.grid.clone()
            try x.set(0, 1..., to: 50)
            try x.set(1, .ellipsis, -1, to: Tensor([7, 8, 9]))
            try x.set(.all, 0, .every(2), to: Tensor([[1], [2]]))
            try x.set(x.remainder(5) .== 3, to: -1)
            try x.set(.all, Tensor([2, 0]), to: x[.all, Tensor([2, 0])] + 100)
            try x.set(Tensor([0, 1]), .all, Tensor([1, 2]), to: Tensor([70, 71, 72]))
            return x
        },
    ]

    nonisolated static let indexing: [Case] = [
        Case("gather") { try $0.a.gather(dim: 0, index: $0.index) },
        Case("take-along") { try $0.a.takeAlong(dim: 1, index: $0.a.argsort(dim: 1)) },
        Case("index-select") { try $0.b.indexSelect(dim: -1, index: $0.n[3...]) },
        Case("scatter") { try Tensor.zeros([3, 4]).scatter(dim: 0, index: $0.index, source: $0.c[..<2]) },
        Case("scatter-number") { try Tensor.zeros([3, 4]).scatter(dim: 0, index: $0.index, value: 2.5) },
        Case("scatter-add") { try $0.a.scatterAdd(dim: 0, index: $0.index, source: $0.c[..<2]) },
        Case("index-add") { try $0.a.indexAdd(dim: 0, index: Tensor([2, 0, 2]), source: $0.c) },
        Case("masked-select") { try $0.a.maskedSelect($0.a .> 0) },
        Case("masked-fill") { try $0.a.maskedFill($0.a .> 0, -1) },
        Case("nonzero") { try ($0.a .> 0.3).nonzero() }, Case("one-hot") { try $0.n.oneHot() },
        Case("one-hot-5") { try $0.n.oneHot(classCount: 5) },
    ]

    nonisolated static let creation: [Case] = [
        Case("linspace") { _ in try Tensor.linspace(-1, 1, steps: 5) },
        Case("arange-end") { _ in try Tensor.arange(4) },
        Case("arange-real") { _ in try Tensor.arange(0, 1, step: 0.3) },
        Case("eye-rectangular") { _ in try Tensor.eye(2, 3) }, Case("ones-like") { try $0.n.onesLike() },
        Case("zeros-like") { try $0.a.zerosLike() }, Case("full-like") { try $0.a.fullLike(1.5, dtype: .float64) },
        Case("matrix") { _ in try Tensor([[1, 2, 3], [4, 5, 6]]) },
        Case("rank-3") { _ in try Tensor([[[0.5, 1]], [[1.5, 2]]], dtype: .float32) },
        Case("rank-4") { _ in try Tensor([[[[1], [2]]], [[[3], [4]]]]) },
    ]

    nonisolated static let linearAlgebra: [Case] = [
        Case("bmm") { try $0.batch.bmm($0.other) }, Case("dot") { try $0.a[0].dot($0.c[0]) },
        Case("outer") { try $0.a[0].outer($0.b[0]) }, Case("trace") { try $0.square.trace() },
        Case("einsum") { try Tensor.einsum("bij,bjk->ik", $0.batch, $0.other) }, Case("cdist") { try $0.a.cdist($0.c) },
        Case("det") { try $0.square.det() }, Case("inverse") { try $0.square.inverse() },
        Case("solve") { try $0.square.solve($0.b) }, Case("singular-values") { try $0.a.svd().s },
        Case("svd-product") {
            let (u, s, vh) = try $0.a.svd(fullMatrices: false)
            return try u.matmul(s.diag()).matmul(vh)
        },
        Case("eigenvalues") { try $0.symmetric.eigh().values },
        Case("eigen-product") {
            let (values, vectors) = try $0.symmetric.eigh()
            return try vectors.matmul(values.diag()).matmul(vectors.transpose(0, 1))
        },
        Case("qr-product") {
            let (q, r) = try $0.b.qr()
            return try q.matmul(r)
        },
        Case("cholesky") { try $0.definite.cholesky() },
    ]

    nonisolated static let interpolation: [Case] = [
        Case("nearest") { try $0.image.interpolate(size: [6, 9]) },
        Case("nearest-scale") { try $0.image.interpolate(scale: 2) },
        Case("nearest-1d") { try $0.image[.all, 0].interpolate(size: [7]) },
        Case("nearest-3d") { try $0.image.unsqueeze(dim: 0).interpolate(size: [3, 2, 9]) },
        Case("linear") { try $0.image[.all, 0].interpolate(size: [9], mode: .linear) },
        Case("bilinear") { try $0.image.interpolate(size: [7, 5], mode: .bilinear) },
        Case("bilinear-scale") { try $0.image.interpolate(scale: 1.5, mode: .bilinear) },
        Case("bilinear-corners") { try $0.image.interpolate(size: [7, 5], mode: .bilinear, alignCorners: true) },
        Case("bilinear-antialias") { try $0.image.interpolate(size: [2, 3], mode: .bilinear, antialias: true) },
        Case("bicubic") { try $0.image.interpolate(size: [7, 9], mode: .bicubic) },
        Case("trilinear") { try $0.image.unsqueeze(dim: 0).interpolate(size: [3, 5, 7], mode: .trilinear) },
    ]

    nonisolated static let cases =
        functions + activations + arithmetic + comparisons + reductions + statistics + views + subscripts + indexing
        + creation + linearAlgebra + interpolation

    @Test("Each operator equals PyTorch's", arguments: cases)
    func equalsPyTorch(_ example: Case) throws {
        let goldens = try Goldens.tensors("torch/tensor.safetensors")
        let name = example.testDescription
        let results = try example.compute(Inputs())
        let expected = goldens[name].map { [$0] } ?? results.indices.compactMap { goldens["\(name).\($0)"] }
        #expect(!results.isEmpty && results.count == expected.count)
        for (result, golden) in zip(results, expected) {
            #expect(result.dtype == golden.dtype)
            #expect(result.shape == golden.shape)
            #expect(try result.allclose(golden, relative: 1e-5, absolute: 2e-6, equalNaN: true), "\(result)")
        }
    }

    @Test("The random numbers of a seed equal PyTorch's")
    func randomNumbers() throws {
        let goldens = try Goldens.tensors("torch/tensor.safetensors")
        try RandomState.seed(7)
        let results = [
            ("randint", try Tensor.randint(-3..<9, [2, 5])), ("rand-like", try Tensor.zeros([3, 4]).randLike()),
            ("randn-like", try Tensor.zeros([3, 4]).randnLike()), ("bernoulli", try Tensor.full([8], 0.5).bernoulli()),
            ("multinomial", try Tensor.arange(1, 9, dtype: .float32).multinomial(4)),
        ]
        for (name, result) in results {
            let golden = try #require(goldens[name])
            #expect(result.dtype == golden.dtype)
            try expectClose(result, golden, within: 1e-6, name)
        }
    }
}

private func pair(_ results: (values: Tensor, indices: Tensor)) -> [Tensor] { [results.values, results.indices] }

private func triple(_ results: (values: Tensor, inverse: Tensor, counts: Tensor)) -> [Tensor] {
    [results.values, results.inverse, results.counts]
}
