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
