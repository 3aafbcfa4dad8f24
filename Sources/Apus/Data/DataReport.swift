public import Images
internal import TorchVision

/// What a check of a dataset found.
public struct DataReport: Sendable, Codable, Equatable {
    /// A part of the data: `train`, `val`, `test`, or `all` where it is not split.
    public struct Split: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// How many pictures it has, and how many of them can be read.
        public let pictures: Int, readable: Int
        /// The classes of which it has no picture.
        public let missingClasses: [String]
        /// How many times as many pictures its largest class has as its smallest that has any.
        public let imbalance: Double
    }

    /// The pictures of a class.
    public struct ClassCount: Sendable, Codable, Equatable {
        /// The class's name.
        public let name: String
        /// How many there are in each of `splits`.
        public let counts: [Int]
        /// How many there are in all.
        public var total: Int { counts.reduce(0, +) }
    }

    /// The least, the middle and the greatest of many numbers.
    public struct Range: Sendable, Codable, Equatable {
        /// The least.
        public let minimum: Double
        /// The middle; of two, their mean.
        public let median: Double
        /// The greatest.
        public let maximum: Double
    }

    /// The sizes of the pictures that can be read, turned upright.
    public struct Sizes: Sendable, Codable, Equatable {
        /// In pixels.
        public let width: Range, height: Range
        /// Width by height: above 1 a picture lies, below it stands.
        public let aspect: Range
    }

    /// How many pictures have something in common.
    public struct Tally: Sendable, Codable, Equatable {
        /// What that is.
        public let name: String
        /// How many they are.
        public let count: Int
    }

    /// A picture of the data.
    public struct Picture: Sendable, Codable, Equatable {
        /// Its file, or what the dataset calls it.
        public let path: String
        /// The part that it is in.
        public let split: String
        /// Its classes.
        public let labels: [String]
    }

    /// A picture that can't be read.
    public struct Unreadable: Sendable, Codable, Equatable {
        /// The picture.
        public let picture: Picture
        /// The kind of trouble, for programs.
        public let kind: ImageError.Code
        /// What is wrong, for people.
        public let reason: String
    }

    /// A file whose name ends as those of another format do.
    public struct WrongEnding: Sendable, Codable, Equatable {
        /// The file.
        public let path: String
        /// What it is.
        public let format: String
    }

    /// Pictures that are the same, or look the same.
    public struct DuplicateGroup: Sendable, Codable, Equatable {
        /// How much alike they are.
        public enum Kind: String, Sendable, Codable {
            /// The same bytes.
            case exact
            /// They look the same: see `PictureFingerprint`.
            case near
        }

        /// How much alike they are.
        public let kind: Kind
        /// The pictures, at least two; those to train with come first.
        public let pictures: [Picture]
        /// Whether they have different labels.
        public let hasConflict: Bool
        /// Whether they lie in different parts of the data, so that what is learnt is measured again.
        public let isLeak: Bool
    }

    /// Something that the user should know.
    public struct Finding: Sendable, Codable, Equatable {
        /// How bad it is.
        public enum Severity: String, Sendable, Codable {
            /// To be put right.
            case problem
            /// To be known; it may be meant so.
            case remark
        }

        /// What it is, for programs.
        public enum Kind: String, Sendable, Codable {
            /// Files that can't be read.
            case unreadable
            /// The same picture, or one that looks the same, in different parts.
            case leak
            /// The same picture with different labels.
            case conflict
            /// The same picture more than once.
            case duplicate
            /// Pictures that look the same.
            case nearDuplicate
            /// Classes without pictures in a part.
            case missingClass
            /// Classes of very different size.
            case imbalance
            /// Files whose names end as another format's.
            case wrongEnding
            /// Classes whose names differ only by case, Unicode normalization or blanks.
            case similarNames
        }

        /// How bad it is.
        public let severity: Severity
        /// What it is.
        public let kind: Kind
        /// How many pictures or classes it is about.
        public let count: Int
        /// It in words.
        public let message: String
    }

    /// The path of the data.
    public let path: String
    /// How it was read: where labels come from, which part serves what, what was left out.
    public let understanding: DatasetUnderstanding
    /// How it is laid out.
    public let layout: DatasetLocation.Layout
    /// Whether pictures may have several labels.
    public let isMultiLabel: Bool
    /// How many pictures there are.
    public let pictures: Int
    /// The parts, those to train with first.
    public let splits: [Split]
    /// The classes, in their order.
    public let classes: [ClassCount]
    /// The sizes; nil where no picture can be read.
    public let sizes: Sizes?
    /// What the pixels of those that can be read are made of, the most frequent first.
    public let modes: [Tally]
    /// The formats of the files that can be read, the most frequent first.
    public let formats: [Tally]
    /// The pictures that can't be read.
    public let unreadable: [Unreadable]
    /// The files whose names mislead.
    public let wrongEndings: [WrongEnding]
    /// Pictures that are there more than once, exact copies first.
    public let duplicates: [DuplicateGroup]
    /// What opening the data told, such as files that are ignored.
    public let notes: [String]
    /// All that the user should know, problems first.
    public let findings: [Finding]

    /// Whether there is something to be put right.
    public var hasProblems: Bool { findings.contains { $0.severity == .problem } }
}
