/// Pictures without labels, in the order in which they are given: what is to be predicted.
public struct PictureList: ImageDataset {
    private let files: [FilePath]

    /// The files that folders hold and that are no pictures by their names.
    public let ignored: IgnoredFiles

    /// Lists files and folders.
    ///
    /// A file is taken whatever its name is; of a folder and of the folders within it, what is named as a picture, in
    /// the order of `ImageFolder`. Throws where a folder may not be read, and where nothing is left.
    public init(paths: [String]) throws(DatasetError) {
        var files: [FilePath] = []
        var ignored = IgnoredFiles()
        for path in paths {
            let root = FilePath(path)
            switch root.status()?.kind {
            case .folder:
                let tree = try PictureTree(of: root)
                files += tree.files
                ignored.merge(tree.ignored)
            case .file, .special, nil:
                // What is missing or no file fails when it is read, as any other picture that can't be, and the
                // others are not lost for it.
                files.append(root)
            }
        }
        guard !files.isEmpty else {
            throw DatasetError(
                .empty, path: paths.first,
                "holds no picture. Give pictures, or a folder that holds some (\(PictureFiles.endings.joined(separator: ", ")))."
            )
        }
        self.files = files
        self.ignored = ignored
    }

    /// One class without a name, as nothing is known about the pictures.
    public var classNames: [String] { [""] }

    /// How many pictures there are.
    public var count: Int { files.count }

    /// Always 0.
    public func label(at index: Int) -> Int { 0 }

    /// The path.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads the file.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(files[index]), options: options)
    }

    /// The file.
    public func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(files[index]) }
}
