internal import Torch

/// The partition of an image's positions into windows of `side` by `side` in a Swin transformer, and its inverse.
///
/// Every second block first shifts the positions by half a window, so that neighbors from different windows meet.
/// Positions that wrap around are masked. This is torchvision's `shifted_window_attention` without the layers.
struct ShiftedWindows {
    private let side: Int
    /// The size of the input, and the next multiples of `side`.
    private let (batch, height, width, channels): (Int, Int, Int, Int)
    private let (rows, columns): (Int, Int)
    /// The shift of the positions; zero if one window covers a dimension.
    private let (verticalShift, horizontalShift): (Int, Int)

    /// Windows for `[N, H, W, C]`.
    init(of input: Tensor, side: Int, shift: Int) {
        self.side = side
        (batch, height, width, channels) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        (rows, columns) = ((height + side - 1) / side, (width + side - 1) / side)
        (verticalShift, horizontalShift) = (rows > 1 ? shift : 0, columns > 1 ? shift : 0)
    }

    private var count: Int { rows * columns }
    private var places: Int { side * side }
    private var isShifted: Bool { verticalShift + horizontalShift > 0 }

    /// `[N, H, W, C]` to `[N windows, positions, C]`, padded with zeros to whole windows.
    func cut(_ input: Tensor) throws -> Tensor {
        var x = input
        if rows * side > height || columns * side > width {
            x = try x.pad([0, 0, 0, columns * side - width, 0, rows * side - height])
        }
        if isShifted { x = try x.roll([-verticalShift, -horizontalShift], dims: [1, 2]) }
        return try x.reshape([batch, rows, side, columns, side, channels]).permute(dims: [0, 1, 3, 2, 4, 5])
            .reshape([batch * count, places, channels])
    }

    /// `[N windows, positions, C]` to `[N, H, W, C]`, with each position at its original location.
    func join(_ windows: Tensor) throws -> Tensor {
        var x = try windows.reshape([batch, rows, columns, side, side, channels]).permute(dims: [0, 1, 3, 2, 4, 5])
            .reshape([batch, rows * side, columns * side, channels])
        if isShifted { x = try x.roll([verticalShift, horizontalShift], dims: [1, 2]) }
        if rows * side > height { x = try x.narrow(dim: 1, from: 0, length: height) }
        if columns * side > width { x = try x.narrow(dim: 2, from: 0, length: width) }
        return try x.contiguous()
    }

    /// Queries, keys and values, `[N windows, heads, positions, C / heads]`, from the output of one layer.
    func split(_ combined: Tensor, heads: Int) throws -> [Tensor] {
        try combined.reshape([batch * count, places, 3, heads, channels / heads]).permute(dims: [2, 0, 3, 1, 4])
            .unbind()
    }

    /// The attention output: the values weighted by `softmax(scores)`, `[N windows, positions, C]`.
    ///
    /// - Parameters:
    ///   - scores: `[N windows, heads, positions, positions]`.
    ///   - values: `[N windows, heads, positions, C / heads]`.
    func attend(_ scores: Tensor, to values: Tensor) throws -> Tensor {
        var scores = scores
        if isShifted {
            let shape = scores.shape
            let mask = try mask().to(scores.device).to(scores.dtype)
            scores = try (scores.reshape([batch, count] + shape.dropFirst()) + mask).reshape(shape)
        }
        return try scores.softmax(dim: -1).matmul(values).transpose(1, 2).reshape([batch * count, places, channels])
    }

    /// A mask with -100 between positions that were apart before the shift, `[windows, 1, positions, positions]`.
    private func mask() throws -> Tensor {
        func region(_ place: Int, of size: Int, shift: Int) -> Int {
            shift == 0 || place < size - side ? 0 : place < size - shift ? 1 : 2
        }
        var values = [Float](repeating: 0, count: count * places * places)
        for window in 0..<count {
            let regions = (0..<places).map { place in
                let (y, x) = (window / columns * side + place / side, window % columns * side + place % side)
                return 3 * region(y, of: rows * side, shift: verticalShift)
                    + region(x, of: columns * side, shift: horizontalShift)
            }
            guard regions.contains(where: { $0 != regions[0] }) else { continue }
            for (first, region) in regions.enumerated() {
                let start = (window * places + first) * places
                for second in 0..<places where regions[second] != region { values[start + second] = -100 }
            }
        }
        return try Tensor(values, shape: [count, 1, places, places])
    }
}

/// The relative positions within a window.
enum RelativePositions {
    /// For each pair of positions, the row in a table of all `(2 side - 1)²` offsets, int64 `[side⁴]`.
    static func index(side: Int) throws -> Tensor {
        let places = 0..<side * side
        let rows = places.flatMap { first in
            places.map { second in
                let (y, x) = (first / side - second / side + side - 1, first % side - second % side + side - 1)
                return y * (2 * side - 1) + x
            }
        }
        return try Tensor(rows).to(Device.forNewTensors)
    }

    /// The values of the table `[(2 side - 1)², heads]` for each pair of positions: `[1, heads, side², side²]`.
    static func lookUp(_ table: Tensor, _ index: Tensor, side: Int) throws -> Tensor {
        try table.indexed(by: [index]).reshape([side * side, side * side, -1]).permute(dims: [2, 0, 1]).contiguous()
            .unsqueeze(dim: 0)
    }
}
