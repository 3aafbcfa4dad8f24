internal import Platform

/// A written value: a word or number, a range, or several in brackets.
struct NotedValue {
    indirect enum Kind {
        case word(Substring)
        case range(Substring, Substring)
        case list([NotedValue])
    }

    let kind: Kind
    /// Its position.
    let place: Substring

    /// The values in brackets, or the value alone.
    var parts: [NotedValue] {
        if case .list(let parts) = kind { return parts }
        return [self]
    }
}

/// A name or a number without its quotation marks, and its position.
typealias NotedWord = (text: Substring, place: Substring)

/// `name(argument, name: argument)`.
struct NotedStep {
    let name: NotedWord
    let arguments: [(name: NotedWord?, value: NotedValue)]
}

/// Parses a text into steps, separated by commas, and their arguments. It knows no transforms.
struct NotationScanner {
    private let text: String
    private var rest: Substring

    init(_ text: String) { (self.text, rest) = (text, text[...]) }

    /// All steps.
    mutating func steps() throws(NotationError) -> [NotedStep] {
        var steps: [NotedStep] = []
        skipBlanks()
        guard !rest.isEmpty else { return [] }
        while true {
            steps.append(try step())
            guard let next = rest.first else { return steps }
            guard rest.take(",") else {
                throw fail("unexpected '\(next)'; separate transforms by commas")
            }
        }
    }

    private mutating func step() throws(NotationError) -> NotedStep {
        let name = try word("the name of a transform")
        let arguments: [(name: NotedWord?, value: NotedValue)] =
            rest.take("(")
            ? try list(to: ")") { (scanner: inout Self) throws(NotationError) in try scanner.argument() } : []
        skipBlanks()
        return NotedStep(name: name, arguments: arguments)
    }

    private mutating func argument() throws(NotationError) -> (name: NotedWord?, value: NotedValue) {
        let start = rest
        if let name = try? word("a name"), rest.take(":") || rest.take("=") { return (name, try value()) }
        rest = start
        return (nil, try value())
    }

    private mutating func value() throws(NotationError) -> NotedValue {
        skipBlanks()
        let start = rest.startIndex
        for (open, close) in [("(", ")"), ("[", "]")] as [(Character, Character)] where rest.take(open) {
            let parts = try list(to: close) { (scanner: inout Self) throws(NotationError) in try scanner.value() }
            return NotedValue(kind: .list(parts), place: text[start..<rest.startIndex])
        }
        let first = try word("a value")
        skipBlanks()
        guard rest.starts(with: "...") else { return NotedValue(kind: .word(first.text), place: first.place) }
        rest.removeFirst(3)
        let last = try word("the end of the range")
        return NotedValue(kind: .range(first.text, last.text), place: text[start..<last.place.endIndex])
    }

    /// The values after a bracket, separated by commas, and the closing bracket.
    private mutating func list<Element>(
        to close: Character, _ element: (inout Self) throws(NotationError) -> Element
    ) throws(NotationError) -> [Element] {
        let open = text[..<rest.startIndex].suffix(1)
        var elements: [Element] = []
        while !rest.take(close) {
            let isParted = elements.isEmpty || rest.take(",")
            // A comma may follow the last value.
            if isParted, !elements.isEmpty, rest.take(close) { break }
            guard isParted, !rest.isEmpty else {
                throw rest.isEmpty
                    ? fail("the bracket '\(open)' is not closed", at: open)
                    : fail("unexpected '\(rest.prefix(1))' instead of a comma or '\(close)'")
            }
            elements.append(try element(&self))
        }
        return elements
    }

    /// A name or a number, optionally in quotation marks.
    private mutating func word(_ what: String) throws(NotationError) -> NotedWord {
        for quote in ["'", "\""] as [Character] where rest.take(quote) {
            let mark = text[..<rest.startIndex].suffix(1)
            guard let end = rest.firstIndex(of: quote) else { throw fail("the quotation mark is not closed", at: mark) }
            let word = rest[..<end]
            rest = rest[end...].dropFirst()
            return (word, text[mark.startIndex..<rest.startIndex])
        }
        let run = rest.prefix { $0.isLetter || $0.isNumber || "_-+.".contains($0) }
        let word = run[..<(run.firstRange(of: "...")?.lowerBound ?? run.endIndex)]
        guard !word.isEmpty else {
            throw rest.isEmpty
                ? fail("\(what) is missing at the end") : fail("\(what) is missing before '\(rest.prefix(1))'")
        }
        rest = rest[word.endIndex...]
        return (word, word)
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

    private func fail(_ reason: String, at place: Substring? = nil) -> NotationError {
        NotationError(reason, at: place ?? rest.prefix(1))
    }
}

extension NotationError {
    /// An error in a list of transforms.
    init(_ reason: String, at place: Substring) { self.init(reason, at: place, of: "transforms") }
}
