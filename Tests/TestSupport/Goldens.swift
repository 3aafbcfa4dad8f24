public import Foundation

/// The files under `Tests/Goldens`, which the scripts in `scripts/goldens/` write.
public enum Goldens {
    /// The package's folder, found from the location of this file.
    public static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A golden file, by its path in `Tests/Goldens`.
    public static func url(_ path: String) -> URL {
        package.appending(path: "Tests/Goldens").appending(path: path)
    }

    /// A JSON file, decoded.
    public static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: url(path)))
    }

    /// The rows of a file of tab-separated values; the first line has the names of the columns.
    public static func table(_ path: String) throws -> [[String: String]] {
        let text = try String(contentsOf: url(path), encoding: .utf8)
        var lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        guard !lines.isEmpty else { return [] }
        let names = lines.removeFirst()
        return lines.map { cells in
            Dictionary(zip(names, cells).map { (String($0), String($1)) }, uniquingKeysWith: { first, _ in first })
        }
    }
}
