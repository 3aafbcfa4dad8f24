internal import Platform

/// The meaning of each column of a table, and the reason.
struct TableColumns {
    /// The location of the labels.
    enum Labels {
        /// In no column.
        case elsewhere
        /// In one column.
        case column(Int)
        /// In columns of 0 and 1, one for each class.
        case oneHot([Int])
    }

    let table: String
    /// The names of the columns; nil for a table without a header.
    let names: [String]?
    /// The records after the header.
    let rows: ArraySlice<DelimitedText.Record>
    private(set) var path = 0
    private(set) var labels = Labels.elsewhere
    /// The split column, and the part for each of its values.
    private var splits: (column: Int, parts: [[UInt8]: SplitFolder])?
    private(set) var pathChoice = DatasetUnderstanding.Choice("")
    private(set) var labelChoice = DatasetUnderstanding.Choice("")
    /// Unused columns, one sentence each.
    private(set) var leftOut: [String] = []

    /// Finds the columns of the options, and the others by their header names and their content.
    ///
    /// Throws `unclearColumns` with the header and the possible choices if a column has several interpretations.
    init(
        _ records: [DelimitedText.Record], _ options: DatasetOptions, files: inout NamedFiles, table: String
    ) throws(DatasetError) {
        self.table = table
        let first = records.first?.fields.map { String(decoding: $0.trimmedBlanks, as: UTF8.self) } ?? []
        let hasHeader = Self.hasHeader(records, first, options, &files)
        names = hasHeader ? first : nil
        rows = records.dropFirst(hasHeader ? 1 : 0)
        guard !rows.isEmpty else { return }
        try choosePath(options.pathColumn, &files)
        chooseSplit()
        if let pattern = options.labelPattern {
            labelChoice = .init("label pattern '\(pattern)'", because: "it was given")
        } else {
            try chooseLabels(options.labelColumn)
        }
        noteUnused()
    }

    // MARK: Names

    private static let paths: Set = [
        "path", "paths", "file", "files", "filename", "file_name", "file name", "fname", "filepath", "filepaths",
        "file_path", "file path", "image", "images", "image_path", "image path", "image_name", "image name",
        "image_file", "image index", "image_index", "img", "img_path", "img_name", "picture", "photo",
    ]
    private static let identifiers: Set = [
        "id", "image_id", "image id", "imageid", "img_id", "photo_id", "picture_id", "picture id", "file_id", "uuid",
    ]
    static let labels: Set = [
        "label", "labels", "label_name", "label name", "class", "classes", "class_name", "class name", "classname",
        "category", "categories", "category_name", "target", "targets", "tag", "tags", "finding labels",
    ]
    private static let splits: Set = [
        "split", "set", "subset", "part", "partition", "fold", "phase", "usage", "data set", "data_set", "dataset",
    ]
    private static let flags: [String: SplitFolder] = [
        "is_valid": .validation, "is_val": .validation, "valid": .validation, "is_validation": .validation,
        "is_test": .test,
    ]

    private func names(_ column: Int, oneOf known: Set<String>) -> Bool {
        names.map { column < $0.count && known.contains($0[column].lowercased()) } ?? false
    }

    /// Whether the first line is a header: it contains a known name or one of the options, or the lines below contain
    /// images and it does not.
    private static func hasHeader(
        _ records: [DelimitedText.Record], _ first: [String], _ options: DatasetOptions, _ files: inout NamedFiles
    ) -> Bool {
        guard let record = records.first else { return false }
        let names = Set(first.map { $0.lowercased() })
        let wanted = [options.pathColumn, options.labelColumn].compactMap { $0?.lowercased() }
            .flatMap { [$0] + $0.split(separator: ",").map { String($0).trimmed } }
        if wanted.contains(where: { names.contains($0) && Int($0) == nil }) { return true }
        let (hasPath, hasLabel) = (!names.isDisjoint(with: paths), !names.isDisjoint(with: labels))
        if hasPath, hasLabel || first.count == 1 { return true }
        func hasImage(_ record: DelimitedText.Record) -> Bool {
            record.fields.contains { ImageFiles.accepts($0.trimmedBlanks) || files.has($0) }
        }
        if hasImage(record) { return false }
        return records.dropFirst().prefix(20).contains(where: hasImage) || hasPath || hasLabel
            || !names.isDisjoint(with: identifiers)
    }

    // MARK: Content of columns

    /// The number of columns.
    private var width: Int { names?.count ?? rows.first?.fields.count ?? 0 }

    /// A field without surrounding spaces; empty if the row is too short.
    private func field(_ column: Int, _ row: DelimitedText.Record) -> [UInt8] {
        column < row.fields.count ? row.fields[column].trimmedBlanks : []
    }

