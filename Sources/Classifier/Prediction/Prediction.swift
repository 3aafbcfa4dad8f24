/// A prediction for an image.
public struct Prediction: Sendable, Codable, Equatable {
    /// A class with its probability.
    public struct Candidate: Sendable, Codable, Equatable {
        /// The name of the class.
        public let label: String
        /// The display name of the class; nil if the model has no display names.
        public let name: String?
        /// The index of the class, from 0.
        public let index: Int
        /// The probability, 0 to 1: the softmax of the logits divided by the model's temperature, or the sigmoid of the
        /// logit for multi-label.
        public let probability: Double

        package init(label: String, name: String? = nil, index: Int, probability: Double) {
            (self.label, self.name, self.index, self.probability) = (label, name, index, probability)
        }

        /// The name of the class for people: its display name, or the name of the class if there is none.
        public var displayName: String { name ?? label }
    }

    /// The path of the image, or that of the video.
    public let file: String
    /// The time of the frame in seconds from the start of the video; nil for an image.
    public let time: Double?
    /// The name of the most probable class, also if the image is rejected as unknown.
    public let label: String
    /// The display name of the most probable class; nil if the model has no display names.
    public let name: String?
    /// The index of the most probable class, from 0.
    public let index: Int
    /// The probability of the most probable class, 0 to 1.
    public let probability: Double
    /// Whether the probability is below the model's threshold; nil if the model has no threshold.
    package let unknown: Bool?
    /// The predicted labels, with a probability above 0.5, the most probable first; nil for single-label classifiers.
    public let labels: [String]?
    /// The display names of `labels`; nil if the model has no display names.
    public let names: [String]?
    /// The most probable classes, the best first.
    public let top: [Candidate]
    /// The time for the image in milliseconds: its share of the time of its batch, including reading.
    package internal(set) var milliseconds: Double
    /// The logits without temperature; nil unless requested.
    public let logits: [Float]?

    /// The name of the most probable class for people: its display name, or the name of the class if there is none.
    public var displayName: String { name ?? label }

    /// The path of the image for people; of a frame with its time: `clip.mp4 0:12.0`.
    package var place: String { time.map { "\(file) \($0.videoTime)" } ?? file }

    /// Whether the image is rejected as unknown: the model has a threshold, and the probability is below it.
    public var isRejected: Bool { unknown == true }

    /// The time for the image: its share of the time of its batch, from the end of the batch before. Reading is
    /// included, so that all images of a batch have the same time. See `PassSummary` for the times of decoding and
    /// inference.
    public var duration: Duration { .milliseconds(milliseconds) }
}

/// The result for an image: a prediction or a failure.
public enum PredictionResult: Sendable {
    /// A prediction.
    case prediction(Prediction)
    /// The image is unreadable.
    case failure(file: String, message: String)
}

extension ImageInput {
    /// Returns the true class of an image if known: from the labels of the dataset, the name of the folder, or the part
    /// of the file name before the first dot if it is a class of the classifier.
    public func truth(at index: Int, for classifier: ImageClassifier) -> String? {
        if isLabeled { return images.classNames[images.label(at: index)] }
        let parts = images.name(at: index).split(separator: "/").map(String.init)
        let folder = parts.dropLast().last
        // A number in a file name is usually not the name of a class.
        let prefix = parts.last?.split(separator: ".").first.map(String.init).flatMap { Int($0) == nil ? $0 : nil }
        return [folder, prefix].lazy.compactMap { $0 }.compactMap(classifier.className).first
    }
}

extension ImageClassifier {
    /// Returns the class with a name or an alias.
    nonisolated func className(_ name: String) -> String? {
        indices(named: name).first.map { classes[$0] }
    }
}
