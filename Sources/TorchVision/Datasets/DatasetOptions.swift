/// How a dataset is to be read. The defaults leave everything to what lies at the path.
public struct DatasetOptions: Sendable, Codable, Equatable {
    /// A regular expression whose one capture group is the label, in place of folders and columns. See `LabelPattern`.
    public var labelPattern: String?

    /// A regular expression whose one capture group names what pictures have in common, such as the animal or the burst:
    /// pictures of one group are never split. See `LabelPattern`.
    public var groupPattern: String?

    /// The classes and their order. A class of the data that is not among them is an error; one of them may be without
    /// pictures. Nil takes the classes of the data, in the order of their names' UTF-8 bytes.
    public var classes: [String]?

    /// Options of which each may be left at its default.
    public init(labelPattern: String? = nil, groupPattern: String? = nil, classes: [String]? = nil) {
        self.labelPattern = labelPattern
        self.groupPattern = groupPattern
        self.classes = classes
    }

    /// Checks what can be checked without the data.
    ///
    /// Throws where a pattern is no regular expression with one capture group, and where `classes` has a name twice or
    /// an empty one.
    public func validate() throws(DatasetError) {
        if let labelPattern { _ = try LabelPattern(labelPattern) }
        if let groupPattern { _ = try LabelPattern(groupPattern, purpose: .groups) }
        guard let classes else { return }
        guard !classes.isEmpty, !classes.contains("") else {
            throw DatasetError(.unknownClass, "the list of classes has an empty name. Give each class a name.")
        }
        var seen: Set<[UInt8]> = []
        for name in classes where !seen.insert(Array(name.utf8)).inserted {
            throw DatasetError(.unknownClass, "the class \"\(name)\" is twice in the list of classes. Name it once.")
        }
    }

    /// The classes that a user's word means: a file with a name on each line, or else names with commas between them.
    ///
    /// Throws where the word looks like a file's path and there is no such file, and where the file can't be read.
    public static func classNames(_ text: String) throws(DatasetError) -> [String] {
        let path = FilePath(text)
        guard path.status()?.kind == .file else {
            if text.contains("/") || [".txt", ".csv", ".lst", ".names"].contains(where: text.hasSuffix) {
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
    var trimmed: String {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
