/// What computing in 8-bit integers costs and gains, both measured.
public struct QuantizationReport: Sendable, Codable {
    /// One way of computing.
    public struct Figures: Sendable, Codable {
        /// The share of pictures whose class is recognised, 0 to 1; nil where the pictures have no labels.
        public let top1: Double?
        /// How many pictures pass the network in a second, without their reading.
        public let picturesPerSecond: Double
        /// The size of the ONNX file in bytes.
        public let fileSize: Int
    }

    /// The network as it was.
    public let float32: Figures
    /// The network in 8-bit integers.
    public let int8: Figures
    /// The share of pictures for which both give the same class, 0 to 1.
    public let agreement: Double
    /// How many pictures the ranges of values were found with.
    public let calibrationPictures: Int
    /// How many pictures the figures were measured on.
    public let measuredPictures: Int
    /// Which pictures of the data the ranges were found with, for people.
    public let calibratedOn: String
    /// Which pictures of the data the figures were measured on, for people.
    public let measuredOn: String
    /// How many pictures could not be read.
    public let unreadable: Int

    /// How many times as fast the 8-bit network is.
    public var speedUp: Double { int8.picturesPerSecond / float32.picturesPerSecond }
}
