internal import Archives
internal import Platform
internal import Web

/// Images without labels in the given order, for prediction.
public struct ImageList: ImageDataset {
    private var files: [FilePath] = []
    private let cache: String?
    /// The reason why there is no image at a position: an unreadable folder, or one without images.
    private var problems: [Int: ImageError] = [:]
    /// The first folder or archive that can't be read, or has no images.
    package private(set) var firstProblem: DatasetError?

    /// The files in folders that are not images.
    public private(set) var ignored = IgnoredFiles()

    /// Warnings for the user, one sentence each: ignored files, and differences between names and files.
    public private(set) var notes: [String] = []

    /// Lists files and folders, and images at URLs of web servers (http and https), which are fetched when they are
    /// read.
    ///
    /// A file is included whatever its name. From a folder and its subfolders, images are included, in the order of
    /// `ImageFolder`. For a folder that has no images or is not readable, reading the image at its
    /// position fails. Throws if nothing else is left.
    ///
    /// - Parameters:
    ///   - paths: Images, folders, archives, videos or URLs.
    ///   - cache: A folder that keeps fetched images; nil to fetch them each time.
    ///   - frameInterval: The time between the frames of videos, which are read now and become images; nil for no
    ///     videos.
    public init(paths: [String], cache: String? = nil, frameInterval: Duration? = nil) throws(DatasetError) {
        self.init(paths, isPartOfList: false, cache: cache, frameInterval: frameInterval)
        guard files.count == problems.count else { return }
        throw firstProblem
            ?? DatasetError(
                .empty, path: paths.first,
                "contains no images. Use images, or a folder that contains some "
                    + "(\(ImageFiles.formats))."
            )
    }

    /// Lists files and folders that are part of a longer list; the result may be empty. See `init(paths:)`.
    ///
    /// A name that does not exist as written may lack its extension, or have Windows separators or surrounding spaces,
    /// as in a list that `openDataset` reads.
    public init(partOfList paths: [String], cache: String? = nil) {
        self.init(paths, isPartOfList: true, cache: cache)
    }

    /// Lists the images of a folder, but not those in shards.
    package init(withoutShards folder: String) {
        self.init([folder], isPartOfList: true, cache: nil, readsShards: false)
    }

    /// Lists files and folders, with the videos in folders as they are: they can't be read as images.
    package init(withVideos paths: [String], cache: String?) {
        self.init(paths, isPartOfList: true, cache: cache, listsVideos: true)
    }

    private init(
        _ paths: [String], isPartOfList: Bool, cache: String?, frameInterval: Duration? = nil,
        listsVideos: Bool = false, readsShards: Bool = true
    ) {
        self.cache = cache
        var names = NamedFiles(root: FilePath(bytes: []), of: "the list")
        var archives: [String] = []
        defer { notes = archives + ignored.notes + names.notes }
        // A name such as `train-{000..099}.tar` that stands for nothing fails as a file that does not exist.
        for path in paths.flatMap({ path in (try? ShardSet.expanded(FilePath(path)).map(\.text)) ?? [path] }) {
            var root = FilePath(path)
            if root.webURL != nil {
                files.append(root)
                continue
            }
            if isPartOfList, root.foundStatus() == nil, let file = try? names.file(root.bytes) { root = file }
            let kind = root.foundStatus()?.kind
            // An image by its extension is not opened here.
            let isArchive = kind == .file && ImageFiles.kind(of: root.bytes) != .image && root.isArchive
            if let frameInterval, kind == .file, VideoReader.isVideo(path) {
                add(video: root, every: frameInterval)
                continue
            }
            guard kind == .folder || isArchive else {
                // Missing paths and other non-files fail when they are read, like any unreadable image, without
                // affecting the others.
                files.append(root)
                let name = root.text.lowercased()
                if firstProblem == nil, ArchiveFormat.extensions.contains(where: name.hasSuffix) {
                    let reason = kind == nil ? "this archive does not exist" : "this archive can't be read"
                    firstProblem = DatasetError(.unreadable, path: path, reason)
                }
                continue
            }
            do throws(DatasetError) {
                let tree = try ImageTree(
                    of: root, frameInterval: frameInterval, listsVideos: listsVideos, readsShards: readsShards,
                    passesOverUnreadable: true)
                archives += tree.archiveNotes
                files += tree.files
                ignored.merge(tree.ignored)
                for (folder, error) in tree.unreadable { add(folder, error) }
                guard tree.files.isEmpty, tree.unreadable.isEmpty else { continue }
                let notes = tree.ignored.notes.map { " \($0)." }.joined()
                throw DatasetError(
                    .empty, path: path,
                    "this folder contains no images (\(ImageFiles.formats)).\(notes)")
            } catch {
                add(root, error)
            }
        }
    }

    /// Adds the frames of a video. If it has none, reading the image at its position fails with the reason.
    private mutating func add(video: FilePath, every interval: Duration) {
        do throws(DatasetError) {
            let frames = try ignored.videos.frames(of: video, every: interval)
            files += frames
            guard frames.isEmpty else { return }
            throw DatasetError(
                .unreadable, path: video.text, ignored.videos.notes.first ?? "this video contains no frames")
        } catch {
            add(video, error)
        }
    }

    private mutating func add(_ folder: FilePath, _ error: DatasetError) {
        firstProblem = firstProblem ?? error
        problems[files.count] = ImageError(
            error.code == .system ? .system : .unreadable, path: folder.text, message: error.clause)
        files.append(folder)
    }

    /// A single class without a name, because the images have no labels.
    public var classNames: [String] { [""] }

    /// The number of images.
    public var count: Int { files.count }

    /// Always 0.
    public func label(at index: Int) -> Int { 0 }

    /// The path.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads the file.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: file(at: index), options: options)
    }

    /// The file. Throws for a folder without images at its position.
    public func encodedImage(at index: Int) throws -> EncodedImage? { try file(at: index) }

    private func file(at index: Int) throws(ImageError) -> EncodedImage {
        if let problem = problems[index] { throw problem }
        return EncodedImage(files[index], cache: cache)
    }
}
