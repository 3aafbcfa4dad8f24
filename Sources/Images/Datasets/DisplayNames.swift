internal import Foundation

/// Names of classes for people, such as `fire lily` for the class `21`.
///
/// Datasets often name their classes by numbers or identifiers, and come with a list of readable names, such as
/// `cat_to_name.json` of Oxford 102 Flowers. A model keeps the names. Reports, sheets and tables show them in place of
/// the names of the classes.
public struct DisplayNames: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private enum Content: Equatable {
        case byClass([String: String])
        case inOrder([String])
    }

    private let content: Content

    /// Creates display names by the names of the classes.
    public init(_ names: [String: String]) { content = .byClass(names) }

    /// Creates display names in the order of the classes.
    public init(inOrder names: [String]) { content = .inOrder(names) }

    /// Creates display names by the names of the classes.
    public init(dictionaryLiteral names: (String, String)...) {
        self.init(Dictionary(names) { $1 })
    }

    /// Reads display names from a file:
    ///
    /// - JSON: an object with a name for each class, `{"21": "fire lily"}`, or an array in the order of the classes.
    /// - Any other file is a CSV or TSV table with the columns `class` and `name`, or without a header and with these
    ///   two columns.
    ///
    /// - Throws: `DatasetError` if the file can't be read, or is neither of these.
    public init(contentsOf path: String) throws(DatasetError) {
        let file = try TextFile(FilePath(path))
        let isJSON =
            path.lowercased().hasSuffix(".json")
            || file.bytes.first { !" \t\r\n".utf8.contains($0) }
                .map { "{[".utf8.contains($0) } ?? false
        content = isJSON ? try Self.json(file, path) : .byClass(try Self.table(file, path))
        let (count, isNamed) =
            switch content {
            case .byClass(let names): (names.count, !names.values.contains(""))
            case .inOrder(let names): (names.count, !names.contains(""))
            }
        guard count > 0 else { throw Self.damaged(path, "contains no display names") }
        guard isNamed else { throw Self.damaged(path, "contains an empty display name") }
    }

    private static func json(_ file: TextFile, _ path: String) throws(DatasetError) -> Content {
        let problem: String
        do {
            return try JSONDecoder().decode(DisplayNames.self, from: Data(file.bytes)).content
        } catch DecodingError.dataCorrupted {
            problem = "is not JSON"
        } catch {
            problem = "is JSON, but neither an object nor an array of texts"
        }
        throw damaged(
            path, problem,
            advice: "Use {\"CLASS\": \"NAME\", …}, or an array of names in the order of the classes.")
    }

    private static func table(_ file: TextFile, _ path: String) throws(DatasetError) -> [String: String] {
        let records = try DelimitedText(file, delimiter: DelimitedText.delimiter(of: file)).records
        let header = (records.first?.fields ?? []).map { String(decoding: $0, as: UTF8.self).trimmed.lowercased() }
        let named = header.firstIndex(of: "class").flatMap { key in header.firstIndex(of: "name").map { (key, $0) } }
        let (key, value) = named ?? (0, 1)
        var names: [String: String] = [:]
        for record in records.dropFirst(named == nil ? 0 : 1) {
            let fields = record.fields
            guard named == nil ? fields.count == 2 : fields.count > max(key, value),
                let name = String(validating: fields[key], as: UTF8.self),
                let text = String(validating: fields[value], as: UTF8.self)
            else {
                throw damaged(
                    path, "line \(record.line): is not a class and its display name",
                    advice: "Use a table with the columns class and name.")
            }
            guard names.updateValue(text.trimmed, forKey: name) == nil else {
                throw damaged(path, "line \(record.line): the class \"\(name)\" occurs twice", advice: "Remove one.")
            }
        }
        return names
    }

    private static func damaged(_ path: String, _ problem: String, advice: String? = nil) -> DatasetError {
        DatasetError(
            .damagedFile, path: path, "\(problem). \(advice ?? "Give each class a display name, or remove the option.")"
        )
    }

    /// Returns the display names of classes, in the order of the classes. A class without a display name keeps its own
    /// name.
    ///
    /// - Returns: The names, and notes about classes without a display name and names without a class.
    /// - Throws: `DatasetError` if the names are for other classes.
    public func names(of classes: [String]) throws(DatasetError) -> (names: [String], notes: [String]) {
        switch content {
        case .inOrder(let names):
            guard names.count == classes.count else {
                throw DatasetError(
                    .unknownClass,
                    "there \(names.count == 1 ? "is 1 display name" : "are \(names.count) display names") for \(classes.count) classes. List one for each class, in "
                        + "this order: \(Self.listed(classes)).")
            }
            return (names, [])
        case .byClass(let names):
            let missing = classes.filter { names[$0] == nil }
            let unknown = Set(names.keys).subtracting(classes).sorted()
            guard missing.count < classes.count else {
                throw DatasetError(
                    .unknownClass,
                    "the display names are for other classes: they name \(Self.listed(names.keys.sorted())), and the "
                        + "classes of the data are \(Self.listed(classes)). Use the classes of the data.")
            }
            var notes: [String] = []
            if !missing.isEmpty {
                let (subject, own) =
                    missing.count == 1 ? ("the class", "keeps its own name") : ("the classes", "keep their own names")
                notes.append("\(subject) \(Self.listed(missing)) without a display name \(own)")
            }
            if !unknown.isEmpty {
                notes.append(
                    "the data has no class for \(unknown.count == 1 ? "the display name" : "the display names") of "
                        + Self.listed(unknown))
            }
            return (classes.map { names[$0] ?? $0 }, notes)
        }
    }

    private static func listed(_ names: [String]) -> String {
        names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }
}

extension DisplayNames: Codable {
    /// Reads an object with a name for each class, or an array in the order of the classes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let names = try? container.decode([String].self) {
            self.init(inOrder: names)
        } else {
            self.init(try container.decode([String: String].self))
        }
    }

    /// Writes the form that is read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch content {
        case .byClass(let names): try container.encode(names)
        case .inOrder(let names): try container.encode(names)
        }
    }
}
