internal import Platform

/// Which files of a folder count as images.
public enum PictureFiles {
    /// The endings of image files, in lower case; any case counts.
    public static let endings = ["jpg", "jpeg", "png", "webp"]

    /// Whether a file's name ends as an image's does.
    public static func accepts(name: String) -> Bool {
        accepts(Array(name.utf8))
    }

    static func accepts(_ name: [UInt8]) -> Bool {
        ending(of: name).map { endings.contains($0) } ?? false
    }

    /// What follows the last dot, in lower case; nil for a name without a dot.
    static func ending(of name: [UInt8]) -> String? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }
}

/// Files that a folder holds and a dataset leaves out. Hidden files are not counted.
public struct IgnoredFiles: Sendable, Hashable, CustomStringConvertible {
    /// How many there are.
    public private(set) var count = 0

    /// The paths of the first few.
    public private(set) var examples: [String] = []

    /// How many of them have each ending; the empty ending stands for none.
    public private(set) var countsByEnding: [String: Int] = [:]

    /// The number of files and folders that Apus itself wrote, which are left out too.
    public private(set) var outputCount = 0

    /// The paths of the first few of those.
    public private(set) var outputExamples: [String] = []

    /// None yet.
    public init() {}

    mutating func add(_ path: FilePath) {
        count += 1
        let name = path.bytes.lastIndex(of: UInt8(ascii: "/")).map { path.bytes[($0 + 1)...] } ?? path.bytes[...]
        countsByEnding[PictureFiles.ending(of: Array(name)) ?? "", default: 0] += 1
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

    /// Warnings for the user: a sentence on files that are not images, and one on outputs of Apus.
    public var notes: [String] {
        guard outputCount > 0 else { return count > 0 ? [description] : [] }
        let shown = outputExamples.joined(separator: ", ") + (outputCount > outputExamples.count ? ", …" : "")
        return (count > 0 ? [description] : []) + [
            "\(outputCount == 1 ? "1 output of Apus is" : "\(outputCount) outputs of Apus are") left out: \(shown)"
        ]
    }

    /// One sentence: how many, why, and the first of them. Empty where there are none.
    public var description: String {
        guard count > 0 else { return "" }
        let shown = examples.joined(separator: ", ") + (count > examples.count ? ", …" : "")
        let files = count == 1 ? "1 file is" : "\(count) files are"
        return "\(files) ignored (not \(PictureFiles.endings.joined(separator: ", "))): \(shown)"
    }
}

/// The images of a folder and of the folders within it.
struct PictureTree {
    /// In the order of torchvision's `make_dataset`: by the folder's whole path, then by name.
    private(set) var files: [FilePath] = []
    private(set) var ignored = IgnoredFiles()
    private(set) var unreadable: [(folder: FilePath, error: DatasetError)] = []
    /// The names of the folders in the root that were walked.
    private(set) var innerFolders: [[UInt8]] = []
    /// How many images lie in the root itself.
    private(set) var ownCount = 0

    /// Walks a folder. Links are followed; a folder met before (as those in `visited`) is not walked again, so links
    /// that lead in a circle do no harm.
    ///
    /// `passesOverUnreadable`: a folder that can't be read is kept with the reason, not thrown.
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
                case .file where PictureFiles.accepts(entry.name):
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
