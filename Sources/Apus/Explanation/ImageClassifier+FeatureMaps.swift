internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Tells what a layer makes of pictures.
    ///
    /// - Parameters:
    ///   - layer: its name, as `layers()` has it.
    ///   - pictures: what passes the network, one after the other.
    ///   - limit: how many maps are kept of each picture, the strongest; nil keeps all.
    ///   - body: called for each picture when it is done; what it throws ends the work.
    /// - Throws: `ApusError` for a layer that is not there, or that tells no places apart.
    public func featureMaps(
        of layer: String, for pictures: any ImageDataset, limit: Int? = nil,
        _ body: @Sendable (PictureResult<FeatureMaps>) throws -> Void
    ) async throws {
        let layer = try mapLayer(layer)
        let network = try network
        let recorder = LayerRecorder(of: network)
        try forEachPicture(pictures) { result in
            switch result {
            case .success(let picture):
                let maps = try withoutGradient {
                    let (_, output) = try recorder.run(keeping: layer.name) { try network(picture.input) }
                    guard let maps = try output?.maps(pictures: 1) else {
                        throw ApusError("the layer '\(layer.name)' gives no maps for this picture; choose another")
                    }
                    let found = try Self.strongest(limit, of: maps[0])
                    for map in found {
                        try OutputCheck.demandFinite(
                            map.map.values, "values of the layer '\(layer.name)'", of: picture.file, by: "LibTorch")
                    }
                    return found
                }
                try body(
                    .success(
                        FeatureMaps(
                            file: picture.file, layer: layer, maps: maps, channels: layer.maps?.channels ?? maps.count))
                )
            case .failure(let file, let message): try body(.failure(file: file, message: message))
            }
        }
    }

    /// The maps of `[C, h, w]` with the greatest mean absolute values, the strongest first.
    private static func strongest(_ limit: Int?, of maps: Tensor) throws -> [FeatureMap] {
        let best = try maps.abs().mean([1, 2]).topk(min(limit ?? maps.size(0), maps.size(0)), along: 0)
        let strengths = try best.values.array(as: Double.self)
        let channels = try best.indices.array(as: Int.self)
        return try zip(channels, strengths).map { channel, strength in
            FeatureMap(
                channel: channel, strength: strength,
                map: ValueMap(width: maps.size(2), height: maps.size(1), values: try maps[channel].array()))
        }
    }
}
