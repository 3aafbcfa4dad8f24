internal import Foundation

/// What makes probabilities of a classifier's logits that can be taken at their word, found on validation images and
/// kept in the model file.
public struct ModelCalibration: Sendable, Codable, Equatable {
    /// What the logits are divided by before the softmax: above 1 for a network that is too sure of itself, 1 where the
    /// images could not determine it.
    ///
    /// C. Guo et al.: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599.
    public let temperature: Double
    /// The probability of the most probable class below which an image is of no known class; nil where a class is
    /// always predicted.
    public let unknownThreshold: Double?
    /// The fraction of the validation images that reach the threshold, as it was asked for.
    public let knownShare: Double?
    /// How many images it was found on.
    public let pictures: Int

    /// Describes a calibration that was found elsewhere.
    ///
    /// - Throws: `ApusError` for a temperature that is no number above 0, or a threshold that is no probability.
    public init(
        temperature: Double, unknownThreshold: Double? = nil, knownShare: Double? = nil, pictures: Int
    ) throws(ApusError) {
        guard temperature > 0, temperature.isFinite else {
            throw ApusError(
                .invalidConfiguration, name: "temperature", value: temperature,
                "a temperature of \(temperature) is not possible", advice: "give a number above 0")
        }
        if let unknownThreshold, !(0...1).contains(unknownThreshold) {
            throw ApusError(
                .invalidConfiguration, name: "unknownThreshold", value: unknownThreshold,
                "a threshold of \(unknownThreshold) is not a probability", advice: "give a number from 0 to 1")
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

    /// Whether an image whose most probable class has this probability is of no known class.
    func isUnknown(_ probability: Double) -> Bool { unknownThreshold.map { probability < $0 } ?? false }
}