    private func texts(_ column: Int) -> some Sequence<String> {
        rows.lazy.map { String(decoding: field(column, $0), as: UTF8.self) }
    }

    /// The distinct values of a column, in the order of their first occurrence.
    private func values(_ column: Int) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return rows.map { field(column, $0) }.filter { seen.insert($0).inserted }
    }

    private func isEmpty(_ column: Int) -> Bool { rows.allSatisfy { field(column, $0).isEmpty } }

    /// Whether a column contains a value twice.
    private func recurs(_ column: Int) -> Bool {
        var seen: Set<[UInt8]> = []
        return !rows.allSatisfy { seen.insert(field(column, $0)).inserted }
    }

    private func isNumeric(_ column: Int) -> Bool { texts(column).allSatisfy { Double($0) != nil } }

    /// Whether a column contains only 0 and 1.
    private func isBinary(_ column: Int) -> Bool { rows.allSatisfy { Self.flag(field(column, $0)) != nil } }

    private func isList(_ column: Int) -> Bool {
        let filled = rows.lazy.map { field(column, $0) }.filter { !$0.isEmpty }
        return filled.contains { _ in true } && filled.allSatisfy { ListLiteral.isList($0) }
    }

    /// 0 and 1, also written as `1.0` and `False`; nil for anything else.
    static func flag(_ field: [UInt8]) -> Bool? {
        // The most common case.
        if field.count == 1, field[0] == UInt8(ascii: "0") || field[0] == UInt8(ascii: "1") {
            return field[0] == UInt8(ascii: "1")
        }
        return switch String(decoding: field.trimmedBlanks, as: UTF8.self).lowercased() {
        case "1", "1.0", "1.", "true", "yes": true
        case "0", "0.0", "0.", "false", "no": false
        case let text: Double(text).flatMap { $0 == 1 ? true : $0 == 0 ? false : nil }
        }
    }

    // MARK: Texts for errors

    /// `column "species"`, or `column 2` if there is no header.
    func title(_ column: Int) -> String { names.map { "column \"\($0[column])\"" } ?? "column \(column + 1)" }

    /// The identifier of a column in the options: its name, or its number if the name is not unique.
    func word(_ column: Int) -> String {
        guard let names, !names[column].isEmpty, names.count(where: { $0 == names[column] }) == 1 else {
            return "\(column + 1)"
        }
        return names[column]
    }

    private func listed(_ columns: some Collection<Int>, _ count: Int = 30) -> String {
        columns.prefix(count).map(word).joined(separator: ", ") + (columns.count > count ? ", …" : "")
    }

    private var header: String {
        names == nil ? "there is no header; there are \(width) columns" : "the columns are \(listed(0..<width))"
    }

    /// `age (41, 40, …)`
    private func described(_ column: Int) -> String {
        let values = values(column)
        let shown = values.prefix(3).map { value in
            String(String(decoding: value, as: UTF8.self).prefix(20))
        }
        return "\(word(column)) (\(shown.joined(separator: ", "))\(values.count > 3 ? ", …" : ""))"
    }

    private func fail(_ message: String) -> DatasetError { DatasetError(.unclearColumns, path: table, message) }

    /// The column with a name, or with a number from 1.
    private func column(_ wanted: String, property: String) throws(DatasetError) -> Int {
        if let names {
            let same = names.indices.filter { names[$0].utf8.elementsEqual(wanted.utf8) }
            let alike = names.indices.filter { names[$0].lowercased() == wanted.lowercased() }
            if let found = same.first ?? (alike.count == 1 ? alike[0] : nil) { return found }
        }
        if let number = Int(wanted), (1...Swift.max(1, width)).contains(number) { return number - 1 }
        throw fail(
            "there is no column '\(wanted)': \(header). Choose a column by its name or its number (`\(property)`).")
    }

    // MARK: The choice

    private mutating func choosePath(_ wanted: String?, _ files: inout NamedFiles) throws(DatasetError) {
        if let wanted {
            path = try column(wanted, property: "pathColumn")
            pathChoice = .init(title(path), because: "it was given")
            return
        }
        let sample = rows.prefix(50)
        func count(_ body: ([UInt8]) -> Bool) -> [Int] {
            (0..<width).map { column in
                sample.count { column < $0.fields.count && body($0.fields[column]) }
            }
        }
        let found = count { files.has($0) }
        let named = count { ImageFiles.accepts($0.trimmedBlanks) }
        let evidence = found.contains { $0 > 0 } ? found : named
        let most = evidence.max() ?? 0
        var candidates = (0..<width).filter { most > 0 && evidence[$0] * 2 >= most }
        var reason = found.contains { $0 > 0 } ? "its values are files" : "its values have image extensions"
        if most == 0 {
            candidates = (0..<width).filter { names($0, oneOf: Self.paths) }
            if candidates.isEmpty { candidates = (0..<width).filter { names($0, oneOf: Self.identifiers) } }
            reason = "its name in the header"
            if candidates.isEmpty, names == nil { (candidates, reason) = ([0], "it is the first column") }
        }
        let distinct = candidates.count > 1 ? candidates.map { values($0).count } : []
        let tests: [(Int) -> Bool] = [
            { [self] in names($0, oneOf: Self.paths) }, { named[$0] * 2 >= sample.count },
            { [self] in names($0, oneOf: Self.identifiers) },
            { column in candidates.firstIndex(of: column).map { distinct[$0] == distinct.max() } ?? false },
        ]
        var left = candidates
        for test in tests where left.count > 1 {
            let better = left.filter(test)
            if !better.isEmpty { left = better }
        }
        guard left.count == 1 else {
            throw fail(
                "\(header), and "
                    + "\(left.isEmpty ? "none contains existing images" : "several contain images: \(listed(left))"). "
                    + "Choose the column of the paths, such as \(setting("pathColumn", word(left.first ?? 0)))"
                    + (left.isEmpty
                        ? "; paths are relative to "
                            + "\(files.root.bytes.isEmpty ? "the working folder" : files.root.text) (`root`)."
                        : ".")
            )
        }
        path = left[0]
        pathChoice = .init(title(path), because: width > 1 ? reason : nil)
    }

    private mutating func chooseSplit() {
        for column in 0..<width where column != path {
            let name = names?[column].lowercased() ?? ""
            // Without a header, three columns are path, label and split.
            guard names == nil ? width > 2 : Self.splits.contains(name) || Self.flags[name] != nil else { continue }
            if let flagged = Self.flags[name] {
                guard isBinary(column) else { continue }
                let parts = values(column).map { ($0, Self.flag($0) == true ? flagged : .training) }
                splits = (column, Dictionary(uniqueKeysWithValues: parts))
                return
            }
            let values = values(column).filter { !$0.isEmpty }
            let parts = Self.parts(of: values)
            let fits =
                names == nil
                ? !parts.isEmpty && (parts.count == values.count || path == 0 && column == 2)
                : !parts.isEmpty || values.isEmpty
            if fits {
                splits = (column, parts)
                return
            }
            if names != nil {
                leftOut.append("\(title(column)) contains no parts such as train, val and test, and is not used")
            }
        }
    }

    /// The parts for words, without words that are not parts. `eval` means validation if no other does.
    private static func parts(of words: [[UInt8]]) -> [[UInt8]: SplitFolder] {
        let roles = words.compactMap { word in
            SplitName(word).flatMap { $0.rest.isEmpty ? (word: word, role: $0.role) : nil }
        }
        let evaluation: SplitFolder = roles.contains { $0.role == .validation } ? .test : .validation
        var parts: [[UInt8]: SplitFolder] = [:]
        for (word, role) in roles {
            switch role {
            case .training: parts[word] = .training
            case .validation: parts[word] = .validation
            case .test: parts[word] = .test
            case .evaluation: parts[word] = evaluation
            case .unlabeled: break
            }
        }
        return parts
    }

    /// The part of a row.
    func split(of row: DelimitedText.Record) throws(DatasetError) -> SplitFolder {
        guard let splits else { return .training }
        let word = field(splits.column, row)
        if let part = splits.parts[word] { return part }
        if word.isEmpty { return .training }
        throw DatasetError(
            .damagedFile, path: table,
            "line \(row.line): '\(word.excerpt)' is not a split. Write train, val or test into \(title(splits.column))"
                + (names == nil ? "; if it is something else, name the columns in a first line path,label." : "."))
    }

    /// The source of the parts; nil if no column contains it.
    var splitSource: String? { splits.map { title($0.column) } }

    private mutating func chooseLabels(_ wanted: String?) throws(DatasetError) {
        if let wanted {
            try takeLabels(wanted)
            labelChoice.reason = "it was given"
            return
        }
        let others = (0..<width).filter { $0 != path && $0 != splits?.column }
        var known = others.filter { names($0, oneOf: Self.labels) }
        if known.count > 1, areTheSame(known) { known = [known.first { !isNumeric($0) } ?? known[0]] }
        if known.count == 1 { return take(known[0], because: "its name in the header") }
        if known.isEmpty {
            if others.count == 1 { return take(others[0], because: names == nil ? nil : "no other column is left") }
            // Without a header, two columns are path and label; a third is the split.
            if names == nil, path == 0, width == 2 || splits?.column == 2 { return take(1, because: nil) }
            if others.isEmpty {
                // The first row that is too short is reported.
                return take(path == 0 ? 1 : 0, because: nil)
            }
        }
        let candidates = (known.isEmpty ? others : known).filter { column in
            let isNumber = names.map { ["", "unnamed: 0"].contains($0[column].lowercased()) } ?? false
            return !isNumber && !isEmpty(column) && (isList(column) || recurs(column) || rows.count < 3)
        }
        let binary = candidates.filter(isBinary)
        let lists = candidates.filter(isList)
        let rest = candidates.filter { !binary.contains($0) && !lists.contains($0) }
        switch (rest.count, lists.count, binary.count) {
        case (0, 0, 2...): return takeOneHot(binary)
        case (0, 1, 0): return take(lists[0], because: "it is the only column with lists of labels")
        case (0, 1, 2...) where saysTheSame(lists[0], as: binary):
            return take(lists[0], because: "the \(binary.count) columns of 0 and 1 contain the same labels")
        case (1, 0, 0), (0, 0, 1): return take((rest + binary)[0], because: "no other column has repeated values")
        default: throw unclearLabels(others, rest + lists, binary)
        }
    }

    /// The candidates for the label column.
    private func unclearLabels(_ others: [Int], _ single: [Int], _ binary: [Int]) -> DatasetError {
        let offered = single.isEmpty && binary.isEmpty ? others : single
        var choices = offered.prefix(8).map(described) + (offered.count > 8 ? ["…"] : [])
        // The names of columns with commas would be split.
        let isPlain = !binary.contains { word($0).contains(",") }
        let columns = binary.map { isPlain ? word($0) : "\($0 + 1)" }.joined(separator: ",")
        if binary.count > 1 {
            choices.append("the \(binary.count) columns of 0 and 1 together (\(listed(binary, 5)))")
        } else {
            choices += binary.map(described)
        }
        let example =
            offered.last(where: { !isNumeric($0) }).map(word) ?? (binary.count > 1 ? columns : word(others[0]))
        let other = binary.count > 1 && example != columns ? ", or \(setting("labelColumn", columns))" : ""
        return fail(
            "\(header), and none of them is clearly the label. It could be "
                + choices.joined(separator: "; ")
                + ". Choose the column of the labels, such as \(setting("labelColumn", example))\(other)."
        )
    }

    private mutating func take(_ column: Int, because reason: String?) {
        labels = .column(column)
        let isNamed = names.map { column < $0.count } ?? true
        labelChoice = .init(isNamed ? title(column) : "column \(column + 1)", because: reason)
    }

    private mutating func takeOneHot(_ columns: [Int]) {
        labels = .oneHot(columns)
        labelChoice = .init(
            "the \(columns.count) columns \(listed(columns, 8))", because: "they contain only 0 and 1")
    }

    private mutating func takeLabels(_ wanted: String) throws(DatasetError) {
        let names = wanted.split(separator: ",").map { String($0).trimmed }
        let isOne = names.count < 2 || self.names?.contains { $0.utf8.elementsEqual(wanted.utf8) } ?? false
        guard !isOne else { return take(try column(wanted, property: "labelColumn"), because: nil) }
        takeOneHot(try names.map { name throws(DatasetError) in try column(name, property: "labelColumn") })
    }

    /// Whether columns are names for the same thing: each value of one corresponds to one value of the other.
    private func areTheSame(_ columns: [Int]) -> Bool {
        columns.dropFirst().allSatisfy { other in
            var (forth, back): ([[UInt8]: [UInt8]], [[UInt8]: [UInt8]]) = ([:], [:])
            return rows.allSatisfy { row in
                let (one, two) = (field(columns[0], row), field(other, row))
                if forth[one] == nil { forth[one] = two }
                if back[two] == nil { back[two] = one }
                return forth[one] == two && back[two] == one
            }
        }
    }

    /// Whether a column of lists contains the names of the columns with a 1.
    private func saysTheSame(_ list: Int, as columns: [Int]) -> Bool {
        guard let names else { return false }
        return rows.allSatisfy { row in
            let listed = ListLiteral.items(field(list, row)).map { Set($0) } ?? []
            let marked = columns.filter { Self.flag(field($0, row)) == true }.map { Array(names[$0].utf8) }
            return listed == Set(marked)
        }
    }

    private mutating func noteUnused() {
        let used: [Int] =
            switch labels {
            case .elsewhere: []
            case .column(let column): [column]
            case .oneHot(let columns): columns
            }
        guard names != nil else { return }
        let unused = (0..<width).filter { $0 != path && $0 != splits?.column && !used.contains($0) }
            .filter { column in !leftOut.contains { $0.hasPrefix(title(column)) } }
        if !unused.isEmpty { leftOut.append("unused columns: \(listed(unused, 8))") }
    }
}
