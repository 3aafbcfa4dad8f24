internal import Platform

/// Images sorted into class folders: `root/ants/1.jpg`, `root/bees/7.png`.
///
/// As torchvision's `ImageFolder`, with each doubtful case decided once:
/// - Classes are the folders, in the order of their names' UTF-8 bytes.
/// - Hidden files and folders do not count, nor does `__MACOSX`, which archives made on a Mac bring along.
/// - Images are files that end in one of `PictureFiles.endings`, in any case; others are counted in `ignored`.
/// - Folders within a class folder are walked too, links are followed.
/// - A class without an image is an error, unless it is allowed.
/// - Images that lie next to the class folders have no class: that is an error too.
public struct ImageFolder: ImageDataset {
    /// The folder that holds the class folders.
    public let path: String

    /// The folders' names, in the order of their UTF-8 bytes.
    public let classNames: [String]

    /// The files that were left out.
    public let ignored: IgnoredFiles

    /// What the folder of a class holds besides the images of its own.
    struct InnerFolders {
        let names: [[UInt8]]
        /// How many images lie next to these folders.
        let ownCount: Int
    }

    /// The folders within each class.
    let innerFolders: [InnerFolders]

    private let files: [FilePath]
    private let fileLabels: [Int32]

    /// Lists the images of a folder; none is read yet.
    ///
    /// `path` is the folder that holds the class folders. Throws where it is missing, unreadable or empty, where
    /// images lie next to the class folders, and, unless `allowsEmptyClasses`, where a class has no image.
    public init(path: String, allowsEmptyClasses: Bool = false) throws(DatasetError) {
        let root = FilePath(path)
        var ignored = IgnoredFiles()
        var loosePictures = 0
        var folders: [FolderEntry] = []
        for entry in try root.dataEntries(ignored: &ignored) {
            if entry.kind == .folder {
                if entry.name != Array("__MACOSX".utf8) { folders.append(entry) }
            } else {
                ignored.add(root.appending(entry.name))
                loosePictures += entry.kind == .file && PictureFiles.accepts(entry.name) ? 1 : 0
            }
        }
        guard !folders.isEmpty else {
            throw DatasetError(
                .empty, path: path, "holds no class folders. Put the images of each class into a folder of its name.")
        }
        guard loosePictures == 0 else {
            throw DatasetError(
                .ambiguous, path: path,
                "holds \(folders.count) folders and \(loosePictures) images next to them. "
                    + "Move each image into the folder of its class.")
        }

        // A link from within a class to a folder that holds the dataset would give every image that class.
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
            let tree = try PictureTree(of: folderPath, visited: above.union([folder.identity].compactMap(\.self)))
            labels += Array(repeating: Int32(names.count), count: tree.files.count)
            files += tree.files
            names.append(name)
            innerFolders.append(InnerFolders(names: tree.innerFolders, ownCount: tree.ownCount))
            ignored.merge(tree.ignored)
        }
        guard !files.isEmpty else {
            let found = ignored.count > 0 ? " \(ignored)." : ""
            throw DatasetError(
                .empty, path: path,
                "its \(folders.count) folders hold no image (\(PictureFiles.endings.joined(separator: ", "))).\(found)"
            )
        }
        self.path = path
        self.classNames = names
        self.innerFolders = innerFolders
        self.ignored = ignored
        self.files = files
        self.fileLabels = labels
        if !allowsEmptyClasses {
            try checkEveryClassHasPictures()
        }
    }

    /// How many images there are.
    public var count: Int { files.count }

    /// The place of the image's class in `classNames`.
    public func label(at index: Int) -> Int { Int(fileLabels[index]) }

    /// The path of the image's file.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads an image. Throws where its file can't be read or holds none.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(files[index]), options: options)
    }

    /// The file.
    public func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(files[index]) }

    private func checkEveryClassHasPictures() throws(DatasetError) {
        let empty = zip(classNames, countsByClass).filter { $0.1 == 0 }.map(\.0)
        guard !empty.isEmpty else { return }
        let listed = empty.prefix(5).joined(separator: ", ") + (empty.count > 5 ? ", …" : "")
        throw DatasetError(
            .emptyClass, path: path,
            "\(empty.count == 1 ? "a class folder holds" : "\(empty.count) class folders hold") no image: \(listed). "
                + "Add images (\(PictureFiles.endings.joined(separator: ", "))) or remove the folder.")
    }
}
