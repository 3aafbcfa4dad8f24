internal import Glibc
internal import Platform

/// Writes datasets as CSV, `path,label,split`, which `openDataset` reads back.
public enum DatasetTable {
    /// The text of a table of the images in these parts, with a line that names the columns.
    ///
    /// Parts are named `train`, `val` and `test`, or nil in a table without splits. An image of several classes has
    /// them with semicolons between. `folder` is where the table will lie: paths of images in it count from there,
    /// others from the root of the file system.
    /// A path that is not UTF-8 stands in the text byte by byte. Throws where an image has no file.
    public static func text(
        of parts: [(split: String?, pictures: any ImageDataset)], in folder: String
    ) throws(DatasetError) -> String {
        let hasSplits = parts.contains { $0.split != nil }
        let place = FilePath(folder).absolute
        var text = hasSplits ? "path,label,split\n" : "path,label\n"
        for part in parts {
            for index in 0..<part.pictures.count {
                let labels = part.pictures.labels(at: index).map { part.pictures.classNames[$0] }
                text += line(
                    try file(of: part.pictures, at: index, within: place), labels: labels,
                    split: hasSplits ? part.split ?? "" : nil)
            }
        }
        return text
    }

    private static func file(
        of pictures: any ImageDataset, at index: Int, within folder: FilePath
    ) throws(DatasetError) -> String {
        let name = pictures.name(at: index)
        guard case .file(let file) = (try? pictures.encodedImage(at: index))?.content else {
            throw DatasetError(.unreadable, "\(name) is no file of its own, so that no table can name it.")
        }
        return String(fileName: file.absolute.bytes(within: folder))
    }

    /// A line; `split` nil leaves the column out.
    private static func line(_ path: String, labels: [String], split: String?) -> String {
        CSV.line([path, labels.map { TableLabel.escaped($0) }.joined(separator: ";")] + (split.map { [$0] } ?? []))
            + "\n"
    }
}

/// How labels stand in the cells of a table: `;` parts them, blanks at their ends do not count. A backslash before a
/// semicolon, a blank or a backslash makes it a part of the name.
enum TableLabel {
    private static let (backslash, semicolon) = (UInt8(ascii: "\\"), UInt8(ascii: ";"))

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The label as it stands in a cell.
    static func escaped(_ label: String) -> String {
        let last = label.utf8.count - 1
        return String(
            decoding: label.utf8.enumerated().flatMap { place, byte in
                let isSpecial = byte == semicolon || byte == backslash || isBlank(byte) && (place == 0 || place == last)
                return isSpecial ? [backslash, byte] : [byte]
            }, as: UTF8.self)
    }

    /// The labels of a cell, without those that are empty.
    ///
    /// - Parameter separator: what stands between them, of one byte at least.
    static func labels(in cell: [UInt8], separator: [UInt8] = [semicolon]) -> [[UInt8]] {
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        /// How much of the label is more than blanks at its end.
        var kept = 0
        func add() {
            if kept > 0 { labels.append(Array(label[..<kept])) }
            (label, kept) = ([], 0)
        }
        var place = 0
        while place < cell.count {
            var byte = cell[place]
            var counts = !isBlank(byte)
            if cell[place...].starts(with: separator) {
                add()
                place += separator.count
                continue
            }
            if byte == backslash, place + 1 < cell.count {
                let next = cell[place + 1]
                if next == semicolon || next == backslash || isBlank(next) {
                    (byte, counts) = (next, true)
                    place += 1
                }
            }
            if counts || !label.isEmpty { label.append(byte) }
            if counts { kept = label.count }
            place += 1
        }
        add()
        return labels
    }
}

extension DatasetSplit {
    /// The split as CSV, `path,label,split`, for a file that will lie in `folder`. See `DatasetTable`.
    ///
    /// Throws where an image has no file of its own.
    public func table(in folder: String) throws(DatasetError) -> String {
        let parts: [(String?, any ImageDataset)] =
            [("train", training), ("val", validation)] + (test.map { [("test", $0)] } ?? [])
        return try DatasetTable.text(of: parts.map { (split: $0.0, pictures: $0.1) }, in: folder)
    }
}

extension FilePath {
    /// The path from the root of the file system on; links and `..` are left as they are.
    var absolute: FilePath {
        if bytes.first == UInt8(ascii: "/") { return self }
        guard let buffer = getcwd(nil, 0) else { return self }
        defer { free(buffer) }
        let working = FilePath(String(fileName: buffer))
        var parts = bytes.split(separator: UInt8(ascii: "/")).drop { $0 == [UInt8(ascii: ".")] }
        if parts.last == [UInt8(ascii: ".")] { parts.removeLast() }
        return parts.reduce(working) { $0.appending(Array($1)) }
    }
}
