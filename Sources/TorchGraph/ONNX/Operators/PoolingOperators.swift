internal import ONNX
internal import Torch

extension ONNXOperators {
    static let poolings: [String: Writer] = [
        "max_pool2d": maxPool2d, "avg_pool2d": avgPool2d, "adaptive_avg_pool2d": adaptiveAvgPool2d,
        "adaptive_max_pool2d": adaptiveMaxPool2d,
    ]

    /// The movement of a window over height and width.
    private struct Window {
        let kernel: [Int]
        let stride: [Int]
        let padding: [Int]
        let dilation: [Int]
        /// The padding at the end of each dimension with which ONNX's rounding down gives PyTorch's output size.
        ///
        /// In ceil mode, the last window may extend past the end. The two formats then round differently, so the sizes
        /// of the trace are used instead of ONNX's own ceil mode.
        let end: [Int]

        init(_ call: ONNXCall, kernel: [Int], stride: [Int], padding: [Int], dilation: [Int] = [1, 1]) throws {
            (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
            let (input, output) = (try call.value(0), try call.output)
            let rank = call.shape(input).count
            end = try (0..<2).map { axis in
                let size = try call.fixedSize(input, rank - 2 + axis)
                let count = try call.fixedSize(output, rank - 2 + axis)
                let reach = (count - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
                return max(padding[axis], reach - size - padding[axis])
            }
        }

        var passesEnd: Bool { end != padding }
    }

    /// `max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)`.
    @Sendable private static func maxPool2d(_ call: ONNXCall) throws {
        let kernel = try call.ints(1, count: 2)
        let window = try Window(
            call, kernel: kernel, stride: call.ints(2, count: 2, default: kernel),
            padding: call.ints(3, count: 2, default: [0, 0]), dilation: call.ints(4, count: 2, default: [1, 1]))
        try call.finish(
            "MaxPool", [try call.input(0)],
            [
                "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride),
                "pads": .ints(window.padding + window.end), "dilations": .ints(window.dilation),
            ])
    }

    /// `avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)`.
    @Sendable private static func avgPool2d(_ call: ONNXCall) throws {
        guard !call.has(6) else { throw call.error("a custom divisor is not supported") }
        let kernel = try call.ints(1, count: 2)
        let window = try Window(
            call, kernel: kernel, stride: call.ints(2, count: 2, default: kernel),
            padding: call.ints(3, count: 2, default: [0, 0]))
        let countsPadding = try call.bool(5, default: true) && window.padding != [0, 0]
        guard countsPadding, window.passesEnd else {
            return try averagePool(call, window, pads: window.padding + window.end, countsPadding: countsPadding)
        }
        // The mean includes the zeros of the padding but nothing beyond them, so the zeros become part of the input.
        let zeros = [0, 0] + window.padding
        let padded = call.add(
            "Pad", [try call.input(0), try call.integers(zeros + zeros), try call.scalar(0, call.outputType)])
        let rest = zip(window.end, window.padding).map { $0 - $1 }
        try averagePool(call, window, input: padded, pads: [0, 0] + rest, countsPadding: false)
    }

    private static func averagePool(
        _ call: ONNXCall, _ window: Window, input: String? = nil, pads: [Int], countsPadding: Bool
    ) throws {
        try call.finish(
            "AveragePool", [try input ?? call.input(0)],
            [
                "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride), "pads": .ints(pads),
                "count_include_pad": .int(countsPadding ? 1 : 0),
            ])
    }

    /// `adaptive_avg_pool2d(input, output_size)`.
    @Sendable private static func adaptiveAvgPool2d(_ call: ONNXCall) throws {
        let (input, sizes, counts) = try adaptiveSizes(call)
        if counts == [1, 1] { return try call.finish("GlobalAveragePool", [input]) }
        if counts == sizes { return try call.finish(with: input) }
        if zip(sizes, counts).allSatisfy({ $0 % $1 == 0 }) {
            let kernel = zip(sizes, counts).map { $0 / $1 }
            return try call.finish("AveragePool", [input], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
        }
        // Windows of unequal sizes are computed as a product with a matrix on each side.
        let rows = try averages(call, of: sizes[0], into: counts[0])
        let columns = call.add(
            "Transpose", [try averages(call, of: sizes[1], into: counts[1])], ["perm": .ints([1, 0])])
        try call.finish("MatMul", [rows, call.add("MatMul", [input, columns])])
    }

    /// A matrix `[count, size]` whose rows average one window each: from ⌊i size / count⌋ to ⌈(i + 1) size / count⌉.
    private static func averages(_ call: ONNXCall, of size: Int, into count: Int) throws -> String {
        var matrix = [Float](repeating: 0, count: count * size)
        for row in 0..<count {
            let window = (row * size / count)..<(((row + 1) * size + count - 1) / count)
            for column in window { matrix[row * size + column] = 1 / Float(window.count) }
        }
        return call.constant(try Tensor(matrix, shape: [count, size]).to(call.outputType), "averages")
    }

    /// `adaptive_max_pool2d(input, output_size)`. Its second result, the indices of the maxima, is not used.
    @Sendable private static func adaptiveMaxPool2d(_ call: ONNXCall) throws {
        let (input, sizes, counts) = try adaptiveSizes(call)
        if counts == sizes { return try call.finish(with: input) }
        guard zip(sizes, counts).allSatisfy({ $0 % $1 == 0 }) else {
            throw call.error("\(counts) windows do not divide \(sizes)")
        }
        let kernel = zip(sizes, counts).map { $0 / $1 }
        let name = call.add("MaxPool", [input], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
        try call.finish(with: name)
    }

    private static func adaptiveSizes(_ call: ONNXCall) throws -> (input: String, sizes: [Int], counts: [Int]) {
        let (value, output) = (try call.value(0), try call.output)
        let rank = call.shape(value).count
        return (
            try call.input(0), try (rank - 2..<rank).map { try call.fixedSize(value, $0) },
            try (rank - 2..<rank).map { try call.fixedSize(output, $0) }
        )
    }
}
