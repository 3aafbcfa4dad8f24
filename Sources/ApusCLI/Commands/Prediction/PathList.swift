internal import Apus
internal import Foundation

/// Paths that come on a pipe, one a line, taken in parts as large as what has come.
///
/// So answers come while the list does, and its length costs no memory.
final class PathList {
    /// More paths than that wait in the pipe.
    private static let largestPart = 4096

    private let handle: FileHandle
    private var remaining: Int
    /// What was read behind the last whole line.
    private var rest: [UInt8] = []
    private var lines: ArraySlice<String> = []
    private var isAtEnd = false

    init(_ handle: FileHandle, limit: Int?) {
        self.handle = handle
        remaining = limit ?? .max
    }

    /// The next pictures; nil at the end of the list. Waits until there is at least one path.
    func next() throws -> PredictionInput? {
        while lines.isEmpty, !isAtEnd { try read() }
        let count = min(lines.count, Self.largestPart, remaining)
        guard count > 0 else { return nil }
        let part = Array(lines.prefix(count))
        lines = lines.dropFirst(count)
        remaining -= count
        return try PredictionInput(paths: part)
    }

    private func read() throws {
        let data = handle.availableData
        isAtEnd = data.isEmpty
        rest += data
        let end = isAtEnd ? rest.count : (rest.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
        lines =
            rest[..<end].split(separator: UInt8(ascii: "\n")).map { line in
                String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }.filter { !$0.isEmpty }[...]
        rest.removeFirst(end)
    }
}
