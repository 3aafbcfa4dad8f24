/// What a check of a dataset's labels found.
public struct LabelReport: Sendable, Codable {
    /// How the labels that are likely wrong are ranked, the worst first.
    public enum Ranking: String, Sendable, Codable, CaseIterable {
        /// By the probability of the given label.
        case selfConfidence = "self-confidence"
        /// By how much more probable another label is.
        case normalizedMargin = "normalized-margin"
    }

    /// A picture whose label is likely wrong.
    public struct Issue: Sendable, Codable, Equatable {
        /// The picture with the label that it has.
        public let picture: PictureCollection.Picture
        /// Its place in the collection.
        public let index: Int
        /// The label that it has.
        public let given: String
        /// The label that is the most probable.
        public let likely: String
        /// The probability of the given label: the self-confidence.
        public let givenProbability: Double
        /// The probability of the likely one.
        public let likelyProbability: Double
        /// (p(given) - p(likely) + 1) / 2.
        public let normalizedMargin: Double
    }

    /// A class by its given label.
    public struct ClassFigures: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// How many pictures have this label.
        public let pictures: Int
        /// The mean probability that they have for it; nil without pictures.
        public let threshold: Double?
        /// How many of their labels are likely wrong.
        public let issues: Int
        /// How many pictures of each class this label stands for, in the order of the classes: a row of the confident
        /// joint, scaled to the number of pictures.
        public let estimatedTrueCounts: [Int]
    }

    /// How many pictures were judged.
    public let pictures: Int
    /// How many could not be read.
    public let unreadable: Int
    /// How many folds there were.
    public let folds: Int
    /// The share of labels that the prediction from the other folds equals.
    public let agreement: Double
    /// The classes.
    public let classes: [ClassFigures]
    /// The labels that are likely wrong, the worst first.
    public let issues: [Issue]
    /// The share of labels that the confident joint holds to be wrong.
    public let estimatedNoise: Double
}
