internal import Platform
internal import Web

/// A path to a dataset and the kind of dataset there.
public struct DatasetLocation: Sendable, Hashable {
    /// How the class of an image is determined.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// A folder for each class. See `ImageFolder`.
        case classFolders
        /// `cat.1.jpg` and `dog.1.jpg` in one folder. See `FilenameLabeledFolder`.
        case labelsInFileNames
        /// The files of MNIST or Fashion-MNIST. See `MNIST`.
        case idxFiles
        /// A folder `train` and optionally `val` and `test`, each of which is a dataset.
        case splitFolders
        /// A CSV or TSV file with lines `path,label[,split]`.
        case table
        /// A text file with one image path per line.
        case list
        /// Tar archives in WebDataset's form: members `KEY.jpg` and `KEY.cls`, `KEY.json` or `KEY.txt`.
        case shards
    }

    /// The given path.
    public let path: String

    /// The layout of the dataset.
    public let layout: Layout

    /// The folder with this layout: that of the path, or its only subfolder (`photos/photos/cats`).
    let folder: FilePath

    private let countsVideos: Bool

    /// Examines a folder without reading images. A table or a list is recognized by its extension: `csv`, `tsv`, `txt`
    /// or `lst`. An archive (ZIP, tar, or tar with gzip or Zstandard) stands for the folder that was packed. A folder of
    /// tar archives, a list of them, and a name such as `train-{000000..000099}.tar` or `train-*.tar` are shards.
    ///
    /// `isPatternLabeled`: a pattern determines the labels, so that only the folders `train`, `val` and `test` have a
    /// meaning. `countsVideos`: videos count as images. Throws if the path does not exist, is not a folder, is not
    /// readable, has no usable content, or mixes two layouts, or if an archive is refused.
    public init(path: String, isPatternLabeled: Bool = false, countsVideos: Bool = false) throws(DatasetError) {
        try self.init(path: path, isPatternLabeled: isPatternLabeled, countsVideos: countsVideos, partOf: nil)
    }

    /// `partOf`: the known classes if the folder is a training or evaluation part without further parts.
    init(
        path: String, isPatternLabeled: Bool, countsVideos: Bool, partOf classes: [String]?
    ) throws(DatasetError) {
        self.path = path
        self.countsVideos = countsVideos
        let root = FilePath(path)
        guard root.webURL == nil else {
            throw DatasetError(
                .notAFolder, path: path,
                "data must be on this machine. Download it, or list the URLs of its images in a table.")
        }
        guard let kind = try root.existingStatus()?.kind else {
            if ShardSet.isPattern(root) {
                let parts = root.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                let plain = parts.prefix { !$0.contains { "{*?[".utf8.contains($0) } }.joined(separator: [
                    UInt8(ascii: "/")
                ])
                (layout, folder) = (.shards, FilePath(bytes: Array(plain)))
                return
            }
            throw DatasetError(.missing, path: path, "there is no such file or folder. Check the path.")
        }
        if let layout = Layout(fileExtension: root.fileExtension), kind == .file {
            if layout == .list, let line = try TextFile(root).lines.first, ShardSet.isName(line.bytes) {
                (self.layout, folder) = (.shards, root.parent)
                return
            }
            (self.layout, folder) = (layout, root)
            return
        }
        if kind == .file, !isPatternLabeled, let member = try root.dataMember(), member.place == nil,
            Shard.isShard(member.archive)
        {
            (layout, folder) = (.shards, root)
            return
        }
        var contents = try Contents(root, countsVideos: countsVideos)
        while let inner = try contents.wrapped(partOf: classes) { contents = inner }
        folder = contents.folder
        if MNIST.exists(in: folder, part: .training) || MNIST.exists(in: folder, part: .test) {
            layout = .idxFiles
            return
        }
        let (folders, images) = (contents.folders, contents.images)
        if classes == nil, try contents.splits != nil {
            layout = .splitFolders
        } else if isPatternLabeled, images > 0 || !folders.isEmpty {
            layout = .labelsInFileNames
        } else if folders.isEmpty, images == 0, contents.hasShards {
            layout = .shards
        } else if !folders.isEmpty, images > 0 {
            throw DatasetError(
                .ambiguous, path: path,
                "contains \(folders.count) folders and \(images) images next to them. Put every image into the folder "
                    + "of its class, or put all into one folder with names like cat.1.jpg.")
        } else if !folders.isEmpty {
            layout = .classFolders
        } else if images > 0 {
            layout = .labelsInFileNames
        } else {
            throw DatasetError(
                .empty, path: path,
                "contains no images (\(ImageFiles.formats)). Create a folder for each class, "
                    + "put its images in, and use the path of the parent folder.")
        }
    }

    /// The parts in the folders of `splitFolders`.
    var splits: SplitFolders? {
        get throws(DatasetError) { try Contents(folder, countsVideos: countsVideos).splits }
    }

    /// Whether a text file lists the images or shards.
    var isListed: Bool { layout == .list || layout == .shards && Self.isFileOfNames(path) }

    /// Whether the data is in shards, or its parts are.
    package var holdsShards: Bool {
        guard layout == .splitFolders, let splits = try? splits else { return layout == .shards }
        return splits.names.values.contains { (try? folder.appending($0).shards())?.isEmpty == false }
    }

    /// Whether a file is recognized as a table or a list by its extension.
    package static func isFileOfNames(_ path: String) -> Bool {
        Layout(fileExtension: FilePath(path).fileExtension) != nil
            && FilePath(path).foundStatus()?.kind == .file
    }
}

