/// A text that tells no transforms, and where in it.
public struct TransformNotationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line of the text, from 1.
    public let line: Int
    /// The character in this line, from 1.
    public let column: Int
    /// What is wrong there, and what to do.
    public let reason: String
    /// The line, and below it a mark under what is wrong.
    public let excerpt: String

    /// All of it, over three lines.
    public var description: String { "transforms, line \(line), character \(column): \(reason)\n\(excerpt)" }

    /// `range` counts characters of the text.
    init(_ reason: String, at range: Range<Int>, in text: [Character]) {
        self.reason = reason
        let start = min(range.lowerBound, text.count)
        let lineStart = text[..<start].lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0
        let lineEnd = text[start...].firstIndex(where: \.isNewline) ?? text.count
        line = text[..<start].count(where: \.isNewline) + 1
        column = start - lineStart + 1
        // A tab stays one, so that the mark lies below whatever its width.
        let indent = text[lineStart..<start].map { $0 == "\t" ? "\t" : " " }.joined()
        let length = min(range.upperBound, lineEnd) - start
        let mark = "^" + String(repeating: "~", count: max(0, length - 1))
        excerpt = String(text[lineStart..<lineEnd]) + "\n" + indent + mark
    }
}
