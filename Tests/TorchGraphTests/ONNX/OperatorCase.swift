import Testing
import Torch
import TorchNN

/// A small computation on images, `[N, 3, H, W]` in [0, 1], that tests one operator in one configuration.
struct OperatorCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Height and width.
    let size: [Int]
    let body: @Sendable (Tensor) throws -> Tensor

    init(_ name: String, _ size: [Int] = [8, 10], _ body: @escaping @Sendable (Tensor) throws -> Tensor) {
        (self.name, self.size, self.body) = (name, size, body)
    }

    var testDescription: String { name }

    /// The computation as a network from 8-bit pixels, `[N, H, W, 3]`, to `[N, outputs]`.
    final class Network: Module {
        private let body: (Tensor) throws -> Tensor

        init(_ operatorCase: OperatorCase) { body = operatorCase.body }

        func forward(_ pixels: Tensor) throws -> Tensor {
            let images = try (pixels.to(.float32) / 255).permute(dims: [0, 3, 1, 2])
            return try body(images).to(.float32).flatten(from: 1) * 1
        }
    }

    /// Pixels for this many images.
    func pixels(batch: Int) throws -> Tensor {
        let count = batch * size[0] * size[1] * 3
        let values = (0..<count).map { index -> UInt8 in
            let mixed = index * index * 31 + index / 7
            return UInt8(truncatingIfNeeded: mixed)
        }
        return try Tensor(values, shape: [batch] + size + [3])
    }
}

/// Numbers in place of weights: always the same, of both signs.
private func numbers(_ shape: [Int]) throws -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { index -> Float in Float((index * 7919 + 13) % 97) / 48 - 1 }
    return try Tensor(values, shape: shape)
}

private func call(_ name: String) -> Operator { Operator("aten::\(name)") }

/// Tokens `[N, 80, 3]`, as in a transformer.
private func tokens(_ images: Tensor) throws -> Tensor { try images.flatten(from: 2).transpose(1, 2) }

extension OperatorCase {
    static let all: [OperatorCase] =
        convolutions + normalizations + activations + poolings + shapes + parts + arithmetic + others

    static let convolutions = [
        OperatorCase("convolution with everything") {
            try call("conv2d")($0, numbers([4, 3, 3, 2]), numbers([4]), [2, 1], [1, 0], [1, 2], 1)
        },
        OperatorCase("convolution in groups, without bias, by defaults") {
            try call("conv2d")($0, numbers([6, 1, 3, 3]), Tensor?.none, 1, 1, 1, 3)
        },
        OperatorCase("convolution padded to the same size") {
            try call("conv2d.padding")($0, numbers([2, 3, 4, 3]), Tensor?.none, 1, "same")
        },
        OperatorCase("linear on a matrix") {
            try call("linear")($0.flatten(from: 1), numbers([5, 240]), numbers([5]))
        },
        OperatorCase("linear without bias") { try call("linear")($0.flatten(from: 1), numbers([5, 240])) },
        OperatorCase("linear on tokens") { try call("linear")(tokens($0), numbers([5, 3]), numbers([5])) },
        OperatorCase("linear on tokens without bias") { try call("linear")(tokens($0), numbers([5, 3])) },
    ]

    static let normalizations = [
        OperatorCase("batch normalization") {
            try call("batch_norm")(
                $0, numbers([3]), numbers([3]), numbers([3]), numbers([3]).abs(), false, 0.1, 1e-3, true)
        },
        OperatorCase("batch normalization without parameters") {
            try call("batch_norm")(
                $0, Tensor?.none, Tensor?.none, numbers([3]), numbers([3]).abs(), false, 0.1, 1e-5, true)
        },
        OperatorCase("layer normalization") {
            try call("layer_norm")(tokens($0), [3], numbers([3]), numbers([3]), 1e-6)
        },
        OperatorCase("layer normalization over two dimensions, bare") { try call("layer_norm")($0, [8, 10]) },
        OperatorCase("dropout in evaluation") { try call("dropout")($0 + 1, 0.5, false) + 1 },
    ]

