public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// The kernels of a convolution.
public struct Kernels: Sendable {
    /// The layer's name.
    public let layer: String
    /// How many there are: the layer's output channels.
    public let count: Int
    /// The channels of each, which are the layer's input channels, divided by its groups.
    public let channels: Int
    /// Their size, in pixels or places.
    public let height: Int, width: Int
    /// The weights: kernel by kernel, channel by channel, row by row.
    public let values: [Float]

    /// Whether a kernel is a small picture in colours, as those of a first layer are.
    public var areColored: Bool { channels == 3 }

    /// How many tiles the grid has in a row and in a column where not more than `limit` of each are wanted.
    ///
    /// Coloured kernels are tiles that fill a square, in reading order. Of others each row has the channels of one.
    public func gridSize(limit: Int) -> (columns: Int, rows: Int) {
        guard areColored || channels == 1 else { return (min(channels, limit), min(count, limit)) }
        let tiles = min(count, limit * limit)
        let columns = min(tiles, max(1, Int(Double(tiles).squareRoot().rounded(.up))))
        return (columns, (tiles + columns - 1) / columns)
    }

    /// The kernels as a grid, a pixel a weight, each brought to the whole range from dark to bright.
    ///
    /// A grey tile is dark where the weight is least and bright where it is greatest; of kernels of one place all tiles
    /// share a range, as each alone has but one value.
    ///
    /// - Parameter limit: how many tiles stand in a row and in a column, at most.
    /// - Throws: `TorchError` where memory is not to be had.
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
    /// The kernels of a convolution.
    ///
    /// - Parameter layer: its name; nil for the first, which looks at pixels.
    /// - Throws: `ApusError` for a layer that is not there, or that is no convolution.
    public func kernels(of layer: String? = nil) async throws -> Kernels {
        let convolutions = try network.namedModules.compactMap { name, module in
            (module as? Conv2d).map { (name: name, module: $0) }
        }
        guard let first = convolutions.first else {
            throw ApusError(
                .unsuitableLayer, "\(description.architecture) has no convolution, so there are no kernels")
        }
        guard let found = layer.map({ layer in convolutions.first { $0.name == layer } }) ?? first else {
            let near = Array(convolutions.map(\.name).nearest(to: layer ?? "", count: 3))
            throw ApusError(
                .unknownLayer, name: layer, suggestions: near,
                "\(description.architecture) has no convolution '\(layer ?? "")'",
                advice: "the nearest names are \(near.joined(separator: ", "))")
        }
        let shape = found.module.weight.shape
        return Kernels(
            layer: found.name, count: shape[0], channels: shape[1], height: shape[2], width: shape[3],
            values: try found.module.weight.array())
    }
}
