internal import Platform

/// The records of a CSV or TSV file, by RFC 4180.
///
/// Fields may be quoted, and then hold delimiters, quotes (doubled) and ends of lines. A quote within a field that does
/// not begin with one is a letter as any other. Lines end in LF, CR LF or CR; blank ones are passed over. All is done on
/// bytes, as names of files need not be text, and a blank belongs to the name that it begins. The apostrophe by which `CSV`
/// guards spreadsheets is dropped.
struct DelimitedText {
    struct Record {
        /// The line on which it begins, from 1.
        let line: Int
        let fields: [[UInt8]]
    }

    let records: [Record]

    /// Throws where a quoted field does not end, or goes on behind its closing quote.
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

    /// The delimiter of a file: a tab in `.tsv`; elsewhere what stands in its first line, the comma before the tab before
    /// the semicolon (which a German Excel writes).
    static func delimiter(of file: TextFile) -> UInt8 {
        if PictureFiles.ending(of: file.path.bytes) == "tsv" { return UInt8(ascii: "\t") }
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
                "line \(line): there is more behind the closing quote of \"\(field.excerpt)\". "
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
