/// An error in a text that does not follow its notation: the position and the reason.
///
/// Transforms, layers, schedules and network descriptions are all parsed this way. The description shows the line with
/// a mark under the wrong characters:
///
/// ```
/// transforms, line 1, character 14: unknown transform 'rotaton'; did you mean 'rotation'?
/// resize(256), rotaton(40)
///              ^~~~~~~
/// ```
public struct NotationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of text, such as `transforms`, or the path of a file.
    public package(set) var subject: String
    /// The whole text.
    public let text: String
    /// The range of the wrong characters, counted from 0; at the end if something is missing; nil if the text as a
    /// whole is wrong.
    public let position: Range<Int>?
    /// The problem, and the valid alternatives.
    public package(set) var reason: String

    /// The line number, from 1.
    public var line: Int { Array(text).prefix(start).count(where: \.isNewline) + 1 }

    /// The column in the line, from 1.
    public var column: Int { start - lineStart + 1 }

    /// The line with a mark under the wrong characters.
    public var excerpt: String {
        let text = Array(text)
        let end = text[start...].firstIndex(where: \.isNewline) ?? text.count
        // A tab stays a tab, so that the mark is at the right position for any tab width.
        let indent = text[lineStart..<start].map { $0 == "\t" ? "\t" : " " }.joined()
        let length = min(position?.upperBound ?? start, end) - start
        return String(text[lineStart..<end]) + "\n" + indent + "^" + String(repeating: "~", count: max(0, length - 1))
    }

    /// The full message, on three lines if there is a position.
    public var description: String {
        position == nil
            ? "\(subject): \(reason)" : "\(subject), line \(line), character \(column): \(reason)\n\(excerpt)"
    }

    private var start: Int { min(position?.lowerBound ?? 0, text.count) }

    private var lineStart: Int { Array(text).prefix(start).lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0 }

    /// Creates an error of a text as a whole.
    package init(_ reason: String, in text: String, of subject: String) {
        (self.reason, self.text, self.subject, position) = (reason, text, subject, nil)
    }

    /// Creates an error of a part, which is a substring of the text.
    package init(_ reason: String, at part: Substring, of subject: String) {
        (self.reason, self.text, self.subject) = (reason, part.base, subject)
        let start = text.distance(from: text.startIndex, to: part.startIndex)
        position = start..<start + part.count
    }
}

extension Decoder {
    /// Decodes a value from a text in its notation.
    package func decode<Value>(_ read: (String) throws -> Value) throws -> Value {
        let text = try String(from: self)
        do {
            return try read(text)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "\(error)", underlyingError: error))
        }
    }
}

/// A scanner of a part of a text. Parts taken from it keep their position.
extension Substring {
    /// The part without surrounding spaces.
    package var trimmedPart: Substring {
        var part = drop(while: \.isWhitespace)
        while part.last?.isWhitespace == true { part.removeLast() }
        return part
    }

    /// Consumes a character and the spaces before it. Returns false if it does not come next.
    package mutating func take(_ character: Character) -> Bool {
        self = drop(while: \.isWhitespace)
        guard first == character else { return false }
        removeFirst()
        return true
    }
}

/// A form of a notation: its syntax, such as `step:EPOCHS[,FACTOR]`, and its parser.
package struct NotationForm<Value>: Sendable {
    package let usage: String
    private let reading: @Sendable (inout NotationWords) throws -> Value

    package init(_ usage: String, _ reading: @escaping @Sendable (inout NotationWords) throws -> Value) {
        (self.usage, self.reading) = (usage, reading)
    }

    /// A form that is a single word.
    package init(_ word: String, _ value: Value) where Value: Sendable { self.init(word) { _ in value } }

    /// The first word of the form.
    package var name: Substring { usage.prefix { $0.isLetter || $0.isNumber } }

    /// Parses the words after the name.
    ///
    /// - Parameter excess: Returns the problem of a surplus word.
    package func read(_ words: NotationWords, excess: (Substring) -> String) throws(NotationError) -> Value {
        var words = words
        do {
            let value = try reading(&words)
            if let word = words.rest { throw words.fault(excess(word), at: word) }
            return value
        } catch {
            throw error as? NotationError ?? words.fault("\(error)")
        }
    }
}

/// The words after the name of a form: values in order, and named options such as `stride=2`.
package struct NotationWords {
    /// The values that are not yet used.
    package var values: ArraySlice<Substring>
    private var options: [Substring]
    private let end: Substring
    private let hint: String
    private let subject: String

    /// - Parameters:
    ///   - end: The position of missing words.
    ///   - hint: The syntax, appended to each error.
    package init(_ words: [Substring], end: Substring, hint: String, of subject: String) {
        values = words.filter { !$0.contains("=") }[...]
        options = words.filter { $0.contains("=") }
        (self.end, self.hint, self.subject) = (end, hint, subject)
    }

    /// A surplus word.
    package var rest: Substring? { values.first ?? options.first }

    /// Returns an error at a word, or at the end.
    package func fault(_ reason: String, at word: Substring? = nil) -> NotationError {
        NotationError("\(reason); \(hint)", at: word ?? end, of: subject)
    }

    /// Returns the next value, which is required.
    package mutating func next(_ name: String) throws(NotationError) -> Substring {
        guard let word = values.popFirst() else { throw fault("\(name) is missing") }
        return word
    }

    /// Returns the value of an option, or nil if it is not given.
    package mutating func take(_ option: String) -> Substring? {
        guard let place = options.firstIndex(where: { $0.prefix { $0 != "=" } == option }) else { return nil }
        return options.remove(at: place).drop { $0 != "=" }.dropFirst()
    }

    /// Parses the value of a word.
    ///
    /// - Parameters:
    ///   - name: Its meaning, for errors.
    ///   - kind: Its required kind, for errors.
    package func value<Value>(
        _ word: Substring, _ name: String, is kind: String, _ read: (Substring) -> Value?
    ) throws(NotationError) -> Value {
        guard let value = read(word) else { throw fault("\(name) must be \(kind), not '\(word)'", at: word) }
        return value
    }
}
