/// How a dataset was read, and why so: what a user should be able to check before anything costs time.
public struct DatasetUnderstanding: Sendable, Codable, Equatable {
    /// What was chosen among several possibilities.
    public struct Choice: Sendable, Codable, Equatable {
        /// What was chosen, such as `column "label"`.
        public var source: String
        /// Why, such as `named in the header`; nil where nothing else was possible.
        public var reason: String?

        /// A choice and its reason.
        public init(_ source: String, because reason: String? = nil) {
            (self.source, self.reason) = (source, reason)
        }
    }

    /// The purposes that images are divided by.
    public enum Split: String, Sendable, Codable, CaseIterable {
        /// Images to learn from.
        case train
        /// Images to choose by.
        case val
        /// Images to measure with in the end.
        case test
    }

    /// A part of the data.
    public struct Part: Sendable, Codable, Equatable {
        /// What its images are for.
        public var split: Split
        /// Where they come from, such as `folder seg_train` or `rows with split "train"`.
        public var source: String
        /// How many images it has.
        public var images: Int

        /// A part of its properties.
        public init(_ split: Split, source: String, images: Int) {
            (self.split, self.source, self.images) = (split, source, images)
        }
    }

    /// How the data are laid out.
    public var layout: DatasetLocation.Layout
    /// Where the labels come from.
    public var labels: Choice
    /// Where the paths of images come from; nil where the images are found in folders.
    public var paths: Choice?
    /// Which part of the data serves which purpose. A single part is divided later, where that is asked for.
    public var parts: [Part]
    /// What was left out and why, one sentence each.
    public var leftOut: [String]

    /// An understanding of its properties.
    public init(
        layout: DatasetLocation.Layout, labels: Choice, paths: Choice? = nil, parts: [Part] = [],
        leftOut: [String] = []
    ) {
        self.layout = layout
        self.labels = labels
        self.paths = paths
        self.parts = parts
        self.leftOut = leftOut
    }
}