    static let activations: [OperatorCase] =
        [
            "relu", "relu6", "sigmoid", "tanh", "silu", "hardsigmoid", "hardswish", "gelu", "elu", "hardtanh",
            "leaky_relu",
        ]
        .map { name in OperatorCase(name) { try call(name)($0 * 16 - 8) } }
        + [
            OperatorCase("hardtanh with bounds") { try call("hardtanh")($0 * 16 - 8, -2.5, 3.0) },
            OperatorCase("leaky_relu with a slope") { try call("leaky_relu")($0 - 0.5, 0.3) },
            OperatorCase("elu with alpha") { try call("elu")($0 * 6 - 3, 0.7) },
            OperatorCase("gelu by tanh") { try call("gelu")($0 * 6 - 3, "tanh") },
            OperatorCase("clamp") { try ($0 * 4).clamp(min: 1, max: 3) },
            OperatorCase("clamp below") { try ($0 * 4).clamp(max: 3) },
            OperatorCase("clamp above") { try ($0 * 4).clamp(min: 1) },
            OperatorCase("softmax") { try ($0 * 4).softmax(dim: 1) },
            OperatorCase("logarithm of softmax from the end") { try ($0 * 4).logSoftmax(dim: -2) },
        ]

    static let poolings = [
        OperatorCase("greatest of windows") { try call("max_pool2d")($0 - 1, [3, 2], [2, 2], [1, 1]) },
        OperatorCase("greatest of windows, by defaults") { try call("max_pool2d")($0 - 1, 2) },
        OperatorCase("greatest of windows, ceiling", [7, 8]) { try call("max_pool2d")($0 - 1, 3, 2, 0, 1, true) },
        OperatorCase("greatest of windows, ceiling that begins outside", [5, 6]) {
            try call("max_pool2d")($0 - 1, 2, 3, 1, 1, true)
        },
        OperatorCase("greatest of windows, dilated") { try call("max_pool2d")($0 - 1, 2, 1, 0, 3) },
        OperatorCase("mean of windows with padding that counts") { try call("avg_pool2d")($0, 3, 2, 1) },
        OperatorCase("mean of windows with padding that does not count") {
            try call("avg_pool2d")($0, 3, 2, 1, false, false)
        },
        OperatorCase("mean of windows, ceiling", [8, 7]) { try call("avg_pool2d")($0, 3, 2, 0, true) },
        OperatorCase("mean of windows, ceiling, padding that counts", [8, 9]) {
            try call("avg_pool2d")($0, [3, 4], 2, 1, true)
        },
        OperatorCase("mean of windows, ceiling, padding that does not count", [8, 9]) {
            try call("avg_pool2d")($0, [3, 4], 2, 1, true, false)
        },
        OperatorCase("adaptive mean to one") { try call("adaptive_avg_pool2d")($0, 1) },
        OperatorCase("adaptive mean to the same") { try call("adaptive_avg_pool2d")($0, [8, 10]) + 1 },
        OperatorCase("adaptive mean to a divisor") { try call("adaptive_avg_pool2d")($0, [4, 5]) },
        OperatorCase("adaptive mean to another size") { try call("adaptive_avg_pool2d")($0, [7, 3]) },
        OperatorCase("adaptive mean to a larger size") { try call("adaptive_avg_pool2d")($0, [11, 12]) },
        OperatorCase("adaptive maximum") { try call("adaptive_max_pool2d")($0, [2, 5]) },
    ]

    static let shapes = [
        OperatorCase("reshape with the batch first") { try $0.reshape([$0.shape[0], 24, 10]) * numbers([10]) },
        OperatorCase("reshape that folds the batch") {
            try $0.reshape([$0.shape[0] * 24, 10]).softmax(dim: 1).reshape([$0.shape[0], 240])
        },
        OperatorCase("windows, cut and put together") {
            let windows = try $0.view([$0.shape[0], 3, 2, 4, 5, 2]).permute(dims: [0, 2, 4, 3, 5, 1])
            let mixed = try windows.reshape([$0.shape[0] * 10, 8, 3]).softmax(dim: 1)
            return try mixed.view([$0.shape[0], 2, 5, 4, 2, 3]).permute(dims: [0, 5, 1, 3, 2, 4]).reshape([
                $0.shape[0], 3, 8, 10,
            ])
        },
        OperatorCase("flatten in the middle") { try $0.flatten(from: 1, to: 2) * numbers([10]) },
        OperatorCase("squeeze and unsqueeze") {
            try ($0.mean(dim: 2, keepDim: true).squeeze(dim: 2) * numbers([10])).unsqueeze(dim: -1).unsqueeze(dim: 1)
        },
        OperatorCase("transpose") { try $0.transpose(-1, 1) * numbers([3]) },
        OperatorCase("a fixed token for each image") { images in
            let token = try numbers([1, 1, 3]).expand([images.shape[0], -1, -1])
            return try Tensor.cat([token, tokens(images)], dim: 1)
        },
        OperatorCase("expand") { try $0.mean(dim: 1, keepDim: true).expand([-1, 4, -1, -1]) * numbers([10]) },
        OperatorCase("channels shuffled") { try call("channel_shuffle")(Tensor.cat([$0, $0 * 2], dim: 1), 3) },
        OperatorCase("contiguous, clone, detach") {
            try $0.permute(dims: [0, 2, 3, 1]).contiguous().clone().detach() + 1
        },
        OperatorCase("types") { try ($0 * 100).to(.int32).to(.float64).to(.float32) },
    ]

