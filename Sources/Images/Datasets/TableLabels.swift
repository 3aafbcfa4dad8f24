internal import Platform

/// The labels of a table's rows, and whether the table is multi-label.
struct TableLabels {
    /// The labels of each row.
    private(set) var labels: [[String]] = []
    /// Whether the table is multi-label.
    private(set) var isMultiLabel = false
    /// How the labels were read, such as `separated by ';'`; nil if each field is one label.
    private(set) var form: String?
    /// Warnings for the user, one sentence each.
    private(set) var notes: [String] = []

    private let columns: TableColumns
    private let separator: String?

    /// Reads the labels of all rows.
    ///
    /// - Parameter separator: The separator between labels; `none` for no separator; nil to detect it.
    init(_ columns: TableColumns, separator: String?) throws(DatasetError) {
        self.columns = columns
        self.separator = separator
        switch columns.labels {
        case .elsewhere: break
        case .column(let column): try read(column)
        case .oneHot(let columns): try read(oneHot: columns)
        }
    }

    private func fail(_ message: String) -> DatasetError {
        DatasetError(.damagedFile, path: columns.table, message)
    }

    private func text(_ label: [UInt8], line: Int) throws(DatasetError) -> String {
        guard let text = String(validating: label, as: UTF8.self) else {
            throw fail("line \(line): the label is not UTF-8. Save the file as UTF-8.")
        }
        return text
    }

    // MARK: Columns of 0 and 1

    private mutating func read(oneHot places: [Int]) throws(DatasetError) {
        let names = places.map { place in
            columns.names.map { $0[place] } ?? "\(place + 1)"
        }
        for row in columns.rows {
            var found: [String] = []
            for (place, name) in zip(places, names) {
                let field = place < row.fields.count ? row.fields[place] : []
                guard let isShown = TableColumns.flag(field) else {
                    throw fail(
                        "line \(row.line): '\(field.excerpt)' in \(columns.title(place)) is neither "
                            + "0 nor 1. Choose columns of 0 and 1, or a single column with the names of the classes.")
                }
                if isShown { found.append(name) }
            }
            labels.append(found)
        }
        noteSeveralLabels()
        let empty = names.filter { name in !labels.contains { $0.contains(name) } }
        if !empty.isEmpty {
            notes.append("the columns \(empty.joined(separator: ", ")) have no images and are not classes")
        }
    }

    /// The table is multi-label unless each image has exactly one label.
    private mutating func noteSeveralLabels() {
        isMultiLabel = !labels.allSatisfy { $0.count == 1 }
        guard isMultiLabel else { return }
        let (several, none) = (labels.count { $0.count > 1 }, labels.count(where: \.isEmpty))
        notes.append(
            "images may have several labels: \(several) of \(labels.count) have more than one"
                + (none > 0 ? ", \(none) none" : "") + (form.map { " (\($0))" } ?? ""))
    }

    // MARK: One column

    private mutating func read(_ column: Int) throws(DatasetError) {
        let fields = try columns.rows.map { row throws(DatasetError) in
            guard column < row.fields.count else {
                let name = columns.path < row.fields.count ? row.fields[columns.path] : []
                throw fail(
                    "line \(row.line): '\(name.excerpt)' has no label. Write path,label "
                        + "on each line, with a comma (or, in a .tsv, a tab) between them.")
            }
            return row.fields[column]
        }
        let plain = fields.map(\.trimmedBlanks)
        let filled = plain.filter { !$0.isEmpty }
        if separator == nil, !filled.isEmpty, filled.allSatisfy(ListLiteral.isList) {
            try readLists(plain)
        } else if separator == "none" {
            labels = try texts(plain.map { $0.isEmpty ? [] : [$0] })
        } else if let separator {
            labels = try texts(fields.map { TableLabel.labels(in: $0, separator: Array(separator.utf8)) })
            form = "separated by '\(separator)'"
        } else {
            try readSeparated(fields)
        }
        noteSeveralLabels(fields)
        guard !isMultiLabel, let empty = zip(columns.rows, labels).first(where: { $1.isEmpty }) else { return }
        let more = labels.count(where: \.isEmpty) - 1
        throw fail(
            "line \(empty.0.line): the label is empty" + (more > 0 ? ", and on \(more) more lines" : "")
                + ". Every image needs a label, unless the data are multi-label (label1;label2).")
    }

