internal import Platform

/// Images sorted into class folders: `root/ants/1.jpg`, `root/bees/7.png`.
///
/// It is like torchvision's `ImageFolder`, with defined behavior in special cases:
/// - Classes are the folders, in the order of their names' UTF-8 bytes.
/// - Hidden files and folders are ignored, and so is `__MACOSX`, which archives from a Mac contain.
/// - Images are the files that `ImageFiles` describes. Others are counted in `ignored`.
/// - Subfolders of a class folder are included, and links are followed.
/// - A class without images is an error, unless it is allowed.
/// - Images next to the class folders have no class, which is an error.
public struct ImageFolder: ImageDataset {
    /// The folder with the class folders.
    public let path: String

    /// The names of the class folders, in the order of their UTF-8 bytes.
    public let classNames: [String]

    /// The ignored files.
    public let ignored: IgnoredFiles

    /// The other contents of class folders.
    struct InnerFolders {
        let names: [[UInt8]]
        /// The number of images next to these folders.
        let ownCount: Int
    }

    /// The subfolders of each class.
    let innerFolders: [InnerFolders]

    private let files: [FilePath]
    private let fileLabels: [Int32]

    /// Lists the images of a folder without reading them.
    ///
    /// `path` is the folder with the class folders. Throws if it does not exist, is not readable or is empty, if there
    /// are images next to the class folders, or, unless `allowsEmptyClasses`, if a class has no images.
    ///
    /// `frameInterval` is the time between the frames of a video, which are read now and become images. Nil ignores
    /// videos. See `VideoReader`.
    public init(
        path: String, allowsEmptyClasses: Bool = false, frameInterval: Duration? = nil
    ) throws(DatasetError) {
        let root = FilePath(path)
        var ignored = IgnoredFiles()
        var looseImages = 0
        var folders: [FolderEntry] = []
        for entry in try root.dataEntries(ignored: &ignored) {
            if entry.kind == .folder {
                if entry.name != Array("__MACOSX".utf8) { folders.append(entry) }
            } else {
                ignored.add(root.appending(entry.name))
                looseImages += try root.holdsImage(entry, countsVideos: frameInterval != nil) ? 1 : 0
            }
        }
        guard !folders.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                "contains no class folders. Put the images of each class into a folder with its name.")
        }
        guard looseImages == 0 else {
            throw DatasetError(
                .ambiguous, path: path,
                "contains \(folders.count) folders and \(looseImages) images next to them. "
                    + "Move each image into the folder of its class.")
        }

        // A link within a class to a parent folder would assign every image to that class.
        let above = Set(
            sequence(first: root, next: { $0.appending("..") }).prefix(64).compactMap { $0.status()?.identity })
        var names: [String] = []
        var innerFolders: [InnerFolders] = []
        var files: [FilePath] = []
        var labels: [Int32] = []
        for folder in folders {
            let folderPath = root.appending(folder.name)
            guard let name = String(validating: folder.name, as: UTF8.self) else {
                throw DatasetError(
                    .unreadable, path: folderPath.text, "the name of this class folder is not UTF-8. Rename the folder."
                )
            }
            let tree = try ImageTree(
                of: folderPath, visited: above.union([folder.identity].compactMap(\.self)),
                frameInterval: frameInterval)
            labels += Array(repeating: Int32(names.count), count: tree.files.count)
            files += tree.files
            names.append(name)
            innerFolders.append(InnerFolders(names: tree.innerFolders, ownCount: tree.ownCount))
            ignored.merge(tree.ignored)
        }
        guard !files.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                "its \(folders.count) folders contain no images "
                    + "(\(ImageFiles.formats)).\(ignored.reasons)"
            )
        }
        self.path = path
        self.classNames = names
        self.innerFolders = innerFolders
        self.ignored = ignored
        self.files = files
        self.fileLabels = labels
        if !allowsEmptyClasses {
            try checkEveryClassHasImages()
        }
    }

    /// The number of images.
    public var count: Int { files.count }

    /// The index of the image's class in `classNames`.
    public func label(at index: Int) -> Int { Int(fileLabels[index]) }

    /// The path of the image's file.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads an image. Throws if its file cannot be read or is not an image.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(files[index]), options: options)
    }

    /// The file.
    public func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(files[index]) }

    private func checkEveryClassHasImages() throws(DatasetError) {
        let empty = zip(classNames, countsByClass).filter { $0.1 == 0 }.map(\.0)
        guard !empty.isEmpty else { return }
        let listed = empty.prefix(5).joined(separator: ", ") + (empty.count > 5 ? ", …" : "")
        throw DatasetError(
            .emptyClass, path: path,
            "\(empty.count == 1 ? "a class folder contains" : "\(empty.count) class folders contain") no images: "
                + "\(listed). "
                + "Add images (\(ImageFiles.formats)) or remove the folder.")
    }
}
