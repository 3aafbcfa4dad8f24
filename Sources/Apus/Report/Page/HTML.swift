internal import Platform

/// A part of an HTML document. Only literals are markup; everything that is inserted is text, which is escaped.
///
///     let cell: HTML = "<td>\(name)</td>"
struct HTML: Sendable {
    /// The markup.
    let text: String

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// Inserts a text.
        mutating func appendInterpolation(_ text: String) { self.text += HTML.escaped(text) }

        mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

        /// Inserts markup, if there is some.
        mutating func appendInterpolation(_ part: HTML?) { text += part?.text ?? "" }

        mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }

        /// Inserts markup that a condition requires.
        mutating func appendInterpolation(if condition: Bool, _ part: HTML) { if condition { text += part.text } }

        /// Inserts a part of the program itself without escaping it: the style and the script of a page.
        mutating func appendInterpolation(own text: String) { self.text += text }
    }

    /// Escapes bytes, not characters: a quotation mark with a combining accent would end an attribute. Invisible
    /// characters are shown as in `printable`.
    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.printableLines.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension HTML: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation parts: StringInterpolation) { text = parts.text }
}
