public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// The feature maps of a layer for an image, one per channel, the strongest first.
public struct FeatureMaps: Sendable {
    /// The path of the image.
    public let file: String
    /// The input of the network before normalization: the resized and cropped image.
    public let view: Image
    /// The layer.
    public let layer: NetworkLayer
    /// The requested maps, the strongest first.
    public let maps: [FeatureMap]
    /// The number of channels of the layer.
    public let channels: Int
}

/// The feature map of a channel.
public struct FeatureMap: Sendable {
    /// The index of the channel, from 0.
    public let channel: Int
    /// The mean absolute value, by which maps are ordered.
    public let strength: Double
    /// The values.
    public let map: ValueMap
}

extension FeatureMaps: Encodable {
    private enum CodingKeys: String, CodingKey { case file, layer, channels, maps }

    /// A summary of a channel.
    private struct Channel: Encodable {
        let channel: Int
        let strength: Double
        let minimum: Float
        let maximum: Float
    }

    /// Encodes all properties except the image and the values of the maps.
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
    /// Computes the feature maps of a layer for images.
    ///
    /// - Parameters:
    ///   - layer: the name of the layer, as in `layers()`.
    ///   - images: the images.
    ///   - limit: the largest number of maps of each image, the strongest ones; nil for all.
    ///   - reader: reads the maps of each image and the unreadable images. An error that it throws ends the work.
    /// - Throws: `ApusError` if there is no such layer or if it has no spatial maps.
    public func featureMaps(
        of layer: String, for images: any ImageDataset, limit: Int? = nil,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<FeatureMaps>>) async throws -> Void
    ) async throws {
        let layer = try mapLayer(layer)
        let network = try network
        let recorder = LayerRecorder(of: network)
        try await withEvents(readBy: reader) { events in
            for index in 0..<images.count {
                guard let image = try await prepared(images, index, events) else { continue }
                let maps = try withoutGradient {
                    let (_, output) = try recorder.run(keeping: layer.name) { try network(image.input) }
                    guard let maps = try output?.maps(images: 1) else {
                        throw ApusError(
                            .unsuitableLayer, name: layer.name,
                            "the layer '\(layer.name)' has no maps for this image", advice: "choose another layer")
                    }
                    let found = try Self.strongest(limit, of: maps[0])
                    for map in found {
                        try OutputCheck.demandFinite(
                            map.map.values, "values of the layer '\(layer.name)'", of: image.file, by: "LibTorch")
                    }
                    return found
                }
                try await events.sendAndWait(
                    .result(
                        FeatureMaps(
                            file: image.file, view: image.view, layer: layer, maps: maps,
                            channels: layer.maps?.channels ?? maps.count)))
            }
        }
    }

    /// Returns the maps of `[C, h, w]` with the highest mean absolute values, the strongest first.
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
