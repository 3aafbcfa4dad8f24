/// What a classifier predicts for one image.
public struct Prediction: Sendable, Codable, Equatable {
    /// A class and how probable it is.
    public struct Candidate: Sendable, Codable, Equatable {
        /// The class's name.
        public let label: String
        /// Its place among the classes, from 0.
        public let index: Int
        /// The softmax of the logits, divided by the model's temperature where it has one, 0 to 1; the sigmoid of its logit
        /// where an image may show several classes.
        public let probability: Double

        package init(label: String, index: Int, probability: Double) {
            (self.label, self.index, self.probability) = (label, index, probability)
        }
    }

    /// The image's path.
    public let file: String
    /// The most probable class, also where it is too improbable to be believed.
    public let label: String
    /// Its place among the classes, from 0.
    public let index: Int
    /// Its probability, 0 to 1.
    public let probability: Double
    /// Whether the probability lies below the model's threshold, so that the image is of no known class; nil where the
    /// model has no threshold.
    public let unknown: Bool?
    /// The classes that the image shows, each more probable than not, best first; nil where it can show but one.
    public let labels: [String]?
    /// The most probable classes, best first.
    public let top: [Candidate]
    /// The time that the image took: its part of its batch, from the file to the answer.
    public internal(set) var milliseconds: Double
    /// The network's outputs, not divided by a temperature, where they were asked for.
    public let logits: [Float]?
}

/// The answer for one image of many: a prediction, or why there is none.
public enum PredictionResult: Sendable {
    /// What the classifier predicts.
    case prediction(Prediction)
    /// The image could not be read.
    case failure(file: String, message: String)
}
