internal import Platform

/// What was understood of a dataset, for people and programs: its classes, where labels come from, which part of the data
/// serves which purpose, what was left out.
public struct DataDescription: Sendable, Codable, Equatable {
    /// The path of the data.
    public let path: String
    /// How many classes there are.
    public let classCount: Int
    /// The names of the classes.
    public let classes: [String]
    /// Whether an image may have several labels.
    public let isMultiLabel: Bool
    /// How the data were read.
    public package(set) var understanding: DatasetUnderstanding

    /// Describes a dataset that has been opened.
    public init(_ opened: OpenedDataset) {
        path = opened.location.path
        classCount = opened.classNames.count
        classes = opened.classNames
        isMultiLabel = opened.isMultiLabel
        understanding = opened.understanding
    }

    /// The description in two lines: the classes and where labels come from; the images and which of them serve what.
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
