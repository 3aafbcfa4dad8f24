internal import Glibc

/// Writes datasets as CSV, `path,label,split`, which `openDataset` reads back.
public enum DatasetTable {
    /// The text of a table of the pictures in these parts, with a line that names the columns.
    ///
    /// Parts are named `train`, `val` and `test`, or nil in a table without splits. A picture of several classes has
    /// them with semicolons between. `folder` is where the table will lie: paths of pictures in it count from there,
    /// others from the root of the file system.
    /// Throws where a picture has no file, or one whose path is not UTF-8.
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
        guard let path = FilePath(bytes: file.absolute.bytes(within: folder)).exactText else {
            throw DatasetError(
                .unreadable, path: name, "the name of this file is not UTF-8, so that no table can name it. Rename it.")
        }
        return path
    }

    /// A line; `split` nil leaves the column out.
    private static func line(_ path: String, labels: [String], split: String?) -> String {
        let label = labels.map { escaped($0) }.joined(separator: ";")
        return ([path, label] + (split.map { [$0] } ?? [])).map(quoted).joined(separator: ",") + "\n"
    }

    private static func escaped(_ label: String) -> String {
        let semicolon = UInt8(ascii: ";")
        return String(
            decoding: label.utf8.flatMap { $0 == semicolon ? [UInt8(ascii: "\\"), $0] : [$0] }, as: UTF8.self)
    }

    private static func quoted(_ field: String) -> String {
        let special = Set(",\"\r\n\t;".utf8)
        guard field.utf8.contains(where: special.contains) || field.hasPrefix(" ") || field.hasSuffix(" ") else {
            return field
        }
        let quote = UInt8(ascii: "\"")
        return "\"" + String(decoding: field.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }, as: UTF8.self) + "\""
    }
}

extension DatasetSplit {
    /// The split as CSV, `path,label,split`, for a file that will lie in `folder`. See `DatasetTable`.
    ///
    /// Throws where a picture has no file of its own.
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
        let working = FilePath(String(cString: buffer))
        var parts = bytes.split(separator: UInt8(ascii: "/")).drop { $0 == [UInt8(ascii: ".")] }
        if parts.last == [UInt8(ascii: ".")] { parts.removeLast() }
        return parts.reduce(working) { $0.appending(Array($1)) }
    }
}
