public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// The kernels of a convolution.
public struct Kernels: Sendable {
    /// The name of the layer.
    public let layer: String
    /// The number of kernels: the output channels of the layer.
    public let count: Int
    /// The channels of each kernel: the input channels of the layer, divided by its groups.
    public let channels: Int
    /// The size of a kernel.
    public let height: Int, width: Int
    /// The weights: kernel by kernel, channel by channel, row by row.
    public let values: [Float]

    /// Whether the kernels are small color images, like those of a first layer.
    public var areColored: Bool { channels == 3 }

    /// Returns the number of columns and rows of the grid, at most `limit` each.
    ///
    /// Color kernels fill a square in reading order. Otherwise each row has the channels of one kernel.
    public func gridSize(limit: Int) -> (columns: Int, rows: Int) {
        guard areColored || channels == 1 else { return (min(channels, limit), min(count, limit)) }
        let tiles = min(count, limit * limit)
        let columns = min(tiles, max(1, Int(Double(tiles).squareRoot().rounded(.up))))
        return (columns, (tiles + columns - 1) / columns)
    }

    /// Returns the kernels as a grid with a pixel for each weight, each kernel scaled to the full range of brightness.
    ///
    /// The minimum is dark and the maximum bright. All kernels of size 1 x 1 share a range, because each has only one
    /// value.
    ///
    /// - Parameter limit: the largest number of tiles in a row and in a column.
    /// - Throws: `TorchError` if there is not enough memory.
    public func grid(limit: Int = 32) throws -> Image {
        let (columns, rows) = gridSize(limit: limit)
        var tiles = try Tensor(values, shape: [count, channels, height, width])
        if !areColored {
            let kept = channels == 1 ? tiles : try tiles[0..<rows, 0..<columns]
            tiles = try kept.reshape([-1, 1, height, width])
        }
        tiles = try tiles[0..<columns * rows]
        return try Image(
            tiles.grid(
                perRow: columns, padding: height * width == 1 ? 0 : 1, normalize: true, scaleEach: height * width > 1,
                padValue: 1))
    }
}

extension ImageClassifier {
    /// Returns the kernels of a convolution.
    ///
    /// - Parameter layer: the name of the layer; nil for the first convolution.
    /// - Throws: `ApusError` if there is no such layer or if it is not a convolution.
    public func kernels(of layer: String? = nil) async throws -> Kernels {
        let convolutions = try network.namedModules.compactMap { name, module in
            (module as? Conv2d).map { (name: name, module: $0) }
        }
        guard let first = convolutions.first else {
            throw ApusError(
                .unsuitableLayer, "\(description.architecture) has no convolution")
        }
        guard let found = layer.map({ layer in convolutions.first { $0.name == layer } }) ?? first else {
            let near = Array(convolutions.map(\.name).nearest(to: layer ?? "", count: 3))
            throw ApusError(
                .unknownLayer, name: layer, suggestions: near,
                "\(description.architecture) has no convolution '\(layer ?? "")'",
                advice: "similar names: \(near.joined(separator: ", "))")
        }
        let shape = found.module.weight.shape
        return Kernels(
            layer: found.name, count: shape[0], channels: shape[1], height: shape[2], width: shape[3],
            values: try found.module.weight.array())
    }
}
