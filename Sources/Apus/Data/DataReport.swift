public import Images
internal import TorchVision

/// The results of checking a dataset.
public struct DataReport: Sendable, Codable, Equatable {
    /// A split of the data: `train`, `val`, `test`, or `all` if the data is not split.
    public struct Split: Sendable, Codable, Equatable {
        /// The name.
        public let name: String
        /// The number of images, and the number of readable images.
        public let images: Int, readable: Int
        /// The classes without an image in this split.
        public let missingClasses: [String]
        /// The ratio of the images of the largest class to those of the smallest nonempty class.
        public let imbalance: Double
    }

    /// The number of images of a class.
    public struct ClassCount: Sendable, Codable, Equatable {
        /// The name of the class.
        public let name: String
        /// The number of images in each of `splits`.
        public let counts: [Int]
        /// The total number of images.
        public var total: Int { counts.reduce(0, +) }
    }

    /// The minimum, median and maximum of numbers.
    public struct Range: Sendable, Codable, Equatable {
        /// The minimum.
        public let minimum: Double
        /// The median.
        public let median: Double
        /// The maximum.
        public let maximum: Double
    }

    /// The sizes of the readable images in their upright orientation.
    public struct Sizes: Sendable, Codable, Equatable {
        /// The width and height in pixels.
        public let width: Range, height: Range
        /// The width divided by the height: above 1 for landscape, below 1 for portrait.
        public let aspect: Range
    }

    /// The number of images with a common property.
    public struct Tally: Sendable, Codable, Equatable {
        /// The value of the property.
        public let name: String
        /// The number of images.
        public let count: Int
    }

    /// An image of the data.
    public struct Entry: Sendable, Codable, Equatable {
        /// The path of the file, or the name in the dataset.
        public let path: String
        /// The name of its split.
        public let split: String
        /// Its labels.
        public let labels: [String]
    }

    /// An unreadable image.
    public struct Unreadable: Sendable, Codable, Equatable {
        /// The image.
        public let image: Entry
        /// The error code.
        public let kind: ImageError.Code
        /// The error message.
        public let reason: String
    }

    /// A file with the extension of another format.
    public struct WrongEnding: Sendable, Codable, Equatable {
        /// The path of the file.
        public let path: String
        /// The actual format.
        public let format: String
    }

    /// Images that are duplicates or similar.
    public struct DuplicateGroup: Sendable, Codable, Equatable {
        /// The kinds of duplicates.
        public enum Kind: String, Sendable, Codable {
            /// The files have the same bytes.
            case exact
            /// The images are similar; see `ImageFingerprint`.
            case near
        }

        /// The kind of duplicates.
        public let kind: Kind
        /// The images, at least two, training images first.
        public let images: [Entry]
        /// Whether they have different labels.
        public let hasConflict: Bool
        /// Whether they are in different splits, so that training images are used for evaluation.
        public let isLeak: Bool
    }

    /// An issue of the dataset: a problem or a warning.
    public struct Finding: Sendable, Codable, Equatable {
        /// The severity of an issue.
        public enum Severity: String, Sendable, Codable {
            /// A problem that should be fixed.
            case problem
            /// A warning. The data may be intended this way.
            case warning = "remark"
        }

        /// The kinds of issues.
        public enum Kind: String, Sendable, Codable {
            /// Unreadable files.
            case unreadable
            /// The same image, or a similar one, in different splits: data leakage.
            case leak
            /// The same image with different labels.
            case conflict
            /// Duplicates of an image.
            case duplicate
            /// Similar images.
            case nearDuplicate
            /// Classes without images in a split.
            case missingClass
            /// Classes of very different size.
            case imbalance
            /// Files with the extension of another format.
            case wrongEnding
            /// Classes whose names differ only in case, Unicode normalization or spaces.
            case similarNames
        }

        /// The severity.
        public let severity: Severity
        /// The kind.
        public let kind: Kind
        /// The number of affected images, groups or classes.
        public let count: Int
        /// The description of the issue.
        public let message: String
    }

    /// The path of the data.
    public let path: String
    /// How the data was interpreted: the source of the labels, the use of each split, and what was left out.
    public let understanding: DatasetUnderstanding
    /// The layout of the data.
    public let layout: DatasetLocation.Layout
    /// Whether the data is multi-label.
    public let isMultiLabel: Bool
    /// The number of images.
    public let images: Int
    /// The splits, training first.
    public let splits: [Split]
    /// The classes, in their order.
    public let classes: [ClassCount]
    /// The sizes of the images; nil if no image is readable.
    public let sizes: Sizes?
    /// The pixel formats of the readable images, the most frequent first.
    public let modes: [Tally]
    /// The file formats of the readable images, the most frequent first.
    public let formats: [Tally]
    /// The unreadable images.
    public let unreadable: [Unreadable]
    /// The files with the extension of another format.
    public let wrongEndings: [WrongEnding]
    /// The duplicates, exact copies first.
    public let duplicates: [DuplicateGroup]
    /// The notes from opening the data, such as ignored files.
    public let notes: [String]
    /// The issues, problems first.
    public let findings: [Finding]

    /// Whether there are problems to fix.
    public var hasProblems: Bool { findings.contains { $0.severity == .problem } }
}