    /// Empty fields alone do not make a table multi-label.
    private mutating func noteSeveralLabels(_ fields: [[UInt8]]) {
        if labels.contains(where: { $0.count > 1 }) {
            noteSeveralLabels()
        } else if separator == nil {
            noteSeparators(fields)
        }
    }

    private func texts(_ labels: [[[UInt8]]]) throws(DatasetError) -> [[String]] {
        try zip(columns.rows, labels).map { row, labels throws(DatasetError) in
            try labels.map { label throws(DatasetError) in try text(label, line: row.line) }
        }
    }

    private mutating func readLists(_ fields: [[UInt8]]) throws(DatasetError) {
        let rows = try zip(columns.rows, fields).map { row, field throws(DatasetError) -> [[UInt8]] in
            guard !field.isEmpty else { return [] }
            guard let items = ListLiteral.items(field) else {
                throw fail(
                    "line \(row.line): '\(field.excerpt)' is not a list of labels such as "
                        + "['cat', 'dog']. Write it as a list, or use the separator none if it is one label.")
            }
            return items
        }
        labels = try texts(rows)
        form = "lists"
    }

    private mutating func readSeparated(_ fields: [[UInt8]]) throws(DatasetError) {
        let bySemicolon = fields.map { TableLabel.labels(in: $0) }
        labels = try texts(bySemicolon)
        if let odd = bySemicolon.firstIndex(where: { $0.count > 1 }) {
            guard Self.isBorneOut(bySemicolon) else {
                let row = columns.rows[columns.rows.startIndex + odd]
                let count = bySemicolon.count { $0.count > 1 }
                throw DatasetError(
                    .unclearColumns, path: columns.table,
                    "line \(row.line): '\(fields[odd].excerpt)' contains a semicolon, which separates "
                        + "labels, but "
                        + "\(count == 1 ? "no other label has one" : "only \(count) of \(fields.count) labels do")"
                        + ", and its parts are not labels of other images. If images may have several labels, use "
                        + "\(setting("labelSeparator", ";")); if each has one, \(setting("labelSeparator", "none")), "
                        + "or write \\; for the semicolon.")
            }
            form = "separated by ';'"
            return
        }
        let byBar = fields.map { TableLabel.labels(in: $0, separator: [UInt8(ascii: "|")]) }
        guard byBar.contains(where: { $0.count > 1 }), Self.standAlone(byBar) else { return }
        labels = try texts(byBar)
        form = "separated by '|'"
    }

    /// Whether the table is multi-label: half of its distinct fields have several labels, or the parts of those recur.
    private static func isBorneOut(_ labels: [[[UInt8]]]) -> Bool {
        let fields = Set(labels.filter { !$0.isEmpty })
        return fields.count { $0.count > 1 } * 2 >= fields.count || recurs(labels)
    }

    /// Whether half of the distinct parts of fields with several labels are also parts of another field.
    private static func recurs(_ labels: [[[UInt8]]]) -> Bool {
        let fields = Set(labels)
        var counts: [[UInt8]: Int] = [:]
        for field in fields { for part in Set(field) { counts[part, default: 0] += 1 } }
        let parts = Set(fields.filter { $0.count > 1 }.joined())
        return parts.count { counts[$0, default: 0] > 1 } * 2 >= parts.count
    }

    /// Whether half of the distinct parts of fields with several labels also occur alone.
    private static func standAlone(_ labels: [[[UInt8]]]) -> Bool {
        let fields = Set(labels)
        let parts = Set(fields.filter { $0.count > 1 }.joined())
        return parts.count { fields.contains([$0]) } * 2 >= parts.count
    }

    /// Warns if commas or spaces seem to separate labels, but are treated as part of them.
    private mutating func noteSeparators(_ fields: [[UInt8]]) {
        let whole = Set(fields).count
        for separator in [",", " "] {
            let labels = fields.map { TableLabel.labels(in: $0, separator: Array(separator.utf8)) }
            guard labels.count(where: { $0.count > 1 }) > 1, Set(labels.joined()).count < whole, Self.recurs(labels)
            else { continue }
            notes.append(
                "the \(whole) labels consist of \(Set(labels.joined()).count) words separated by '\(separator)', and "
                    + "are not split; if images have several labels, use \(setting("labelSeparator", separator))")
            return
        }
    }
}
