internal import Torch

/// A path to a dataset and what kind of dataset lies there.
public struct DatasetLocation: Sendable, Hashable {
    /// How a folder says which class a picture has.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// A folder for each class. See `ImageFolder`.
        case classFolders
        /// `cat.1.jpg` and `dog.1.jpg` in one folder. See `FilenameLabelledFolder`.
        case labelsInFileNames
        /// The files of MNIST or Fashion-MNIST. See `MNIST`.
        case idxFiles
        /// A folder `train` and perhaps `val` and `test`, each of which is a dataset.
        case splitFolders
        /// A CSV or TSV file of lines `path,label[,split]`.
        case table
        /// A text file with the path of a picture on each line.
        case list
    }

    /// The path that was given.
    public let path: String

    /// What lies there.
    public let layout: Layout

    /// Looks at a folder, without reading a picture; a file ending in `csv`, `tsv`, `txt` or `lst` is known by that.
    ///
    /// `isPatternLabelled`: a pattern tells the labels, so that folders mean nothing but `train`, `val` and `test`.
    /// Throws where the path is missing, is no folder, may not be read, holds nothing of use, or mixes two layouts.
    public init(path: String, isPatternLabelled: Bool = false) throws(DatasetError) {
        self.path = path
        let root = FilePath(path)
        if let layout = Layout(fileEnding: PictureFiles.ending(of: root.bytes)), root.status()?.kind == .file {
            self.layout = layout
            return
        }
        var outputs = IgnoredFiles()
        let entries = try root.dataEntries(ignored: &outputs)
        if MNIST.exists(in: root, part: .training) || MNIST.exists(in: root, part: .test) {
            layout = .idxFiles
            return
        }
        let folders = entries.filter { $0.kind == .folder && $0.name != Array("__MACOSX".utf8) }
        let pictures = entries.count { $0.kind == .file && PictureFiles.accepts($0.name) }
        let splits = folders.compactMap { SplitFolder(name: $0.name) }
        // "train" alone beside other folders may well be a class of vehicles.
        let hasSplits = splits.contains(.training) && (splits.count > 1 || folders.count == 1)
        if pictures == 0, hasSplits {
            guard splits.count == folders.count else {
                let others = folders.filter { SplitFolder(name: $0.name) == nil }
                let listed = others.prefix(5).map { String(fileName: $0.name) }.joined(separator: ", ")
                throw DatasetError(
                    .ambiguous, path: path,
                    "holds folders for training and evaluation and others beside them: \(listed). Move those away.")
            }
            guard Set(splits).count == splits.count else {
                throw DatasetError(
                    .ambiguous, path: path,
                    "holds two folders for the same purpose, such as val and validation. Keep one of them.")
            }
            layout = .splitFolders
        } else if isPatternLabelled, pictures > 0 || !folders.isEmpty {
            layout = .labelsInFileNames
        } else if !folders.isEmpty, pictures > 0 {
            throw DatasetError(
                .ambiguous, path: path,
                "holds \(folders.count) folders and \(pictures) pictures beside them. Put every picture into the folder "
                    + "of its class, or put all into one folder with names like cat.1.jpg.")
        } else if !folders.isEmpty {
            layout = .classFolders
        } else if pictures > 0 {
            layout = .labelsInFileNames
        } else {
            throw DatasetError(
                .empty, path: path,
                "holds no pictures (\(PictureFiles.endings.joined(separator: ", "))). Make a folder for each class, put "
                    + "its pictures in, and give the path of the folder around them.")
        }
    }
}

extension DatasetLocation.Layout {
    fileprivate init?(fileEnding: String?) {
        switch fileEnding {
        case "csv", "tsv": self = .table
        case "txt", "lst": self = .list
        default: return nil
        }
    }
}

/// The folders that split a dataset, by the names that are in use.
enum SplitFolder: Hashable, CaseIterable {
    case training
    case validation
    case test

    init?(name: [UInt8]) {
        switch String(decoding: name, as: UTF8.self).lowercased() {
        case "train", "training": self = .training
        case "val", "valid", "validation": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }

    /// What the images of the folder are for.
    var purpose: DatasetUnderstanding.Split {
        switch self {
        case .training: .train
        case .validation: .val
        case .test: .test
        }
    }
}
