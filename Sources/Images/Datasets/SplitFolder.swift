internal import Platform

/// The parts that a dataset is split into.
enum SplitFolder: Hashable, CaseIterable {
    case training
    case validation
    case test

    /// The purpose of the part.
    var purpose: DatasetUnderstanding.Split {
        switch self {
        case .training: .train
        case .validation: .val
        case .test: .test
        }
    }
}

/// A name that shows the purpose of images: `train`, `seg_test`, `Validate`, `test_images`, `trainSet`, `train2017`.
struct SplitName: Hashable {
    enum Role: Hashable {
        case training
        case validation
        case test
        /// `eval`: validation, or test if there is another folder for validation.
        case evaluation
        /// Images for prediction.
        case unlabeled
    }

    let role: Role
    /// The other words of the name, which the folders of a split share: `seg` of `seg_train`.
    let rest: [String]

    /// Parses a name; nil if it shows no part, or several.
    init?(_ name: [UInt8]) {
        var rest: [String] = []
        var roles: [Role] = []
        for word in Self.words(of: name) {
            if let role = Self.role(of: word) {
                roles.append(role)
            } else if !Self.noise.contains(word) {
                rest.append(word)
            }
        }
        switch roles {
        case [.training, .validation]: role = .training
        case _ where roles.count == 1: role = roles[0]
        default: return nil
        }
        self.rest = rest
    }

    /// Whether a name only says that it contains images: `images`, `data`, `unknown`, `all`.
    static func isGeneric(_ name: [UInt8]) -> Bool {
        let words = words(of: name)
        return !words.isEmpty && words.allSatisfy { noise.contains($0) || ["unknown", "all", "none"].contains($0) }
    }

    /// Whether a name describes a piece of the data or related files rather than a class: `fold1`, `images_002`,
    /// `annotations`, `masks`.
    static func isPiece(_ name: [UInt8]) -> Bool {
        let words = words(of: name)
        return !words.isEmpty && words.allSatisfy { noise.contains($0) || pieces.contains($0) }
    }

    private static let pieces: Set = [
        "fold", "folds", "part", "parts", "batch", "batches", "shard", "chunk", "archive", "volume", "annotation",
        "annotations", "annots", "label", "labels", "mask", "masks", "trimaps", "ground", "truth", "groundtruth", "gt",
        "meta", "metadata", "raw", "original", "augmented", "resized", "labeled", "labelled", "unlabeled", "unlabelled",
    ]

    /// Whether the name shows a part other than training, and its other words match those of the training folder: they
    /// share one, or one of the names has none.
    fileprivate func isOtherPart(beside training: [String]) -> Bool {
        role != .training && (rest.isEmpty || training.isEmpty || !Set(rest).isDisjoint(with: training))
    }

    private static let roles: [String: Role] = [
        "train": .training, "training": .training, "trn": .training, "trainval": .training,
        "val": .validation, "valid": .validation, "validation": .validation, "validate": .validation,
        "vld": .validation, "dev": .validation,
        "test": .test, "testing": .test, "tst": .test, "holdout": .test,
        "eval": .evaluation, "evaluation": .evaluation, "evaluate": .evaluation,
        "pred": .unlabeled, "predict": .unlabeled, "prediction": .unlabeled, "predictions": .unlabeled,
        "unlabeled": .unlabeled, "unlabelled": .unlabeled, "inference": .unlabeled, "submission": .unlabeled,
    ]

    /// Words without information about the part.
    private static let noise: Set = [
        "set", "sets", "split", "image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "pics",
        "data", "dataset", "folder", "dir", "files", "samples",
    ]

    private static func role(of word: String) -> Role? {
        if let role = roles[word] { return role }
        // `trainset`, `testdata`
        return ["set", "data", "images", "imgs", "img"].lazy.filter { word.hasSuffix($0) }
            .compactMap { roles[String(word.dropLast($0.count))] }.first
    }

    /// The words in lower case, without numbers: split at punctuation, digits and a capital after a small letter.
    private static func words(of name: [UInt8]) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in String(fileName: name) {
            if !character.isLetter || wasLower && character.isUppercase {
                if !word.isEmpty { words.append(word.lowercased()) }
                word = ""
            }
            if character.isLetter { word.append(character) }
            wasLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word.lowercased()) }
        return words
    }
}

/// The folders of a split dataset, found by their names.
struct SplitFolders {
    /// The folder name of each part.
    let names: [SplitFolder: [UInt8]]
    /// Folders of images for prediction.
    let unlabeled: [[UInt8]]

    /// Finds the parts among the folders at a path; nil if the folders are not parts.
    ///
    /// Throws if they are parts with a problem: other folders next to them, two for one purpose, or none for training.
    init?(_ folders: [[UInt8]], at path: String) throws(DatasetError) {
        let named = folders.map { (name: $0, split: SplitName($0)) }
        // `train_station` and `test_tube` share no word, so they are classes.
        let training = named.compactMap(\.split).filter { $0.role == .training }
        let rest = training.map(\.rest).min { $0.count < $1.count } ?? named.compactMap(\.split).first?.rest
        // `single_prediction` belongs to `train` whatever its other words are.
        func isPart(_ split: SplitName?) -> Bool {
            split.map { $0.rest == rest || $0.role == .unlabeled && rest == [] } ?? false
        }
        let parts = named.filter { isPart($0.split) }
        let others = named.filter { !isPart($0.split) }
        let roles = Set(parts.compactMap(\.split?.role)).subtracting([.unlabeled])
        guard roles.contains(.training) else {
            guard others.isEmpty, !roles.isEmpty else { return nil }
            throw DatasetError(
                .ambiguous, path: path,
                "contains \(Self.listed(parts.map(\.name))) but no training folder. Add a folder train, or use the "
                    + "path of the intended folder.")
        }
        // A single "train" next to other folders may be a class of vehicles, but not next to only `TEST_SIMPLE`.
        guard roles.count > 1 || others.isEmpty else {
            guard others.allSatisfy({ $0.split?.isOtherPart(beside: rest ?? []) == true }) else { return nil }
            throw DatasetError(
                .ambiguous, path: path,
                "contains folders for training and evaluation whose names do not match: "
                    + "\(Self.listed((parts + others).map(\.name))). Name them train and test (or val), or "
                    + "differently if they are classes.")
        }
        guard others.isEmpty else {
            throw DatasetError(
                .ambiguous, path: path,
                "contains folders for training and evaluation (\(Self.listed(parts.map(\.name)))) and others next to "
                    + "them: \(Self.listed(others.map(\.name))). Move these elsewhere.")
        }
        var names: [SplitFolder: [UInt8]] = [:]
        func take(_ name: [UInt8], as split: SplitFolder) throws(DatasetError) {
            if let other = names.updateValue(name, forKey: split) {
                throw DatasetError(
                    .ambiguous, path: path,
                    "contains two folders for the same purpose: \(Self.listed([other, name])). Keep one of them.")
            }
        }
        for (name, split) in parts {
            switch split?.role {
            case .training: try take(name, as: .training)
            case .validation: try take(name, as: .validation)
            case .test: try take(name, as: .test)
            case .evaluation, .unlabeled, nil: break
            }
        }
        for (name, split) in parts where split?.role == .evaluation {
            try take(name, as: names[.validation] == nil ? .validation : .test)
        }
        self.names = names
        unlabeled = parts.filter { $0.split?.role == .unlabeled }.map(\.name)
    }

    private static func listed(_ names: [[UInt8]]) -> String {
        names.prefix(5).map { String(fileName: $0) }.joined(separator: ", ")
            + (names.count > 5 ? ", …" : "")
    }
}
