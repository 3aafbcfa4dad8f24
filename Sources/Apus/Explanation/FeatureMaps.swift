public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a layer made of a picture: a map for each channel, the strongest first.
public struct FeatureMaps: Sendable {
    /// The picture's path.
    public let file: String
    /// The layer's name.
    public let layer: NetworkLayer
    /// The maps that were asked for, the strongest first.
    public let maps: [FeatureMap]
    /// How many channels the layer has.
    public let channels: Int
}

/// What one channel of a layer made of a picture.
public struct FeatureMap: Sendable {
    /// The channel's number, from 0.
    public let channel: Int
    /// The mean of the absolute values, by which maps are ordered.
    public let strength: Double
    /// The values for the places of the picture.
    public let map: ValueMap
}

extension FeatureMaps: Encodable {
    private enum CodingKeys: String, CodingKey { case file, layer, channels, maps }

    /// A channel in short.
    private struct Channel: Encodable {
        let channel: Int
        let strength: Double
        let minimum: Float
        let maximum: Float
    }

    /// Writes all but the maps' values, which are many.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(layer, forKey: .layer)
        try container.encode(channels, forKey: .channels)
        try container.encode(
            maps.map { map in
                let range = map.map.range
                return Channel(
                    channel: map.channel, strength: map.strength, minimum: range.lowerBound, maximum: range.upperBound)
            }, forKey: .maps)
    }
}

extension ImageClassifier {
    /// Tells what a layer makes of pictures.
    ///
    /// - Parameters:
    ///   - layer: its name, as `layers()` has it.
    ///   - pictures: what passes the network, one after the other.
    ///   - limit: how many maps are kept of each picture, the strongest; nil keeps all.
    ///   - reader: reads the maps of each image when they are done, and the images that can't be read; what it throws ends
    ///     the work.
    /// - Throws: `ApusError` for a layer that is not there, or that tells no places apart.
    public func featureMaps(
        of layer: String, for pictures: any ImageDataset, limit: Int? = nil,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<FeatureMaps>>) async throws -> Void
    ) async throws {
        let layer = try mapLayer(layer)
        let network = try network
        let recorder = LayerRecorder(of: network)
        try await withEvents(readBy: reader) { events in
            for index in 0..<pictures.count {
                guard let picture = try await prepared(pictures, index, events) else { continue }
                let maps = try withoutGradient {
                    let (_, output) = try recorder.run(keeping: layer.name) { try network(picture.input) }
                    guard let maps = try output?.maps(pictures: 1) else {
                        throw ApusError(
                            .unsuitableLayer, name: layer.name,
                            "the layer '\(layer.name)' gives no maps for this image", advice: "choose another")
                    }
                    let found = try Self.strongest(limit, of: maps[0])
                    for map in found {
                        try OutputCheck.demandFinite(
                            map.map.values, "values of the layer '\(layer.name)'", of: picture.file, by: "LibTorch")
                    }
                    return found
                }
                try await events.sendAndWait(
                    .result(
                        FeatureMaps(
                            file: picture.file, layer: layer, maps: maps, channels: layer.maps?.channels ?? maps.count))
                )
            }
        }
    }

    /// The maps of `[C, h, w]` with the greatest mean absolute values, the strongest first.
    private static func strongest(_ limit: Int?, of maps: Tensor) throws -> [FeatureMap] {
        let best = try maps.abs().mean(dims: [1, 2]).topk(min(limit ?? maps.shape[0], maps.shape[0]), dim: 0)
        let strengths = try best.values.array(as: Double.self)
        let channels = try best.indices.array(as: Int.self)
        return try zip(channels, strengths).map { channel, strength in
            FeatureMap(
                channel: channel, strength: strength,
                map: ValueMap(width: maps.shape[2], height: maps.shape[1], values: try maps[channel].array()))
        }
    }
}
