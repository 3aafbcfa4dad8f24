internal import Platform

/// The records of a CSV or TSV file, as in RFC 4180.
///
/// Quoted fields may contain delimiters, quotes (doubled) and line breaks. A quote inside an unquoted field is an
/// ordinary character. Lines end in LF, CR LF or CR; blank ones are skipped. Everything is processed as bytes because
/// file names need not be text. A leading space is part of a name. The apostrophe with which `CSV` guards spreadsheets
/// is removed.
struct DelimitedText {
    struct Record {
        /// The first line of the record, from 1.
        let line: Int
        let fields: [[UInt8]]
    }

    let records: [Record]

    /// Throws if a quoted field does not end, or continues after its closing quote.
    init(_ file: TextFile, delimiter: UInt8) throws(DatasetError) {
        var reader = Reader(bytes: file.bytes, delimiter: delimiter, path: file.path)
        var records: [Record] = []
        while let record = try reader.next() {
            if record.fields != [[]] {
                records.append(Record(line: record.line, fields: record.fields.map(CSV.unguarded)))
            }
        }
        self.records = records
    }

    /// The delimiter of a file: a tab in `.tsv`; otherwise the delimiter in its first line: comma, tab or semicolon
    /// (used by German Excel), in this order.
    static func delimiter(of file: TextFile) -> UInt8 {
        if file.path.fileExtension == "tsv" { return UInt8(ascii: "\t") }
        let ends = Set("\n\r".utf8)
        let line = file.bytes.drop { ends.contains($0) || $0 == UInt8(ascii: " ") }.prefix { !ends.contains($0) }
        return [",", "\t", ";"].map { UInt8(ascii: $0) }.first { line.contains($0) } ?? UInt8(ascii: ",")
    }

    private struct Reader {
        private static let quote = UInt8(ascii: "\"")
        private static let lineFeed = UInt8(ascii: "\n")
        private static let carriageReturn = UInt8(ascii: "\r")

        let bytes: [UInt8]
        let delimiter: UInt8
        let path: FilePath
        private var place = 0
        private var line = 1

        init(bytes: [UInt8], delimiter: UInt8, path: FilePath) {
            self.bytes = bytes
            self.delimiter = delimiter
            self.path = path
        }

        mutating func next() throws(DatasetError) -> Record? {
            guard place < bytes.count else { return nil }
            let first = line
            var fields: [[UInt8]] = []
            while true {
                fields.append(try field())
                guard place < bytes.count, bytes[place] == delimiter else { break }
                place += 1
            }
            skipEndOfLine()
            return Record(line: first, fields: fields)
        }

        private mutating func field() throws(DatasetError) -> [UInt8] {
            guard place < bytes.count, bytes[place] == Self.quote else {
                let end = bytes[place...].firstIndex { $0 == delimiter || isEndOfLine($0) } ?? bytes.count
                defer { place = end }
                return Array(bytes[place..<end])
            }
            let first = line
            var field: [UInt8] = []
            place += 1
            while place < bytes.count {
                let byte = bytes[place]
                if byte == Self.quote {
                    place += 1
                    guard place < bytes.count, bytes[place] == Self.quote else {
                        try checkEnd(of: field)
                        return field
                    }
                } else if byte == Self.lineFeed {
                    line += 1
                }
                field.append(byte)
                place += 1
            }
            throw DatasetError(
                .damagedFile, path: path.text,
                "line \(first): a quoted field is never closed. Close it with a quote, or double the quotes in it.")
        }

        private func checkEnd(of field: [UInt8]) throws(DatasetError) {
            guard place < bytes.count, bytes[place] != delimiter, !isEndOfLine(bytes[place]) else { return }
            throw DatasetError(
                .damagedFile, path: path.text,
                "line \(line): there is text after the closing quote of \"\(field.excerpt)\". "
                    + "Double the quotes that belong to the field.")
        }

        private func isEndOfLine(_ byte: UInt8) -> Bool { byte == Self.lineFeed || byte == Self.carriageReturn }

        private mutating func skipEndOfLine() {
            guard place < bytes.count else { return }
            line += 1
            place += bytes[place] == Self.carriageReturn && bytes.dropFirst(place + 1).first == Self.lineFeed ? 2 : 1
        }
    }
}

/// Comma-separated values as in RFC 4180, safe to open in a spreadsheet.
///
/// A spreadsheet interprets a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break as a formula or a
/// command. Such a text gets a leading apostrophe, which spreadsheets interpret as a text marker. A text that already
/// has apostrophes before such a character gets one more, so that removing one restores each text. Numbers stay
/// unchanged.
public enum CSV {
    /// A field, quoted if it contains a comma, a quotation mark or a line break, or has spaces at its ends.
    ///
    /// Compares scalars: a comma with a combining accent is another `Character`, but a comma for any reader.
    public static func field(_ text: String) -> String {
        let text = isDangerous(text.utf8) && Double(text) == nil ? "'" + text : text
        let ends = [text.utf8.first, text.utf8.last]
        let isPlain = !ends.contains(UInt8(ascii: " ")) && !text.unicodeScalars.contains { special.contains($0) }
        guard !isPlain else { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        return String(quoted) + "\""
    }

    /// A line of fields, without its end.
    public static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") }

    /// The bytes of a field before `field` guarded them.
    static func unguarded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.first == UInt8(ascii: "'") && isDangerous(bytes) ? Array(bytes.dropFirst()) : bytes
    }

    private static let special = Set(",\"\r\n\t;".unicodeScalars)

    /// Characters that start a formula in a spreadsheet, in Latin and full-width form.
    private static let starts = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"].map { Array($0.utf8) }

    private static func isDangerous(_ bytes: some Collection<UInt8>) -> Bool {
        let rest = bytes.drop { $0 == UInt8(ascii: "'") }
        return starts.contains { rest.starts(with: $0) }
    }
}
