internal import Platform

/// Image files whose labels come from a table, a list or a pattern. An image may have several labels, or none.
public struct LabeledFiles: ImageDataset {
    /// The names of the classes.
    public let classNames: [String]

    /// Whether the dataset is multi-label.
    public let isMultiLabel: Bool

    private let files: [FilePath]
    private let cache: String?
    private let values: [Int32]
    /// The start of each image's labels in `values`; empty if each image has exactly one.
    private let starts: [Int]

    /// A file and the names of its classes.
    struct Entry {
        let file: FilePath
        let labels: [String]
    }

    /// `classNames` contains the allowed labels; others are left out.
    init(_ entries: [Entry], classNames: [String], isMultiLabel: Bool, cache: String? = nil) {
        self.cache = cache
        let places = Dictionary(
            classNames.enumerated().map { (Array($1.utf8), Int32($0)) }, uniquingKeysWith: { first, _ in first })
        var values: [Int32] = []
        var starts: [Int] = []
        for entry in entries {
            starts.append(values.count)
            for place in entry.labels.compactMap({ places[Array($0.utf8)] })
            where !values[(starts.last ?? 0)...].contains(place) {
                values.append(place)
            }
        }
        self.classNames = classNames
        self.isMultiLabel = isMultiLabel
        files = entries.map(\.file)
        self.values = values
        self.starts = isMultiLabel ? starts + [values.count] : []
    }

    /// The distinct labels of all entries, in the order of their UTF-8 bytes.
    static func classNames(of entries: some Sequence<Entry>) -> [String] {
        var names: Set<[UInt8]> = []
        for entry in entries { names.formUnion(entry.labels.map { Array($0.utf8) }) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The number of images.
    public var count: Int { files.count }

    /// The image's class; the first of several, and 0 if there is none.
    public func label(at index: Int) -> Int { isMultiLabel ? labels(at: index).first ?? 0 : Int(values[index]) }

    /// The image's classes, in the given order.
    public func labels(at index: Int) -> [Int] {
        isMultiLabel ? values[starts[index]..<starts[index + 1]].map { Int($0) } : [Int(values[index])]
    }

    /// The path of the image's file.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads an image. Throws if its file cannot be read or is not an image.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(files[index], cache: cache), options: options)
    }

    /// The file.
    public func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(files[index], cache: cache) }
}

/// Images in one folder whose names contain the class: `cat.9586.jpg` is a `cat`.
///
/// The label is the part of the name before the first dot. Classes are in the order of their UTF-8 bytes. Hidden files
/// are ignored. Folders and files that are not images (see `ImageFiles`) are counted in `ignored`.
public struct FilenameLabeledFolder: ImageDataset {
    /// The folder with the images.
    public let path: String

    /// The labels, in the order of their UTF-8 bytes.
    public let classNames: [String]

    /// The ignored files.
    public let ignored: IgnoredFiles

    private let files: [FilePath]
    private let fileLabels: [Int32]

    /// Lists the images of a folder without reading them.
    ///
    /// `frameInterval` is the time between the frames of a video, which are read now and have the label in the name of
    /// the video. Nil ignores videos. Throws if the folder does not exist, is not readable or contains no images.
    public init(path: String, frameInterval: Duration? = nil) throws(DatasetError) {
        let root = FilePath(path)
        var ignored = IgnoredFiles()
        var files: [FilePath] = []
        var fileClasses: [[UInt8]] = []
        for entry in try root.dataEntries(ignored: &ignored) {
            let file = root.appending(entry.name)
            let isVideo = frameInterval != nil && entry.kind == .file && VideoReader.isVideo(entry.name)
            guard try root.holdsImage(entry, countsVideos: frameInterval != nil) else {
                ignored.add(file)
                continue
            }
            let label = String(fileName: entry.name.prefix { $0 != UInt8(ascii: ".") })
            try checkIsText(label, of: file)
            let images =
                if isVideo, let frameInterval {
                    try ignored.videos.frames(of: file, every: frameInterval)
                } else {
                    [file]
                }
            files += images
            fileClasses += images.map { _ in Array(label.utf8) }
        }
        guard !files.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                "contains no images (\(ImageFiles.formats)).\(ignored.reasons)")
        }
        let classes = Set(fileClasses).sorted { $0.lexicographicallyPrecedes($1) }
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        self.path = path
        self.ignored = ignored
        self.files = files
        self.classNames = classes.map { String(decoding: $0, as: UTF8.self) }
        self.fileLabels = fileClasses.map { labels[$0, default: 0] }
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
}

/// A regular expression that finds a label, or the name of a group, in a file name.
///
/// It has exactly one capture group, and is searched anywhere in the name, like Python's `re.search`. A pattern that
/// contains a `/` is searched in the path relative to the dataset's folder: `^(\w+)/` captures the first folder. The
/// syntax is that of Swift's `Regex`, which is compatible with Perl's for common patterns. Names are matched by Unicode
/// scalars.
public struct LabelPattern {
    /// The meaning of the capture group.
    public enum Purpose: Sendable {
        /// The label of an image.
        case labels
        /// A group of related images.
        case groups
    }

    /// The regular expression as text.
    public let text: String

    private let regex: Regex<AnyRegexOutput>
    private let usesPath: Bool

    /// Parses a regular expression.
    ///
    /// Throws if it is invalid, or if it does not have exactly one capture group.
    public init(_ text: String, purpose: Purpose = .labels) throws(DatasetError) {
        let name = purpose == .labels ? "the label pattern" : "the group pattern"
        self.text = text
        usesPath = text.contains("/")
        do {
            regex = try Regex(text).matchingSemantics(.unicodeScalar)
        } catch {
            throw DatasetError(
                .badPattern,
                "\(name) '\(text)' is not a valid regular expression: \(error). Example: '^([a-z]+)_[0-9]+'.")
        }
        // With an empty alternative it matches anything, and the match shows the number of groups.
        let probe = (try? Regex("(?:\(text))|")).flatMap { try? $0.firstMatch(in: "") }
        let groups = probe.map { $0.output.count - 1 } ?? 1
        guard groups == 1 else {
            throw DatasetError(
                .badPattern,
                "\(name) '\(text)' has \(groups == 0 ? "no capture group" : "\(groups) capture groups"). Put the label "
                    + "in parentheses, and write other parentheses as (?:…). Example: '^([a-z]+)_[0-9]+'.")
        }
    }

    /// The captured text, or nil if the pattern is not found or captures nothing.
    ///
    /// `path` is relative to the dataset's folder.
    public func capture(in path: String) -> String? {
        let slash = usesPath ? nil : path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let subject = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
        guard let match = try? regex.firstMatch(in: subject), match.output.count > 1,
            let capture = match.output[1].substring, !capture.isEmpty
        else { return nil }
        return String(capture)
    }
}

/// The files in which a pattern was not found.
struct UnmatchedFiles {
    private(set) var count = 0
    private var examples: [String] = []

    mutating func add(_ name: String) {
        count += 1
        if examples.count < 5 { examples.append(name) }
    }

    /// The number and the first files: `3 files do not match the label pattern '…': a, b, c`.
    func description(pattern: String) -> String {
        let shown = examples.joined(separator: ", ") + (count > examples.count ? ", …" : "")
        return "\(count == 1 ? "1 file does" : "\(count) files do") not match the label pattern '\(pattern)' and "
            + "\(count == 1 ? "is" : "are") left out: \(shown)"
    }
}
