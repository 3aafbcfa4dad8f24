internal import CImage
internal import LibC
internal import Platform

/// The files of a folder that count as images.
///
/// Files with the extension of an image count without being opened, and files with the extension of something else do
/// not. Other files, and those without an extension, count if their first bytes are those of an image.
public enum ImageFiles {
    /// The extensions of image files, in lower case. Case is ignored.
    public static let extensions = [
        "jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "pgm", "ppm", "pbm", "pnm",
        "jpe", "jfif", "jif", "apng", "dib", "heics", "heifs", "hif", "avifs",
    ]

    /// The names of the formats, separated by commas.
    static let formats = ImageFacts.Format.allCases.map(\.rawValue).joined(separator: ", ")

    /// The extensions of files that are something else. A raw camera file is a TIFF by its bytes, and a backup, an
    /// incomplete download or the thumbnail of a video may be a JPEG, but none of them is meant.
    private static let otherExtensions: Set<String> = [
        // Text and tables.
        "txt", "lst", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "xmp", "aae", "yaml", "yml", "toml", "ini", "cfg",
        "conf", "log", "md", "rst", "tex", "bib", "html", "htm", "css", "svg", "names", "geojson", "cls",
        // Programs.
        "py", "pyc", "ipynb", "swift", "js", "ts", "c", "h", "cpp", "cc", "hpp", "java", "rs", "go", "r", "m", "sh",
        "bat", "ps1", "exe", "dll", "so", "o", "a", "url", "lnk", "torrent",
        // Documents.
        "pdf", "ps", "eps", "ai", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf",
        // Archives.
        "zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "iso", "dmg",
        // Video and audio.
        "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "mts", "m2ts", "wmv", "flv", "3gp", "ogv", "lrv",
        "thm", "mp3", "wav", "m4a", "flac", "ogg", "aac",
        // Raw camera files.
        "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef", "mos", "mrw", "nef",
        "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
        // Arrays, models and databases.
        "npy", "npz", "mat", "h5", "hdf5", "pkl", "pickle", "pt", "pth", "safetensors", "onnx", "parquet", "feather",
        "arrow", "tfrecord", "lmdb", "mdb", "db", "sqlite",
        // Incomplete files and backups.
        "bak", "orig", "old", "tmp", "temp", "part", "partial", "crdownload", "download", "swp", "lock",
    ]

    /// What the extension of a file's name shows.
    package enum Kind {
        /// An image.
        case image
        /// A file that is never opened as an image.
        case other
        /// Nothing: the first bytes decide.
        case unknown
    }

    /// Whether a file has the extension of an image.
    public static func accepts(name: String) -> Bool {
        accepts(Array(name.utf8))
    }

    static func accepts(_ name: [UInt8]) -> Bool { kind(of: name) == .image }

    /// What the extension of a file's name or path shows.
    package static func kind(of name: [UInt8]) -> Kind {
        guard let found = FilePath(bytes: name).fileExtension else { return .unknown }
        if extensions.contains(found) { return .image }
        return otherExtensions.contains(found) || name.last == UInt8(ascii: "~") ? .other : .unknown
    }
}

extension FilePath {
    /// Whether an entry of this folder is an image: by its extension, or by its first bytes if the extension is
    /// unknown. Only then it is opened.
    ///
    /// Throws if the machine fails (after retries for a while), because the images of a folder must not depend on that.
    ///
    /// - Parameter countsVideos: Whether a video counts as well.
    func holdsImage(_ entry: FolderEntry, countsVideos: Bool = false) throws(DatasetError) -> Bool {
        guard entry.kind == .file else { return false }
        if countsVideos, VideoReader.isVideo(entry.name) { return true }
        return switch ImageFiles.kind(of: entry.name) {
        case .image: true
        case .other: false
        case .unknown: try appending(entry.name).startsAsImage()
        }
    }

