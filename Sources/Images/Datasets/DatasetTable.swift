internal import LibC
internal import Platform
internal import Web

/// Writes datasets as CSV, `path,label,split`, which `openDataset` reads.
package enum DatasetTable {
    /// The text of a table of the images in these parts, with a header.
    ///
    /// Parts are named `train`, `val` and `test`, or nil in a table without splits. Several classes of an image are
    /// separated by semicolons. `folder` is the location of the table: paths of images inside are relative to it,
    /// others are absolute. Paths that are not UTF-8 are written byte by byte. Throws if an image has no file and no
    /// URL.
    package static func text(
        of parts: [(split: String?, images: any ImageDataset)], in folder: String
    ) throws(DatasetError) -> String {
        let hasSplits = parts.contains { $0.split != nil }
        let place = FilePath(folder).absolute
        var text = hasSplits ? "path,label,split\n" : "path,label\n"
        for part in parts {
            for index in 0..<part.images.count {
                let labels = part.images.labels(at: index).map { part.images.classNames[$0] }
                text += line(
                    try file(of: part.images, at: index, within: place), labels: labels,
                    split: hasSplits ? part.split ?? "" : nil)
            }
        }
        return text
    }

    private static func file(
        of images: any ImageDataset, at index: Int, within folder: FilePath
    ) throws(DatasetError) -> String {
        switch (try? images.encodedImage(at: index))?.content {
        case .file(let file): return String(fileName: file.absolute.bytes(within: folder))
        case .url(let url, _): return url.text
        case .bytes, nil:
            let name = images.name(at: index)
            throw DatasetError(.unreadable, "\(name) is not a separate file, so a table cannot contain it.")
        }
    }

    /// A line; nil for `split` omits the column.
    private static func line(_ path: String, labels: [String], split: String?) -> String {
        CSV.line([path, labels.map { TableLabel.escaped($0) }.joined(separator: ";")] + (split.map { [$0] } ?? []))
            + "\n"
    }
}

/// The form of labels in the cells of a table: `;` separates them, and spaces at their ends are ignored. A backslash
/// before a semicolon, a space or a backslash makes it part of the name.
package enum TableLabel {
    private static let (backslash, semicolon) = (UInt8(ascii: "\\"), UInt8(ascii: ";"))

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The escaped label for a cell.
    package static func escaped(_ label: String) -> String {
        let last = label.utf8.count - 1
        return String(
            decoding: label.utf8.enumerated().flatMap { place, byte in
                let isSpecial = byte == semicolon || byte == backslash || isBlank(byte) && (place == 0 || place == last)
                return isSpecial ? [backslash, byte] : [byte]
            }, as: UTF8.self)
    }

    /// The labels of a cell, without empty ones.
    ///
    /// - Parameter separator: The separator, at least one byte.
    static func labels(in cell: [UInt8], separator: [UInt8] = [semicolon]) -> [[UInt8]] {
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        /// The length of the label without spaces at its end.
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
    /// The split as CSV, `path,label,split`, for a file in `folder`. See `DatasetTable`.
    ///
    /// Throws if an image has no file.
    public func table(in folder: String) throws(DatasetError) -> String {
        let parts: [(String?, any ImageDataset)] =
            [("train", training), ("val", validation)] + (test.map { [("test", $0)] } ?? [])
        return try DatasetTable.text(of: parts.map { (split: $0.0, images: $0.1) }, in: folder)
    }
}

extension FilePath {
    /// The absolute path; links and `..` stay unchanged.
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
