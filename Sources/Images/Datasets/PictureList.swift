internal import Platform

/// Images without labels, in the order in which they are given: what is to be predicted.
public struct PictureList: ImageDataset {
    private var files: [FilePath] = []
    /// Why there is nothing to read at a place: a folder that is closed to us, or holds no image.
    private var problems: [Int: ImageError] = [:]
    private var firstProblem: DatasetError?

    /// The files that folders hold and that are no images by their names.
    public private(set) var ignored = IgnoredFiles()

    /// What the user should know, one sentence each: what is ignored, and how names differ from files.
    public private(set) var notes: [String] = []

    /// Lists files and folders.
    ///
    /// A file is taken whatever its name is; of a folder and of the folders within it, what is named as an image, in
    /// the order of `ImageFolder`. A folder without images, or one that may not be read, fails in its place when its
    /// image is read. Throws where nothing else is left.
    public init(paths: [String]) throws(DatasetError) {
        self.init(paths, isPartOfList: false)
        guard files.count == problems.count else { return }
        throw firstProblem
            ?? DatasetError(
                .empty, path: paths.first,
                "holds no image. Give images, or a folder that holds some (\(PictureFiles.endings.joined(separator: ", ")))."
            )
    }

    /// Lists files and folders of a longer list, of which there may be none here. See `init(paths:)`.
    ///
    /// A name that is not there as it is written may lack its ending, have Windows separators or blanks at its ends, as
    /// in a list that `openDataset` reads.
    public init(partOfList paths: [String]) { self.init(paths, isPartOfList: true) }

    private init(_ paths: [String], isPartOfList: Bool) {
        var names = NamedFiles(root: FilePath(bytes: []), of: "the list")
        defer { notes = ignored.notes + names.notes }
        for path in paths {
            var root = FilePath(path)
            if isPartOfList, root.status() == nil, let file = try? names.file(root.bytes) { root = file }
            guard root.status()?.kind == .folder else {
                // What is missing or no file fails when it is read, as any other image that can't be, and the others
                // are not lost for it.
                files.append(root)
                continue
            }
            do throws(DatasetError) {
                let tree = try PictureTree(of: root, passesOverUnreadable: true)
                files += tree.files
                ignored.merge(tree.ignored)
                for (folder, error) in tree.unreadable { add(folder, error) }
                guard tree.files.isEmpty, tree.unreadable.isEmpty else { continue }
                let notes = tree.ignored.notes.map { " \($0)." }.joined()
                throw DatasetError(
                    .empty, path: path,
                    "this folder holds no image (\(PictureFiles.endings.joined(separator: ", "))).\(notes)")
            } catch {
                add(root, error)
            }
        }
    }

    private mutating func add(_ folder: FilePath, _ error: DatasetError) {
        firstProblem = firstProblem ?? error
        problems[files.count] = ImageError(
            error.code == .system ? .system : .unreadable, path: folder.text, message: error.clause)
        files.append(folder)
    }

    /// One class without a name, as nothing is known about the images.
    public var classNames: [String] { [""] }

    /// How many images there are.
    public var count: Int { files.count }

    /// Always 0.
    public func label(at index: Int) -> Int { 0 }

    /// The path.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads the file.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: file(at: index), options: options)
    }

    /// The file. Throws where a folder without images stands in its place.
    public func encodedImage(at index: Int) throws -> EncodedImage? { try file(at: index) }

    private func file(at index: Int) throws(ImageError) -> EncodedImage {
        if let problem = problems[index] { throw problem }
        return EncodedImage(files[index])
    }
}