    static let parts = [
        OperatorCase("select") { try $0.select(dim: 1, index: -1) * numbers([10]) },
        OperatorCase("slice") { try $0[.all, 1..<3, .every(3), 2..<100] },
        OperatorCase("narrow") { try $0.narrow(dim: 3, from: -4, length: 4) },
        OperatorCase("flip") { try $0.flip(dims: [1, -1]) },
        OperatorCase("roll") { try call("roll")($0, [3, -4], [2, 3]) },
        OperatorCase("a table looked up") { images in
            let table = try numbers([6, 2]).indexed(by: [Tensor([5, 0, 0, 3, 2].map { $0 })])
            return try images.flatten(from: 1).narrow(dim: 1, from: 0, length: 5).matmul(table)
        },
        OperatorCase("index of the second dimension") { try $0.indexed(by: [nil, Tensor([2, 0, 1, 2])]) },
        OperatorCase("slices by number") { try $0.indexSelect(dim: 3, index: Tensor([9, 0, 4])) },
        OperatorCase("padding") { try call("constant_pad_nd")($0, [1, 2, 0, 3], 0.25) },
        OperatorCase("cat, split") { images in
            let parts = try images.split(3, dim: 3)
            return try Tensor.cat([parts[3], parts[0] * 2, parts[1]], dim: 3)
        },
        OperatorCase("chunk") { try Tensor.cat(call("chunk").tensors($0, 3, 1).reversed(), dim: 2) },
        OperatorCase("stack, unbind") { try Tensor.stack($0.unbind(dim: 1).reversed(), dim: 2) },
    ]

    static let arithmetic = [
        OperatorCase("numbers") { try (2 - ($0 + 1) * 3) / 7 - 0.25 },
        OperatorCase("tensors") { try ($0 + numbers([3, 1, 1])) * $0 / ($0 + 1) - numbers([10]) },
        OperatorCase("a factor in a sum") { try call("add.Tensor")($0, $0 * $0, 2.5) },
        OperatorCase("a factor in a difference") { try call("sub.Tensor")($0, $0 * $0, 3) },
        OperatorCase("a whole number in a reversed difference") { try call("rsub.Scalar")($0, 1, 2) },
        OperatorCase("functions") { try (($0 + 1).log() + ($0 - 3).exp() - ($0.pow(2) + 1).sqrt()).abs() },
        OperatorCase("reciprocal, negative") { try 1 / ($0 + 1) - (-$0) },
        OperatorCase("types of both sides") { try ($0 * 9).to(.int32) / Tensor([Int64(4)]) + ($0 * 9).to(.uint8) },
        OperatorCase("product of matrices") { try $0.matmul($0.transpose(2, 3)) },
    ]

    static let others = [
        OperatorCase("mean") { try $0.mean(dims: [2, 3]) },
        OperatorCase("mean, dimensions kept") { try $0 - $0.mean(dim: -1, keepDim: true) },
        OperatorCase("sum") { try $0.sum(dims: [1, 3]) },
        OperatorCase("length") { try $0 / call("linalg_vector_norm")($0, 2.0, [1], true) },
        OperatorCase("greatest") { try call("amax")($0, [1], true) },
        OperatorCase("where") { try Tensor.where($0 .> 0.5, $0 * 2, $0 - 1) },
        OperatorCase("mask") { try $0.maskedFill(($0 .< 0.3).logicalNot(), -1) },
        OperatorCase("attention") { images in
            let x = try tokens(images).reshape([images.shape[0], 4, 20, 3])
            let y = try call("scaled_dot_product_attention")(x, x * 2, x + 1)
            return try call("scaled_dot_product_attention")(
                y, x, x, numbers([20, 20]), DefaultArgument(), DefaultArgument(), 0.7)
        },
    ]
}
