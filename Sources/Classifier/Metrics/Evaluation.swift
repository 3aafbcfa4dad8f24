/// How well a classifier does on labeled images.
///
/// All probabilities are as the classifier gives them: with its temperature, where it is calibrated.
public struct Evaluation: Sendable, Codable, Equatable {
    /// One class's fraction.
    public struct ClassResult: Sendable, Codable, Equatable {
        /// The class's name.
        public let label: String
        /// Its place in the model's order.
        public let index: Int
        /// How many images of the class there were.
        public let support: Int
        /// How many of them were correct.
        public let correct: Int
        /// How many images were predicted as the class.
        public let predicted: Int
        /// Precision, recall and F1.
        public let scores: ClassScores
        /// Where there are two classes, or images may show several: the area under precision over recall.
        public let averagePrecision: Double?
        /// The same for the area under the receiver operating characteristic.
        public let areaUnderROC: Double?
    }

    /// The fraction of images of which a true class is among the k most probable.
    public struct TopAccuracy: Sendable, Codable, Equatable {
        /// How many classes count.
        public let k: Int
        /// The fraction.
        public let accuracy: ShareEstimate
    }

    /// The names of the model's classes, in its order.
    public let labels: [String]
    /// Whether images may show several classes.
    public let isMultiLabel: Bool
    /// How many images were evaluated.
    public let count: Int
    /// How many images could not be read.
    public let errors: Int
    /// The fraction whose most probable class is the true one, or one of several, 0 to 1.
    public let top1: Double
    /// The fraction of which a true class is among the five most probable, 0 to 1; with fewer classes, among all of
    /// them.
    public let top5: Double
    /// The fractions for each requested k, with their intervals; by default 1 and 5.
    public let topK: [TopAccuracy]
    /// The mean cross entropy between the probabilities and the truth.
    public let loss: Double
    /// The classes that have images or that images were predicted as, in the model's order.
    public let classes: [ClassResult]
    /// The names of the classes without images: there are no metrics for them. They count in the means
    /// where images were predicted as them, as scikit-learn counts.
    public let absentClasses: [String]
    /// The means over `classes`, each with the same weight (macro avg).
    public let macro: ClassScores
    /// The means over `classes`, weighted by their images (weighted avg).
    public let weighted: ClassScores
    /// Where images may show several classes: the scores of all decisions together.
    public let micro: ClassScores?
    /// Where images may show several classes: the mean of the classes' average precisions.
    public let meanAveragePrecision: Double?
    /// How often each class is predicted as each; nil where images may show several.
    public let confusion: ConfusionMatrix?
    /// How far the network's own probabilities can be trusted, without a temperature; nil where images may show several
    /// classes.
    public let uncalibrated: ConfidenceFigures?
    /// The same with the model's temperature; nil where it has none.
    public let calibrated: ConfidenceFigures?
    /// The temperature that the model's logits are divided by; nil where it has none.
    public let temperature: Double?
    /// How many images the model calls unknown, by its threshold; nil where it has none.
    public let unknown: UnknownFigures?
    /// Where there are two classes, or images may show several: the curves of each class that has images.
    public let curves: [ClassCurves]
    /// Images worth a look.
    public let gallery: EvaluationGallery

    /// The names of classes.
    public func names(of classes: [Int]) -> [String] { classes.map { labels[$0] } }
}

/// What a classifier's threshold for the unknown does.
public struct UnknownFigures: Sendable, Codable, Equatable {
    /// The lowest probability with which a class is predicted.
    public let threshold: Double
    /// How many images lie below it.
    public let count: Int
    /// The fraction of the others that is correct.
    public let accuracyOfKnown: Double
}