/// The content of a folder.
private struct Contents {
    let folder: FilePath
    let folders: [FolderEntry]
    let images: Int
    let hasShards: Bool
    private let countsVideos: Bool

    init(_ folder: FilePath, countsVideos: Bool) throws(DatasetError) {
        self.folder = folder
        self.countsVideos = countsVideos
        var outputs = IgnoredFiles()
        let entries = try folder.dataEntries(ignored: &outputs)
        folders = entries.filter { $0.kind == .folder && $0.name != Array("__MACOSX".utf8) }
        var images = 0
        for entry in entries where try folder.holdsImage(entry, countsVideos: countsVideos) { images += 1 }
        self.images = images
        hasShards = entries.contains { $0.kind == .file && ShardSet.isName($0.name) }
    }

    /// The parts in the folders; nil if there are none.
    var splits: SplitFolders? {
        get throws(DatasetError) { images > 0 ? nil : try SplitFolders(folders.map(\.name), at: folder.text) }
    }

    /// The only subfolder, if it stands for this folder: it has the same name, as in archives unpacked into a folder of
    /// their name, or it contains the parts of the data. In an archive, also if it contains only folders. In a part,
    /// also a subfolder whose name only describes the part or images.
    func wrapped(partOf classes: [String]?) throws(DatasetError) -> Contents? {
        guard folders.count == 1, images == 0 else { return nil }
        let name = folders[0].name
        let isArchive = folder.status()?.kind == .file
        let hasSameName = name == folder.lastComponent || isArchive && name == folder.archiveName
        if let classes {
            let role = SplitName(folder.lastComponent)?.role
            let isSamePart = SplitName(name).map { $0.role == role } ?? false
            guard hasSameName || isSamePart || SplitName.isGeneric(name),
                !classes.contains(where: { $0.utf8.elementsEqual(name) })
            else { return nil }
            return try Contents(folder.appending(name), countsVideos: countsVideos)
        }
        let inner = try Contents(folder.appending(name), countsVideos: countsVideos)
        if hasSameName { return inner.folders.isEmpty && !isArchive ? nil : inner }
        guard SplitName(name) == nil else { return nil }
        if isArchive, inner.images == 0, !inner.folders.isEmpty { return inner }
        if let deeper = try inner.wrapped(partOf: nil) { return deeper }
        return inner.folders.count > 1 ? try inner.splits.map { _ in inner } : nil
    }
}

extension DatasetLocation.Layout {
    fileprivate init?(fileExtension: String?) {
        switch fileExtension {
        case "csv", "tsv": self = .table
        case "txt", "lst": self = .list
        default: return nil
        }
    }
}
