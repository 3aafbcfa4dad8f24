/// A value as it is written: a word or number, a range, or several in brackets.
struct NotedValue {
    indirect enum Kind {
        case word(String)
        case range(String, String)
        case list([NotedValue])
    }

    let kind: Kind
    /// Where it stands, in characters.
    let range: Range<Int>
}

/// An argument, with or without its name.
struct NotedArgument {
    let name: (text: String, range: Range<Int>)?
    let value: NotedValue
}

/// `name(argument, name: argument)`.
struct NotedStep {
    let name: String
    let range: Range<Int>
    let arguments: [NotedArgument]
}

/// Takes a text apart: steps, separated by commas, and what stands in their brackets. It knows no transform.
struct NotationScanner {
    let text: [Character]
    private var place = 0

    init(_ text: String) { self.text = Array(text) }

    /// All steps.
    mutating func steps() throws(TransformNotationError) -> [NotedStep] {
        var steps: [NotedStep] = []
        skipBlanks()
        guard place < text.count else { return [] }
        while true {
            steps.append(try step())
            guard place < text.count else { return steps }
            guard take(",") else {
                throw fail("'\(text[place])' does not belong here; a comma stands between two transforms")
            }
        }
    }

    private mutating func step() throws(TransformNotationError) -> NotedStep {
        let (name, range) = try word("the name of a transform")
        var arguments: [NotedArgument] = []
        if take("(") {
            let opening = place - 1
            skipBlanks()
            while !take(")") {
                if !arguments.isEmpty, !take(",") { throw unclosed(opening, "(", ")") }
                // A comma may stand behind the last.
                if !arguments.isEmpty, take(")") { break }
                arguments.append(try argument(opening))
            }
        }
        skipBlanks()
        return NotedStep(name: name, range: range, arguments: arguments)
    }

    private mutating func argument(_ opening: Int) throws(TransformNotationError) -> NotedArgument {
        skipBlanks()
        if place == text.count { throw unclosed(opening, "(", ")") }
        let start = place
        if let first = try? word("a name"), take(":") || take("=") {
            return NotedArgument(name: (first.text, first.range), value: try value())
        }
        place = start
        return NotedArgument(name: nil, value: try value())
    }

    private mutating func value() throws(TransformNotationError) -> NotedValue {
        skipBlanks()
        let start = place
        for (open, close) in [("(", ")"), ("[", "]")] as [(Character, Character)] where take(open) {
            var values: [NotedValue] = []
            while !take(close) {
                if !values.isEmpty, !take(",") { throw unclosed(start, open, close) }
                if !values.isEmpty, take(close) { break }
                if place == text.count { throw unclosed(start, open, close) }
                values.append(try value())
            }
            return NotedValue(kind: .list(values), range: start..<place)
        }
        let (first, range) = try word("a value")
        guard takeDots() else { return NotedValue(kind: .word(first), range: range) }
        let (last, end) = try word("the end of the range")
        return NotedValue(kind: .range(first, last), range: start..<end.upperBound)
    }

    /// A name or a number, which may stand in quotation marks.
    private mutating func word(
        _ what: String
    ) throws(TransformNotationError) -> (text: String, range: Range<Int>) {
        skipBlanks()
        let start = place
        for quote in ["'", "\""] as [Character] where take(quote) {
            guard let end = text[place...].firstIndex(of: quote) else {
                throw fail("the quotation mark is not closed", at: start..<(start + 1))
            }
            defer { place = end + 1 }
            return (String(text[place..<end]), start..<(end + 1))
        }
        while place < text.count, Self.isPartOfWord(text[place]), !isAtDots { place += 1 }
        guard place > start else {
            throw place == text.count
                ? fail("the text ends where \(what) is missing")
                : fail("\(what) is missing before '\(text[place])'")
        }
        return (String(text[start..<place]), start..<place)
    }

    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_-+.".contains(character)
    }

    // MARK: Characters

    private var isAtDots: Bool { text[place...].prefix(3).elementsEqual("...") }

    private mutating func takeDots() -> Bool {
        skipBlanks()
        guard isAtDots else { return false }
        place += 3
        return true
    }

    private mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard place < text.count, text[place] == character else { return false }
        place += 1
        return true
    }

    private mutating func skipBlanks() {
        while place < text.count, text[place].isWhitespace { place += 1 }
    }

    // MARK: Errors

    private func fail(_ reason: String, at range: Range<Int>? = nil) -> TransformNotationError {
        TransformNotationError(reason, at: range ?? place..<min(place + 1, text.count), in: text)
    }

    private func unclosed(_ opening: Int, _ open: Character, _ close: Character) -> TransformNotationError {
        place < text.count
            ? fail("'\(text[place])' does not belong here; a comma or '\(close)' does")
            : fail("the bracket '\(open)' is not closed", at: opening..<(opening + 1))
    }
}

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
