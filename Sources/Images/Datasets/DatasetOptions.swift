internal import Platform

/// How a dataset is to be read. The defaults leave everything to what lies at the path.
public struct DatasetOptions: Sendable, Codable, Equatable {
    /// A regular expression whose one capture group is the label, in place of folders and columns. See `LabelPattern`.
    public var labelPattern: String?

    /// A regular expression whose one capture group names what images have in common, such as the animal or the burst:
    /// images of one group are never split. See `LabelPattern`.
    public var groupPattern: String?

    /// The classes and their order. A class of the data that is not among them is an error; one of them may be without
    /// images. Nil takes the classes of the data, in the order of their names' UTF-8 bytes.
    public var classes: [String]?

    /// For a table: the column of the labels, by its name in the header or by its number from 1. Names or numbers with
    /// commas between them are columns of 0 and 1, one for each class. Nil leaves the choice to what the table holds.
    public var labelColumn: String?

    /// For a table: the column that names the images, by its name in the header or by its number from 1. Nil leaves the
    /// choice to what the table holds.
    public var pathColumn: String?

    /// For a table: what separates the labels of an image within their column, such as `;` or a blank; `none` where each
    /// field is one label, whatever signs it has. Nil takes semicolons and vertical bars for separators where other
    /// labels bear that out.
    public var labelSeparator: String?

    /// For a table or a list: the folder that paths count from. Nil for the folder of the file.
    public var root: String?

    /// Options of which each may be left at its default.
    public init(
        labelPattern: String? = nil, groupPattern: String? = nil, classes: [String]? = nil, labelColumn: String? = nil,
        pathColumn: String? = nil, labelSeparator: String? = nil, root: String? = nil
    ) {
        self.labelPattern = labelPattern
        self.groupPattern = groupPattern
        self.classes = classes
        self.labelColumn = labelColumn
        self.pathColumn = pathColumn
        self.labelSeparator = labelSeparator
        self.root = root
    }

    /// Checks what can be checked without the data.
    ///
    /// Throws where a pattern is no regular expression with one capture group, where `classes` has a name twice or
    /// an empty one, and where options contradict each other.
    public func validate() throws(DatasetError) {
        if let labelPattern { _ = try LabelPattern(labelPattern) }
        if let groupPattern { _ = try LabelPattern(groupPattern, purpose: .groups) }
        if labelPattern != nil, labelColumn != nil || labelSeparator != nil {
            throw DatasetError(
                .badOption, "labels come from the label pattern or from a column of the table. Give one of both.")
        }
        for (name, value) in [
            ("label column", labelColumn), ("path column", pathColumn), ("label separator", labelSeparator),
            ("root", root),
        ] where value?.isEmpty == true {
            throw DatasetError(.badOption, "the \(name) is empty. Give one, or leave the option out.")
        }
        guard let classes else { return }
        guard !classes.isEmpty, !classes.contains("") else {
            throw DatasetError(.unknownClass, "the list of classes has an empty name. Give each class a name.")
        }
        var seen: Set<[UInt8]> = []
        for name in classes where !seen.insert(Array(name.utf8)).inserted {
            throw DatasetError(.unknownClass, "the class \"\(name)\" is twice in the list of classes. Name it once.")
        }
    }

    /// Checks that the data at a location have a use for the options.
    ///
    /// Throws where an option is for a table or a list, and the data are none.
    func check(for location: DatasetLocation) throws(DatasetError) {
        let isTable = location.layout == .table
        let useless = [
            ("label column (`labelColumn`)", isTable ? nil : labelColumn),
            ("path column (`pathColumn`)", isTable ? nil : pathColumn),
            ("label separator (`labelSeparator`)", isTable ? nil : labelSeparator),
            ("root (`root`)", isTable || location.layout == .list ? nil : root),
        ].first { $0.1 != nil }
        guard let useless else { return }
        throw DatasetError(
            .badOption, path: location.path,
            "the option \(useless.0) is for a \(useless.0.hasPrefix("root") ? "table or a list" : "table"), and this is "
                + "\(location.layout == .list ? "a list of files" : "a folder"). Leave it out.")
    }

    /// The classes that a user's word means: a file with a name on each line, or else names with commas between them.
    ///
    /// Throws where the word looks like a file's path and there is no such file, and where the file can't be read.
    public static func classNames(_ text: String) throws(DatasetError) -> [String] {
        let path = FilePath(text)
        let isPath = text.contains("/") || [".txt", ".csv", ".lst", ".names"].contains(where: text.hasSuffix)
        // Many names together are too long for a file's.
        let status = try isPath ? path.existingStatus() : path.status()
        guard status?.kind == .file else {
            if isPath {
                throw DatasetError(
                    .missing, path: text,
                    "there is no such file of class names. Check the path, or give the names with commas between them.")
            }
            return text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        }
        // Blanks are kept: a class may have them at the ends of its name. `openDataset` drops those that no class has.
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
    /// Without the blanks at both ends.
    var trimmed: String { String(decoding: Array(utf8).trimmedBlanks, as: UTF8.self) }
}
