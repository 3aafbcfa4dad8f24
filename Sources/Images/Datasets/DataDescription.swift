internal import Platform

/// A description of how a dataset was interpreted, for users and programs: its classes, the source of its labels, the
/// purpose of each part, and what was left out.
public struct DataDescription: Sendable, Codable, Equatable {
    /// The path of the data.
    public let path: String
    /// The number of classes.
    public let classCount: Int
    /// The names of the classes.
    public let classes: [String]
    /// Whether the dataset is multi-label.
    public let isMultiLabel: Bool
    /// How the data were read.
    public package(set) var understanding: DatasetUnderstanding

    /// Describes an opened dataset.
    public init(_ opened: OpenedDataset) {
        path = opened.location.path
        classCount = opened.classNames.count
        classes = opened.classNames
        isMultiLabel = opened.isMultiLabel
        understanding = opened.understanding
    }

    /// The description in two lines: the classes and the source of labels; the images and their purposes.
    public var lines: [String] { ["\(classLine); labels from \(labelLine)", imageLine] }

    /// `3 classes: ants, bees, wasps`.
    package var classLine: String {
        "\(classCount.grouped) \(classCount == 1 ? "class" : "classes")\(isMultiLabel ? ", several per image" : ""): "
            + enumeration(of: classes, atMost: 5)
    }

    /// `column "label" (named in the header), paths from column "file"`.
    package var labelLine: String {
        func words(_ choice: DatasetUnderstanding.Choice) -> String {
            choice.source + (choice.reason.map { " (\($0))" } ?? "")
        }
        return words(understanding.labels) + (understanding.paths.map { ", paths from \(words($0))" } ?? "")
    }

    /// `1,000 images for training (folder train), 200 for validation (folder val)`.
    package var imageLine: String {
        let parts = understanding.parts.filter { $0.images > 0 }
        guard parts.count > 1 || parts.first.map({ $0.split != .train }) == true else {
            return parts.first.map { "\(counted($0.images, "image")) (\($0.source)), not split" } ?? "no images"
        }
        return parts.enumerated().map { place, part in
            (place == 0 ? counted(part.images, "image") : part.images.grouped) + " for \(part.split.purpose) "
                + "(\(part.source))"
        }.joined(separator: ", ")
    }
}

extension DatasetUnderstanding.Split {
    fileprivate var purpose: String {
        switch self {
        case .train: "training"
        case .val: "validation"
        case .test: "testing"
        }
    }
}

/// An error of a dataset: the path or class, the problem, and what to do.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, for programs; the description is for users.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The path does not exist.
        public static let missing = Self(rawValue: "missing")
        /// The path is a file, but a folder is needed.
        public static let notAFolder = Self(rawValue: "notAFolder")
        /// The system denies reading it.
        public static let unreadable = Self(rawValue: "unreadable")
        /// The machine failed, not the data: too many open files, no memory, or a faulty disk.
        public static let system = Self(rawValue: "system")
        /// A folder without images.
        public static let empty = Self(rawValue: "empty")
        /// At least one class without images.
        public static let emptyClass = Self(rawValue: "emptyClass")
        /// Too few classes.
        public static let tooFewClasses = Self(rawValue: "tooFewClasses")
        /// A folder with more than one possible interpretation.
        public static let ambiguous = Self(rawValue: "ambiguous")
        /// A class that the list of classes does not contain, or contains twice.
        public static let unknownClass = Self(rawValue: "unknownClass")
        /// A data file with invalid content.
        public static let damagedFile = Self(rawValue: "damagedFile")
        /// A pattern that is not a regular expression with one capture group.
        public static let badPattern = Self(rawValue: "badPattern")
        /// A table whose columns have several possible interpretations, or none.
        public static let unclearColumns = Self(rawValue: "unclearColumns")
        /// An option that does not apply to the data, or that contradicts another.
        public static let badOption = Self(rawValue: "badOption")
        /// A split or a limit that is not possible with these images.
        public static let impossibleSplit = Self(rawValue: "impossibleSplit")
        /// An archive whose bytes are damaged or incomplete.
        public static let archiveDamaged = Self(rawValue: "archiveDamaged")
        /// An archive with a name that leads out of it.
        public static let archiveUnsafe = Self(rawValue: "archiveUnsafe")
        /// An archive with two files of one name, or a file where a folder is needed.
        public static let archiveDuplicate = Self(rawValue: "archiveDuplicate")
        /// A ZIP archive with files that share bytes.
        public static let archiveOverlap = Self(rawValue: "archiveOverlap")
        /// A ZIP archive with an encrypted file.
        public static let archiveEncrypted = Self(rawValue: "archiveEncrypted")
        /// A kind of archive or compression that is not supported, or whose library is absent.
        public static let archiveUnsupported = Self(rawValue: "archiveUnsupported")
        /// An archive with too many files, or that decompresses to more than is plausible or fits on the disk.
        public static let archiveTooLarge = Self(rawValue: "archiveTooLarge")
    }

    /// The kind of error.
    public let code: Code

    /// The path, if there is one.
    public let path: String?

    /// The problem and what to do, without the path.
    public let message: String

    /// Creates an error from its kind, path and message.
    public init(_ code: Code, path: String? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The message without its final full stop, to embed it in another one.
    package var clause: String { message.hasSuffix(".") ? String(message.dropLast()) : message }

    /// The path and the message, for display.
    public var description: String {
        path.map { "\($0): \(message)" } ?? message
    }
}
