internal import Foundation

/// The labels in the members next to a shard's images, in columns as those of a table.
struct ShardColumns: Sendable {
    /// Where the labels of images are.
    enum Column: Hashable, Sendable, Comparable {
        /// In members with this extension: `cls`, `txt`.
        case member(String)
        /// In this field of members with the extension `json`.
        case field(String)

        /// The name in the options.
        var word: String {
            switch self {
            case .member(let name), .field(let name): name
            }
        }

        var title: String {
            switch self {
            case .member(let name): ".\(name) members"
            case .field(let name): "field \"\(name)\" of .json members"
            }
        }
    }

    /// The labels in a member or field: one, or a list. Labels are compared by their bytes.
    struct Value: Hashable, Sendable {
        let labels: [String]
        let isList: Bool

        static func == (left: Value, right: Value) -> Bool {
            left.isList == right.isList && left.labels.count == right.labels.count
                && zip(left.labels, right.labels).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
        }

        func hash(into hasher: inout Hasher) { for label in labels { hasher.combine(Array(label.utf8)) } }
    }

    /// A member that can't be read as labels.
    struct Problem: Error {
        let text: String
    }

    /// The distinct values.
    private(set) var values: [Value] = []
    /// For each column, the place in `values` for each image, or -1.
    private(set) var columns: [Column: [Int32]] = [:]
    /// The number of images.
    private(set) var count = 0
    /// Extensions and fields that were seen, for errors.
    private(set) var seen: Set<String> = []
    private var places: [Value: Int32] = [:]

    private let wanted: String?
    private let separator: [UInt8]?

    /// - Parameters:
    ///   - wanted: The extension of the members, or the field, with the labels; nil for all that usually have some.
    ///   - separator: What separates labels in a text; nil if a text is one label.
    init(_ wanted: String?, separator: String?) {
        self.wanted = wanted?.lowercased()
        self.separator = separator.flatMap { $0 == "none" ? nil : Array($0.utf8) }
    }

    /// The extensions that are read without being asked for. A text is often a caption, so it is only read if nothing
    /// else has a label.
    private static let known: Set = ["cls", "json", "txt"]

    private func isWanted(field: String) -> Bool {
        let name = field.lowercased()
        return wanted.map { $0 == name } ?? (name == "cls" || TableColumns.labels.contains(name))
    }

    /// Adds an image with the members next to it.
    ///
    /// - Parameters:
    ///   - members: The extension of each.
    ///   - bytes: Reads the bytes of one of them.
    mutating func add<Failure>(
        _ members: [String], bytes: (Int) throws(Failure) -> [UInt8], failed: (Int, Problem) -> Failure
    ) throws(Failure) {
        defer { count += 1 }
        var found = false
        for (place, member) in members.enumerated().sorted(by: { ($0.1 == "txt" ? 1 : 0) < ($1.1 == "txt" ? 1 : 0) }) {
            if seen.count < 50 { seen.insert("." + member) }
            guard wanted.map({ $0 == member || member == "json" }) ?? Self.known.contains(member),
                !found || member != "txt" || wanted != nil
            else { continue }
            let content = try bytes(place)
            do throws(Problem) {
                if member == "json" {
                    found = try add(json: content) || found
                } else if let text = try Self.text(content) {
                    let parts = separator.map { TableLabel.labels(in: Array(text.utf8), separator: $0) }
                    let labels = parts?.map { String(decoding: $0, as: UTF8.self) }
                    add(Value(labels: labels ?? [text], isList: labels != nil), to: .member(member))
                    found = true
                }
            } catch {
                throw failed(place, error)
            }
        }
    }

    /// Adds the columns of another shard's images.
    mutating func append(_ other: ShardColumns) {
        let targets = other.values.map { place(of: $0) }
        for (column, places) in other.columns {
            columns[column, default: []] += Array(repeating: -1, count: count - (columns[column]?.count ?? 0))
            columns[column]? += places.map { $0 < 0 ? -1 : targets[Int($0)] }
        }
        count += other.count
        seen.formUnion(other.seen)
    }

    private mutating func add(_ value: Value, to column: Column) {
        let known = columns[column]?.count ?? 0
        // A field that occurs twice.
        guard known <= count else { return }
        columns[column, default: []] += Array(repeating: -1, count: count - known) + [place(of: value)]
    }

    private mutating func place(of value: Value) -> Int32 {
        if let place = places[value] { return place }
        let place = Int32(values.count)
        values.append(value)
        places[value] = place
        return place
    }

