internal import Platform

/// A path to a dataset and what kind of dataset lies there.
public struct DatasetLocation: Sendable, Hashable {
    /// How a folder shows which class an image has.
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
        /// A text file with the path of an image on each line.
        case list
    }

    /// The path that was given.
    public let path: String

    /// What lies there.
    public let layout: Layout

    /// The folder that has the layout: that of the path, or the only one in it (`photos/photos/cats`).
    let folder: FilePath

    /// Looks at a folder, without reading an image; a file ending in `csv`, `tsv`, `txt` or `lst` is known by that.
    ///
    /// `isPatternLabelled`: a pattern gives the labels, so that folders mean nothing but `train`, `val` and `test`.
    /// Throws where the path is missing, is no folder, may not be read, holds nothing of use, or mixes two layouts.
    public init(path: String, isPatternLabelled: Bool = false) throws(DatasetError) {
        try self.init(path: path, isPatternLabelled: isPatternLabelled, partOf: nil)
    }

    /// `partOf`: the classes known so far where the folder is for training or for evaluation, and holds no further parts.
    init(path: String, isPatternLabelled: Bool, partOf classes: [String]?) throws(DatasetError) {
        self.path = path
        let root = FilePath(path)
        guard let kind = try root.existingStatus()?.kind else {
            throw DatasetError(.missing, path: path, "there is no such file or folder. Check the path.")
        }
        if let layout = Layout(fileEnding: PictureFiles.ending(of: root.bytes)), kind == .file {
            (self.layout, folder) = (layout, root)
            return
        }
        var contents = try Contents(root)
        while let inner = try contents.wrapped(partOf: classes) { contents = inner }
        folder = contents.folder
        if MNIST.exists(in: folder, part: .training) || MNIST.exists(in: folder, part: .test) {
            layout = .idxFiles
            return
        }
        let (folders, pictures) = (contents.folders, contents.pictures)
        if classes == nil, try contents.splits != nil {
            layout = .splitFolders
        } else if isPatternLabelled, pictures > 0 || !folders.isEmpty {
            layout = .labelsInFileNames
        } else if !folders.isEmpty, pictures > 0 {
            throw DatasetError(
                .ambiguous, path: path,
                "holds \(folders.count) folders and \(pictures) images next to them. Put every image into the folder "
                    + "of its class, or put all into one folder with names like cat.1.jpg.")
        } else if !folders.isEmpty {
            layout = .classFolders
        } else if pictures > 0 {
            layout = .labelsInFileNames
        } else {
            throw DatasetError(
                .empty, path: path,
                "holds no images (\(PictureFiles.endings.joined(separator: ", "))). Make a folder for each class, put "
                    + "its images in, and give the path of the folder around them.")
        }
    }

    /// The parts that the folders of `splitFolders` are.
    var splits: SplitFolders? {
        get throws(DatasetError) { try Contents(folder).splits }
    }

    /// Whether a file is known as a table or a list by its ending.
    package static func isFileOfNames(_ path: String) -> Bool {
        Layout(fileEnding: PictureFiles.ending(of: FilePath(path).bytes)) != nil
            && FilePath(path).status()?.kind == .file
    }
}

/// What a folder holds.
private struct Contents {
    let folder: FilePath
    let folders: [FolderEntry]
    let pictures: Int

    init(_ folder: FilePath) throws(DatasetError) {
        self.folder = folder
        var outputs = IgnoredFiles()
        let entries = try folder.dataEntries(ignored: &outputs)
        folders = entries.filter { $0.kind == .folder && $0.name != Array("__MACOSX".utf8) }
        pictures = entries.count { $0.kind == .file && PictureFiles.accepts($0.name) }
    }

    /// The parts that the folders are; nil where they are none.
    var splits: SplitFolders? {
        get throws(DatasetError) { pictures > 0 ? nil : try SplitFolders(folders.map(\.name), at: folder.text) }
    }

    /// The only folder in this one, where it stands for this one: it has the same name, as archives have that were
    /// unpacked into a folder of their name, or it holds the parts of the data; in a part also one whose name shows no
    /// more than that it is that part, or that it holds images.
    func wrapped(partOf classes: [String]?) throws(DatasetError) -> Contents? {
        guard folders.count == 1, pictures == 0 else { return nil }
        let name = folders[0].name
        let hasSameName = name == folder.lastComponent
        if let classes {
            let role = SplitName(folder.lastComponent)?.role
            let isSamePart = SplitName(name).map { $0.role == role } ?? false
            guard hasSameName || isSamePart || SplitName.isGeneric(name),
                !classes.contains(where: { $0.utf8.elementsEqual(name) })
            else { return nil }
            return try Contents(folder.appending(name))
        }
        let inner = try Contents(folder.appending(name))
        if hasSameName { return inner.folders.isEmpty ? nil : inner }
        guard SplitName(name) == nil else { return nil }
        if let deeper = try inner.wrapped(partOf: nil) { return deeper }
        return inner.folders.count > 1 ? try inner.splits.map { _ in inner } : nil
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
