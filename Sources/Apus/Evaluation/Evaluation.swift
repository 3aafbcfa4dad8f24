/// How well a classifier does on labelled pictures.
public struct Evaluation: Sendable, Codable, Equatable {
    /// One class's share.
    public struct ClassResult: Sendable, Codable, Equatable {
        /// The class's name.
        public let label: String
        /// How many pictures of the class there were.
        public let count: Int
        /// How many of them were recognised.
        public let correct: Int
        /// Where pictures may show several classes: the area under the curve of precision over recall.
        public let averagePrecision: Double?
    }

    /// How many pictures were evaluated.
    public let count: Int
    /// The share whose most probable class is the true one, or one of several, 0 to 1.
    public let top1: Double
    /// The share of which a true class is among the five most probable, 0 to 1; with fewer classes, among all of them.
    public let top5: Double
    /// Where pictures may show several classes: the mean of the classes' average precisions.
    public let meanAveragePrecision: Double?
    /// The mean cross entropy, weighed by pictures.
    public let loss: Double
    /// How many pictures could not be read.
    public let errors: Int
    /// The classes that have pictures, in the model's order.
    public let classes: [ClassResult]
}