    /// Whether the first bytes of a file are those of an image. A file without read permission is none.
    private func startsAsImage() throws(DatasetError) -> Bool {
        try SystemFailure.retrying { () throws(DatasetError) -> Bool in
            // Enough for every format; see `cimage_detect`.
            var bytes = [UInt8](repeating: 0, count: 64)
            let file = withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
            let count = file < 0 ? -1 : pread(file, &bytes, bytes.count, 0)
            let code = errno
            if file >= 0 { close(file) }
            guard count >= 0 else {
                if code == ENOTDIR, let member = try dataMember() {
                    let start = (try? member.prefix(bytes.count)) ?? []
                    return cimage_detect(start, start.count, nil) != CIMAGE_FORMAT_NONE
                }
                if SystemFailure.includes(code) { throw failure(code) }
                return false
            }
            return cimage_detect(bytes, count, nil) != CIMAGE_FORMAT_NONE
        } while: {
            $0.code == .system
        }
    }
}

/// The files in a folder that a dataset ignores. Hidden files are not counted.
public struct IgnoredFiles: Sendable, Hashable, CustomStringConvertible {
    /// The number of files.
    public private(set) var count = 0

    /// The paths of the first files.
    public private(set) var examples: [String] = []

    /// The number of files with each extension; the empty string is for files without one.
    public private(set) var countsByExtension: [String: Int] = [:]

    /// The number of files and folders written by Apus, which are also ignored.
    public private(set) var outputCount = 0

    /// The paths of the first of these.
    public private(set) var outputExamples: [String] = []

    /// The videos whose frames are read, which are not ignored.
    var videos = VideoCounts()

    /// Creates an empty collection.
    public init() {}

    mutating func add(_ path: FilePath) {
        count += 1
        countsByExtension[path.fileExtension ?? "", default: 0] += 1
        if examples.count < 5 {
            examples.append(path.text)
        }
    }

    mutating func add(output path: FilePath) {
        outputCount += 1
        if outputExamples.count < 5 { outputExamples.append(path.text) }
    }

    mutating func merge(_ other: IgnoredFiles) {
        videos.merge(other.videos)
        outputCount += other.outputCount
        outputExamples += other.outputExamples.prefix(5 - outputExamples.count)
        count += other.count
        countsByExtension.merge(other.countsByExtension, uniquingKeysWith: +)
        examples += other.examples.prefix(5 - examples.count)
    }

    /// Warnings for the user: a sentence about files that are not images, and one about outputs of Apus.
    public var notes: [String] {
        var notes = count > 0 ? [description] : []
        if videoCount > 0 {
            notes.append(
                (videoCount == 1 ? "1 of these is a video" : "\(videoCount) of these are videos")
                    + "; `frameInterval = .seconds(1)` reads the frames of videos")
        }
        notes += videos.notes
        guard outputCount > 0 else { return notes }
        let shown = outputExamples.joined(separator: ", ") + (outputCount > outputExamples.count ? ", …" : "")
        return notes + [
            "\(outputCount == 1 ? "1 output of Apus is" : "\(outputCount) outputs of Apus are") left out: \(shown)"
        ]
    }

    /// The number of ignored videos.
    var videoCount: Int { countsByExtension.filter { VideoReader.extensions.contains($0.key) }.values.reduce(0, +) }

    /// Further sentences for an error: why there are no images.
    var reasons: String { notes.map { " \($0)." }.joined() }

    /// One sentence with the number, the reason and the first files. Empty if there are none.
    public var description: String {
        guard count > 0 else { return "" }
        let shown = examples.joined(separator: ", ") + (count > examples.count ? ", …" : "")
        let files = count == 1 ? "1 file is" : "\(count) files are"
        return "\(files) ignored (\(count == 1 ? "not an image" : "not images")): \(shown)"
    }
}

