internal import Foundation

/// What makes probabilities of a classifier's logits that can be taken at their word, found on validation pictures and
/// kept in the model file.
public struct ModelCalibration: Sendable, Codable, Equatable {
    /// What the logits are divided by before the softmax: above 1 for a network that is too sure of itself, 1 where the
    /// pictures could not tell.
    ///
    /// C. Guo et al.: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599.
    public let temperature: Double
    /// The probability of the most probable class below which a picture is of no known class; nil where a class is always
    /// told.
    public let unknownThreshold: Double?
    /// The share of the validation pictures that reach the threshold, as it was asked for.
    public let knownShare: Double?
    /// How many pictures it was found on.
    public let pictures: Int

    /// Describes a calibration that was found elsewhere.
    ///
    /// - Throws: `ApusError` for a temperature that is no number above 0, or a threshold that is no probability.
    public init(
        temperature: Double, unknownThreshold: Double? = nil, knownShare: Double? = nil, pictures: Int
    ) throws(ApusError) {
        guard temperature > 0, temperature.isFinite else {
            throw ApusError("a temperature of \(temperature) divides no logits; it is a number above 0")
        }
        guard unknownThreshold.map({ (0...1).contains($0) }) ?? true else {
            throw ApusError("a threshold of \(unknownThreshold ?? 0) is no probability; it lies between 0 and 1")
        }
        self.temperature = temperature
        self.unknownThreshold = unknownThreshold
        self.knownShare = knownShare
        self.pictures = pictures
    }

    /// Reads a calibration from a model file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            temperature: container.decode(Double.self, forKey: .temperature),
            unknownThreshold: container.decodeIfPresent(Double.self, forKey: .unknownThreshold),
            knownShare: container.decodeIfPresent(Double.self, forKey: .knownShare),
            pictures: container.decode(Int.self, forKey: .pictures))
    }

    /// Whether a picture whose most probable class has this probability is of no known class.
    func isUnknown(_ probability: Double) -> Bool { unknownThreshold.map { probability < $0 } ?? false }
}
