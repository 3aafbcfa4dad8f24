internal import Platform

/// The files of a folder that count as images.
public enum ImageFiles {
    /// The endings of image files, in lower case. Case is ignored.
    public static let endings = ["jpg", "jpeg", "png", "webp"]

    /// Whether a file has the ending of an image.
    public static func accepts(name: String) -> Bool {
        accepts(Array(name.utf8))
    }

    static func accepts(_ name: [UInt8]) -> Bool {
        ending(of: name).map { endings.contains($0) } ?? false
    }

    /// The ending after the last dot, in lower case; nil for a name without a dot.
    static func ending(of name: [UInt8]) -> String? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }
}

/// The files in a folder that a dataset ignores. Hidden files are not counted.
public struct IgnoredFiles: Sendable, Hashable, CustomStringConvertible {
    /// The number of files.
    public private(set) var count = 0

    /// The paths of the first files.
    public private(set) var examples: [String] = []

    /// The number of files with each ending; the empty string is for files without one.
    public private(set) var countsByEnding: [String: Int] = [:]

    /// The number of files and folders written by Apus, which are also ignored.
    public private(set) var outputCount = 0

    /// The paths of the first of these.
    public private(set) var outputExamples: [String] = []

    /// Creates an empty collection.
    public init() {}

    mutating func add(_ path: FilePath) {
        count += 1
        let name = path.bytes.lastIndex(of: UInt8(ascii: "/")).map { path.bytes[($0 + 1)...] } ?? path.bytes[...]
        countsByEnding[ImageFiles.ending(of: Array(name)) ?? "", default: 0] += 1
        if examples.count < 5 {
            examples.append(path.text)
        }
    }

    mutating func add(output path: FilePath) {
        outputCount += 1
        if outputExamples.count < 5 { outputExamples.append(path.text) }
    }

    mutating func merge(_ other: IgnoredFiles) {
        outputCount += other.outputCount
        outputExamples += other.outputExamples.prefix(5 - outputExamples.count)
        count += other.count
        countsByEnding.merge(other.countsByEnding, uniquingKeysWith: +)
        examples += other.examples.prefix(5 - examples.count)
    }

    /// Warnings for the user: a sentence about files that are not images, and one about outputs of Apus.
    public var notes: [String] {
        guard outputCount > 0 else { return count > 0 ? [description] : [] }
        let shown = outputExamples.joined(separator: ", ") + (outputCount > outputExamples.count ? ", …" : "")
        return (count > 0 ? [description] : []) + [
            "\(outputCount == 1 ? "1 output of Apus is" : "\(outputCount) outputs of Apus are") left out: \(shown)"
        ]
    }

    /// One sentence with the number, the reason and the first files. Empty if there are none.
    public var description: String {
        guard count > 0 else { return "" }
        let shown = examples.joined(separator: ", ") + (count > examples.count ? ", …" : "")
        let files = count == 1 ? "1 file is" : "\(count) files are"
        return "\(files) ignored (not \(ImageFiles.endings.joined(separator: ", "))): \(shown)"
    }
}

/// The images of a folder and of its subfolders.
struct ImageTree {
    /// The order is that of torchvision's `make_dataset`: by the folder's whole path, then by name.
    private(set) var files: [FilePath] = []
    private(set) var ignored = IgnoredFiles()
    private(set) var unreadable: [(folder: FilePath, error: DatasetError)] = []
    /// The names of the subfolders of the root.
    private(set) var innerFolders: [[UInt8]] = []
    /// The number of images in the root itself.
    private(set) var ownCount = 0

    /// Walks a folder. Links are followed. A folder that was visited before (including those in `visited`) is skipped,
    /// so cycles of links are harmless.
    ///
    /// `passesOverUnreadable`: an unreadable folder is recorded with the reason instead of thrown.
    init(
        of root: FilePath, visited: Set<FileIdentity> = [], passesOverUnreadable: Bool = false
    ) throws(DatasetError) {
        var visited = visited
        if let identity = root.status()?.identity { visited.insert(identity) }
        var filesByFolder: [(folder: FilePath, files: [FilePath])] = []
        var waiting = [root]
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
                case .file where ImageFiles.accepts(entry.name):
                    files.append(path)
                case .file, .special, nil:
                    ignored.add(path)
                }
            }
            if filesByFolder.isEmpty { (innerFolders, ownCount) = (folders.map(\.lastComponent), files.count) }
            filesByFolder.append((folder, files))
            waiting += folders.reversed()
        }
        files = filesByFolder.sorted { $0.folder < $1.folder }.flatMap(\.files)
    }
}