/// The images of a folder and of its subfolders.
struct ImageTree {
    /// The order is that of torchvision's `make_dataset`: by the folder's whole path, then by name.
    private(set) var files: [FilePath] = []
    private(set) var ignored = IgnoredFiles()
    /// Warnings about the archives among the folders, one sentence each.
    private(set) var archiveNotes: [String] = []
    private(set) var unreadable: [(folder: FilePath, error: DatasetError)] = []
    /// The names of the subfolders of the root.
    private(set) var innerFolders: [[UInt8]] = []
    /// The number of images in the root itself.
    private(set) var ownCount = 0

    /// Walks a folder. Links are followed. A folder that was visited before (including those in `visited`) is skipped,
    /// so cycles of links are harmless.
    ///
    /// `frameInterval`: the time between frames of videos, which are read now; nil ignores videos. `listsVideos`:
    /// videos are among the files and are not read. `readsShards`: if there are no images outside of tar archives,
    /// these are folders. Otherwise they may contain the same images.
    /// `passesOverUnreadable`: an unreadable folder is recorded with the reason instead of thrown.
    init(
        of root: FilePath, visited: Set<FileIdentity> = [], frameInterval: Duration? = nil,
        listsVideos: Bool = false, readsShards: Bool = false, passesOverUnreadable: Bool = false
    ) throws(DatasetError) {
        var visited = visited
        if let identity = root.status()?.identity { visited.insert(identity) }
        var filesByFolder: [(folder: FilePath, files: [FilePath])] = []
        var waiting = [root]
        var shards: [FilePath] = []
        while let folder = waiting.popLast() {
            var files: [FilePath] = []
            var folders: [FilePath] = []
            let entries: [FolderEntry]
            do throws(DatasetError) {
                entries = try folder.folderEntries()
            } catch {
                guard passesOverUnreadable, error.code != .system else { throw error }
                unreadable.append((folder, error))
                continue
            }
            let kind = folder.status()?.kind
            if kind == .file { archiveNotes += folder.archiveNotes }
            // In an archive, the members next to an image with its labels need no warning.
            let keys = kind == .folder ? [] : Set(entries.compactMap { $0.isImage ? $0.key : nil })
            for entry in entries {
                let path = folder.appending(entry.name)
                switch entry.kind {
                case .folder:
                    if path.isRun {
                        ignored.add(output: path)
                    } else if entry.identity.map({ visited.insert($0).inserted }) ?? true {
                        folders.append(path)
                    }
                case .file where path.isMarkedImage:
                    ignored.add(output: path)
                case .file where VideoReader.isVideo(entry.name):
                    if listsVideos {
                        files.append(path)
                    } else if let frameInterval {
                        files += try ignored.videos.frames(of: path, every: frameInterval)
                    } else {
                        ignored.add(path)
                    }
                case .file where try folder.holdsImage(entry):
                    files.append(path)
                case .file where readsShards && kind == .folder && ShardSet.isName(entry.name): shards.append(path)
                case .file where !keys.isEmpty && entry.key.map(keys.contains) == true: continue
                case .file, .special, nil:
                    ignored.add(path)
                }
            }
            if filesByFolder.isEmpty { (innerFolders, ownCount) = (folders.map(\.lastComponent), files.count) }
            filesByFolder.append((folder, files))
            waiting += folders.reversed()
            guard waiting.isEmpty, !shards.isEmpty else { continue }
            if filesByFolder.allSatisfy(\.files.isEmpty) {
                waiting = shards.reversed()
            } else {
                for shard in shards { ignored.add(shard) }
            }
            shards = []
        }
        files = filesByFolder.sorted { $0.folder < $1.folder }.flatMap(\.files)
    }
}

extension FolderEntry {
    /// Whether the entry has the extension of an image.
    fileprivate var isImage: Bool { ImageFiles.accepts(name) }

    /// The part of the name up to the first dot; nil if there is none.
    fileprivate var key: ArraySlice<UInt8>? { Shard.keyLength(of: name).map { name[..<$0] } }
}
