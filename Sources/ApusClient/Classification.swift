internal import Foundation

/// What a server answers for an image. It has the values of `apus predict --format json`.
public struct Classification: Sendable, Hashable {
    /// A class with its probability.
    public struct Candidate: Sendable, Hashable, Decodable {
        /// The name of the class.
        public let label: String
        /// The display name of the class; nil if the model has no display names.
        public let name: String?
        /// The index of the class, from 0.
        public let index: Int
        /// The probability, 0 to 1.
        public let probability: Double
    }

    /// The model that classified the image.
    public let model: String
    /// The version of the model.
    public let version: String
    /// The name of the image in the request.
    public let file: String
    /// The name of the most probable class, also if the image is rejected as unknown.
    public let label: String
    /// The display name of the most probable class; nil if the model has no display names.
    public let name: String?
    /// The index of the most probable class, from 0.
    public let index: Int
    /// The probability of the most probable class, 0 to 1.
    public let probability: Double
    /// Whether the image is rejected as unknown: the model has a threshold, and the probability is below it.
    public let isRejected: Bool
    /// The predicted labels, the most probable first; nil for single-label classifiers.
    public let labels: [String]?
    /// The display names of `labels`; nil if the model has no display names.
    public let names: [String]?
    /// The most probable classes, the best first.
    public let top: [Candidate]
    /// The logits without temperature; nil unless requested.
    public let logits: [Float]?
    /// The image with a heat map of the evidence for its class, as the bytes of a PNG file; nil unless requested.
    public let explanation: [UInt8]?

    /// The name of the most probable class for people: its display name, or the name of the class if there is none.
    public var displayName: String { name ?? label }
}

extension Classification: Decodable {
    private enum CodingKeys: String, CodingKey {
        case model, version, file, label, name, index, probability, unknown, labels, names, top, logits, explanation
    }

    /// Reads the JSON of a server.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decode(String.self, forKey: .model)
        version = try container.decode(String.self, forKey: .version)
        file = try container.decode(String.self, forKey: .file)
        label = try container.decode(String.self, forKey: .label)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        index = try container.decode(Int.self, forKey: .index)
        probability = try container.decode(Double.self, forKey: .probability)
        isRejected = try container.decodeIfPresent(Bool.self, forKey: .unknown) ?? false
        labels = try container.decodeIfPresent([String].self, forKey: .labels)
        names = try container.decodeIfPresent([String].self, forKey: .names)
        top = try container.decode([Candidate].self, forKey: .top)
        logits = try container.decodeIfPresent([Float].self, forKey: .logits)
        // Base64 in the text.
        explanation = try container.decodeIfPresent(Data.self, forKey: .explanation).map { [UInt8]($0) }
    }
}

/// The views of an image whose outputs are averaged: test-time augmentation.
public enum Crops: String, Sendable, Hashable, CaseIterable {
    /// The center.
    case center
    /// The corners and the center.
    case five
    /// The corners and the center, also mirrored.
    case ten
}