    /// The text without white space at its ends; nil if it is empty.
    private static func text(_ bytes: [UInt8]) throws(Problem) -> String? {
        func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }
        let start = bytes.drop(while: isSpace)
        let content = start[..<(start.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start.startIndex)]
        guard let text = String(validating: content, as: UTF8.self), !content.contains(0) else {
            throw Problem(text: "is not UTF-8 text")
        }
        return text.isEmpty ? nil : text
    }

    /// Adds the wanted fields of a member; false if there are none.
    private mutating func add(json bytes: [UInt8]) throws(Problem) -> Bool {
        let fields: JSONLabels
        do {
            fields = try JSONDecoder().decode(JSONLabels.self, from: Data(bytes))
        } catch {
            throw Problem(text: "is not JSON")
        }
        if seen.count < 50 { seen.formUnion(fields.names) }
        if let value = fields.value { add(value, to: .member("json")) }
        var found = fields.value != nil
        for name in fields.names where isWanted(field: name) {
            guard let value = fields.value(of: name) else {
                if wanted == nil || fields.isNull(name) { continue }
                throw Problem(
                    text: "has a field \"\(name)\" that is neither a text, a whole number nor a list of these")
            }
            add(value, to: .field(name))
            found = true
        }
        return found
    }

    /// The place in `values` of an image's labels in a column; nil if it has none.
    func place(of column: Column, at index: Int) -> Int? {
        guard let places = columns[column], index < places.count, places[index] >= 0 else { return nil }
        return Int(places[index])
    }

    // MARK: The choice

    /// The column of the labels and the reason; nil if no image has a label.
    ///
    /// Throws with a description of the columns if it is not clear.
    func choice() throws(Problem) -> (column: Column, reason: String?)? {
        if wanted != nil {
            guard let column = columns.keys.sorted().first else {
                let names = seen.sorted().prefix(30).joined(separator: ", ")
                throw Problem(
                    text: "no image has a member or a field '\(wanted ?? "")': there are \(names). Choose one of these "
                        + "(`labelColumn`).")
            }
            return (column, "it was given")
        }
        let found = columns.keys.sorted()
        let candidates = found.count > 1 ? found.filter { $0 != .member("txt") } : found
        guard let first = candidates.first else { return nil }
        if candidates.count == 1 { return (first, nil) }
        guard candidates.dropFirst().allSatisfy({ isTheSame(first, $0) }) else {
            let choices = candidates.prefix(8).map { column in
                let shown = Set(columns[column] ?? []).filter { $0 >= 0 }.sorted().prefix(3).map {
                    values[Int($0)].labels.joined(separator: ";").prefix(20)
                }
                return "\(column.title) (\(shown.joined(separator: ", ")), …)"
            }
            throw Problem(
                text: "it is not clear what the labels are: \(choices.joined(separator: "; ")). Choose one of these, "
                    + "such as \(setting("labelColumn", first.word)).")
        }
        let named = candidates.first { !isNumeric($0) }
        return (named ?? first, "\(candidates.map(\.title).joined(separator: " and ")) mean the same")
    }

    /// Whether each value of one column corresponds to one value of the other, in the images that have both.
    private func isTheSame(_ one: Column, _ other: Column) -> Bool {
        var (forth, back): ([Int32: Int32], [Int32: Int32]) = ([:], [:])
        return zip(columns[one] ?? [], columns[other] ?? []).allSatisfy { one, other in
            guard one >= 0, other >= 0 else { return true }
            if forth[one] == nil { forth[one] = other }
            if back[other] == nil { back[other] = one }
            return forth[one] == other && back[other] == one
        }
    }

    /// Whether all labels of a column are numbers of classes.
    func isNumeric(_ column: Column) -> Bool {
        Set(columns[column] ?? []).allSatisfy { place in
            place < 0 || values[Int(place)].labels.allSatisfy { Self.number($0) != nil }
        }
    }

    /// The number of a class; nil if a text is something else, such as `007`.
    static func number(_ label: String) -> Int? { Int(label).flatMap { String($0) == label ? $0 : nil } }
}

/// The labels in a JSON text.
private struct JSONLabels: Decodable {
    typealias Value = ShardColumns.Value

    /// A label as a text or a number.
    private struct Label: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else if let number = try? container.decode(Int.self) {
                text = String(number)
            } else {
                let number = try container.decode(Double.self)
                guard let whole = Int(exactly: number) else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "not whole")
                }
                text = String(whole)
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let fields: KeyedDecodingContainer<Name>?
    /// The names of the fields, in order.
    let names: [String]
    /// The labels, if the text is not an object.
    let value: Value?

    init(from decoder: any Decoder) throws {
        fields = try? decoder.container(keyedBy: Name.self)
        names = fields?.allKeys.map(\.stringValue).sorted() ?? []
        guard fields == nil else {
            value = nil
            return
        }
        let container = try decoder.singleValueContainer()
        value = Self.value(try? container.decode(Label.self), try? container.decode([Label].self))
    }

    private static func value(_ label: Label?, _ list: @autoclosure () -> [Label]?) -> Value? {
        if let label { return label.text.isEmpty ? nil : Value(labels: [label.text], isList: false) }
        return list().map { Value(labels: $0.map(\.text).filter { !$0.isEmpty }, isList: true) }
    }

    /// The labels in a field; nil if there are none.
    func value(of name: String) -> Value? {
        let name = Name(stringValue: name)
        return Self.value(
            try? fields?.decode(Label.self, forKey: name), try? fields?.decode([Label].self, forKey: name))
    }

    /// Whether a field is empty.
    func isNull(_ name: String) -> Bool {
        let name = Name(stringValue: name)
        return (try? fields?.decodeNil(forKey: name)) ?? false || (try? fields?.decode(String.self, forKey: name)) == ""
    }
}
