internal import Platform

/// Images in one folder whose names show the class: `cat.9586.jpg` is a `cat`.
///
/// The label is the part of the name before the first dot; classes are in the order of their UTF-8 bytes. Hidden files
/// do not count; folders and files that do not end as an image's are counted in `ignored`.
public struct FilenameLabelledFolder: ImageDataset {
    /// The folder that holds the images.
    public let path: String

    /// The labels, in the order of their UTF-8 bytes.
    public let classNames: [String]

    /// The files that were left out.
    public let ignored: IgnoredFiles

    private let files: [FilePath]
    private let fileLabels: [Int32]

    /// Lists the images of a folder; none is read yet.
    ///
    /// Throws where the folder is missing, unreadable or holds no image.
    public init(path: String) throws(DatasetError) {
        let root = FilePath(path)
        var ignored = IgnoredFiles()
        var files: [FilePath] = []
        var fileClasses: [[UInt8]] = []
        for entry in try root.dataEntries(ignored: &ignored) {
            let file = root.appending(entry.name)
            guard entry.kind == .file, PictureFiles.accepts(entry.name) else {
                ignored.add(file)
                continue
            }
            let label = String(fileName: entry.name.prefix { $0 != UInt8(ascii: ".") })
            try checkIsText(label, of: file)
            files.append(file)
            fileClasses.append(Array(label.utf8))
        }
        guard !files.isEmpty else {
            let found = ignored.count > 0 ? " \(ignored)." : ""
            throw DatasetError(
                .empty, path: path,
                "holds no image (\(PictureFiles.endings.joined(separator: ", "))).\(found)")
        }
        let classes = Set(fileClasses).sorted { $0.lexicographicallyPrecedes($1) }
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        self.path = path
        self.ignored = ignored
        self.files = files
        self.classNames = classes.map { String(decoding: $0, as: UTF8.self) }
        self.fileLabels = fileClasses.map { labels[$0, default: 0] }
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
}
