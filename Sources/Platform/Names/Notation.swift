/// A text that does not follow its notation: where, and why.
///
/// Transforms, layers, schedules and descriptions of networks are all read this way. The description shows the line
/// with a mark under the characters at fault:
///
/// ```
/// transforms, line 1, character 14: 'rotaton' is no transform; is it 'rotation'?
/// resize(256), rotaton(40)
///              ^~~~~~~
/// ```
public struct NotationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the text is: `transforms`, or the path of a file.
    public package(set) var subject: String
    /// The whole text.
    public let text: String
    /// The characters at fault, counted from 0: those at the end where something is missing there; nil where the text
    /// as a whole is wrong.
    public let position: Range<Int>?
    /// What is wrong, and what may stand there.
    public package(set) var reason: String

    /// The line, from 1.
    public var line: Int { Array(text).prefix(start).count(where: \.isNewline) + 1 }

    /// The character in the line, from 1.
    public var column: Int { start - lineStart + 1 }

    /// The line, and a mark below the characters at fault.
    public var excerpt: String {
        let text = Array(text)
        let end = text[start...].firstIndex(where: \.isNewline) ?? text.count
        // A tab stays one, so that the mark lies below whatever its width.
        let indent = text[lineStart..<start].map { $0 == "\t" ? "\t" : " " }.joined()
        let length = min(position?.upperBound ?? start, end) - start
        return String(text[lineStart..<end]) + "\n" + indent + "^" + String(repeating: "~", count: max(0, length - 1))
    }

    /// All of it: over three lines where there is a position.
    public var description: String {
        position == nil
            ? "\(subject): \(reason)" : "\(subject), line \(line), character \(column): \(reason)\n\(excerpt)"
    }

    private var start: Int { min(position?.lowerBound ?? 0, text.count) }

    private var lineStart: Int { Array(text).prefix(start).lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0 }

    /// An error of a text as a whole.
    package init(_ reason: String, in text: String, of subject: String) {
        (self.reason, self.text, self.subject, position) = (reason, text, subject, nil)
    }

    /// An error of a part: the text is the one that it was cut from.
    package init(_ reason: String, at part: Substring, of subject: String) {
        (self.reason, self.text, self.subject) = (reason, part.base, subject)
        let start = text.distance(from: text.startIndex, to: part.startIndex)
        position = start..<start + part.count
    }
}

extension Decoder {
    /// Decodes a value from a single text in its notation.
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

/// A part of a text as a scanner: what is taken from it knows its position.
extension Substring {
    /// Without blanks at both ends.
    package var trimmedPart: Substring {
        var part = drop(while: \.isWhitespace)
        while part.last?.isWhitespace == true { part.removeLast() }
        return part
    }

    /// Takes a character away, and the blanks before it; false where it is not there.
    package mutating func take(_ character: Character) -> Bool {
        self = drop(while: \.isWhitespace)
        guard first == character else { return false }
        removeFirst()
        return true
    }
}

/// A form of a notation of words: how it is written, for one `step:EPOCHS[,FACTOR]`, and what reads it.
package struct NotationForm<Value>: Sendable {
    package let usage: String
    private let reading: @Sendable (inout NotationWords) throws -> Value

    package init(_ usage: String, _ reading: @escaping @Sendable (inout NotationWords) throws -> Value) {
        (self.usage, self.reading) = (usage, reading)
    }

    /// A word that stands alone.
    package init(_ word: String, _ value: Value) where Value: Sendable { self.init(word) { _ in value } }

    /// The word that it begins with.
    package var name: Substring { usage.prefix { $0.isLetter || $0.isNumber } }

    /// Reads the words behind the name.
    ///
    /// - Parameter excess: what is wrong with a word that is left over.
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

/// The words behind the name of a form: values in their order, and options with names, `stride=2`.
package struct NotationWords {
    /// The values that nothing has asked for yet.
    package var values: ArraySlice<Substring>
    private var options: [Substring]
    private let end: Substring
    private let hint: String
    private let subject: String

    /// - Parameters:
    ///   - end: where something is missing.
    ///   - hint: the form, for the end of each error.
    package init(_ words: [Substring], end: Substring, hint: String, of subject: String) {
        values = words.filter { !$0.contains("=") }[...]
        options = words.filter { $0.contains("=") }
        (self.end, self.hint, self.subject) = (end, hint, subject)
    }

    /// A word that nothing has asked for.
    package var rest: Substring? { values.first ?? options.first }

    /// An error at a word, or at the end.
    package func fault(_ reason: String, at word: Substring? = nil) -> NotationError {
        NotationError("\(reason); \(hint)", at: word ?? end, of: subject)
    }

    /// Takes the next value, which must be there.
    package mutating func next(_ name: String) throws(NotationError) -> Substring {
        guard let word = values.popFirst() else { throw fault("\(name) is missing") }
        return word
    }

    /// Takes the value of an option; nil where it is not given.
    package mutating func take(_ option: String) -> Substring? {
        guard let place = options.firstIndex(where: { $0.prefix { $0 != "=" } == option }) else { return nil }
        return options.remove(at: place).drop { $0 != "=" }.dropFirst()
    }

    /// The value of a word.
    ///
    /// - Parameters:
    ///   - name: what it means, for errors.
    ///   - kind: what it must be, for errors.
    package func value<Value>(
        _ word: Substring, _ name: String, is kind: String, _ read: (Substring) -> Value?
    ) throws(NotationError) -> Value {
        guard let value = read(word) else { throw fault("\(name) is \(kind), not '\(word)'", at: word) }
        return value
    }
}
