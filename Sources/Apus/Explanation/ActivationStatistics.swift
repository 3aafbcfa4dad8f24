/// What a layer gave for some pictures, in figures.
public struct ActivationStatistics: Sendable, Equatable, Codable {
    /// The layer's name.
    public let layer: String
    /// Its type, `ReLU`.
    public let type: String
    /// How many channels its result has.
    public let channels: Int
    /// The mean of all values.
    public let mean: Double
    /// Their standard deviation.
    public let standardDeviation: Double
    /// The share of values that are zero, 0 to 1.
    public let zeroShare: Double
    /// The channels that were zero at every place of every picture: nothing passes through them.
    public let deadChannels: [Int]
    /// The channels whose values hardly differ from place to place and from picture to picture: their deviation is below a
    /// hundredth of the layer's. Dead ones are not among them.
    public let constantChannels: [Int]

    /// How small a channel's deviation is, as a share of the layer's, where it counts as constant.
    static let constantBound = 0.01
}
