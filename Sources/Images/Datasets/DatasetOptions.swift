internal import Platform

/// Options for reading a dataset. With the defaults, everything is determined from the data.
public struct DatasetOptions: Sendable, Codable, Equatable {
    /// A regular expression whose single capture group is the label, instead of folders and columns. See
    /// `LabelPattern`.
    public var labelPattern: String?

    /// A regular expression whose single capture group identifies related images, for example of the same animal or
    /// burst. Images of one group are never split. See `LabelPattern`.
    public var groupPattern: String?

    /// The classes in order. A class of the data that is not in the list is an error; a class in the list may have no
    /// images. Nil uses the classes of the data, in the order of their names' UTF-8 bytes.
    public var classes: [String]?

    /// For a table: the label column, by its header name or its number from 1. Names or numbers separated by commas are
    /// columns of 0 and 1, one for each class. Nil determines it from the table. For shards: the extension of the
    /// members with the labels, or the field of the `.json` members.
    public var labelColumn: String?

    /// For a table: the path column, by its header name or its number from 1. Nil determines it from the table.
    public var pathColumn: String?

    /// For a table or shards: the separator between the labels of an image, such as `;` or a space; `none` if each field is one
    /// label. Nil treats semicolons and vertical bars as separators if other labels confirm it.
    public var labelSeparator: String?

    /// For a table or a list: the folder to which paths are relative. Nil uses the folder of the file.
    public var root: String?

    /// For a table or a list with URLs of images: the folder that keeps fetched images. Nil fetches them each time.
    public var cache: String?

    /// The time between the frames of a video, if videos are data: their frames are images, which are never split from
    /// each other. Nil leaves videos out. See `VideoReader`.
    public var frameInterval: Duration?

    /// Creates options; all are optional.
    public init(
        labelPattern: String? = nil, groupPattern: String? = nil, classes: [String]? = nil, labelColumn: String? = nil,
        pathColumn: String? = nil, labelSeparator: String? = nil, root: String? = nil, cache: String? = nil,
        frameInterval: Duration? = nil
    ) {
        self.labelPattern = labelPattern
        self.groupPattern = groupPattern
        self.classes = classes
        self.labelColumn = labelColumn
        self.pathColumn = pathColumn
        self.labelSeparator = labelSeparator
        self.root = root
        self.cache = cache
        self.frameInterval = frameInterval
    }

    /// Checks the options without the data.
    ///
    /// Throws if a pattern is not a regular expression with one capture group, if `classes` has a duplicate or empty
    /// name, or if options contradict each other.
    public func validate() throws(DatasetError) {
        if let labelPattern { _ = try LabelPattern(labelPattern) }
        if let groupPattern { _ = try LabelPattern(groupPattern, purpose: .groups) }
        if labelPattern != nil, labelColumn != nil || labelSeparator != nil {
            throw DatasetError(
                .badOption,
                "labels come either from the label pattern or from a column of the table. Set only one of them.")
        }
        for (name, value) in [
            ("label column", labelColumn), ("path column", pathColumn), ("label separator", labelSeparator),
            ("root", root),
        ] where value?.isEmpty == true {
            throw DatasetError(.badOption, "the \(name) is empty. Set a value, or remove the option.")
        }
        if let frameInterval, frameInterval <= .zero {
            throw DatasetError(
                .badOption, "the time between frames must be more than zero. Choose a longer one (`frameInterval`).")
        }
        guard let classes else { return }
        guard !classes.isEmpty, !classes.contains("") else {
            throw DatasetError(.unknownClass, "the list of classes contains an empty name. Give each class a name.")
        }
        var seen: Set<[UInt8]> = []
        for name in classes where !seen.insert(Array(name.utf8)).inserted {
            throw DatasetError(.unknownClass, "the class \"\(name)\" occurs twice in the list of classes. Remove one.")
        }
    }

    /// Checks that the options apply to the data at a location.
    ///
    /// Throws if an option is for a table or a list, and the data are something else.
    func check(for location: DatasetLocation) throws(DatasetError) {
        let isTable = location.layout == .table
        let hasShards = (labelColumn != nil || labelSeparator != nil) && location.holdsShards
        let useless = [
            ("label column (`labelColumn`)", isTable || hasShards ? nil : labelColumn),
            ("path column (`pathColumn`)", isTable ? nil : pathColumn),
            ("label separator (`labelSeparator`)", isTable || hasShards ? nil : labelSeparator),
            ("root (`root`)", isTable || location.isListed ? nil : root),
        ].first { $0.1 != nil }
        guard let useless else { return }
        throw DatasetError(
            .badOption, path: location.path,
            "the option \(useless.0) is for a \(useless.0.hasPrefix("root") ? "table or a list" : "table"), but this "
                + "is \(location.isListed ? "a list of files" : "a folder"). Remove it.")
    }

    /// The classes of a text: a file with one name per line, or names separated by commas.
    ///
    /// Throws if the text looks like a file path but there is no such file, or if the file cannot be read.
    public static func classNames(_ text: String) throws(DatasetError) -> [String] {
        let path = FilePath(text)
        let isPath = text.contains("/") || [".txt", ".csv", ".lst", ".names"].contains(where: text.hasSuffix)
        // Many names together are too long for a file name.
        let status = try isPath ? path.existingStatus() : path.foundStatus()
        guard status?.kind == .file else {
            if isPath {
                throw DatasetError(
                    .missing, path: text,
                    "there is no such file of class names. Check the path, or separate the names by commas.")
            }
            return text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        }
        // Spaces are kept because a class name may have them at its ends. `openDataset` removes those that no class
        // has.
        return try TextFile(path).lines.map { line throws(DatasetError) in
            guard let name = String(validating: line.bytes, as: UTF8.self) else {
                throw DatasetError(
                    .damagedFile, path: text, "line \(line.number): the name is not UTF-8. Save the file as UTF-8.")
            }
            return name
        }
    }
}

extension String {
    /// The text without spaces at both ends.
    var trimmed: String { String(decoding: Array(utf8).trimmedBlanks, as: UTF8.self) }
}
