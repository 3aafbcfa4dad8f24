/// The value of a header with parameters, such as `multipart/form-data; boundary=abc`.
package struct HeaderValue: Sendable, Hashable {
    /// The text before the parameters, in lower case.
    package let value: String
    /// The parameters; their names are in lower case.
    package let parameters: [String: String]

    /// Reads a value; nil if a parameter has no value, is there twice, or is not complete.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        // Returns the text up to one of these signs, without the spaces around it.
        func token(until signs: String) -> String {
            let token = rest.prefix { !signs.utf8.contains($0) }
            rest = rest.dropFirst(token.count)
            return String(Substring(token).drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed())
        }
        value = token(until: ";").lowercased()
        var parameters: [String: String] = [:]
        while rest.popFirst() != nil {
            let name = token(until: "=;").lowercased()
            // A semicolon at the end.
            if name.isEmpty, rest.isEmpty { break }
            guard rest.popFirst() == UInt8(ascii: "="), parameters[name] == nil else { return nil }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard rest.first == UInt8(ascii: "\"") else {
                parameters[name] = token(until: ";")
                continue
            }
            rest.removeFirst()
            var bytes: [UInt8] = []
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                // Old browsers send paths with backslashes. Only these two are escapes in practice.
                let isEscape = byte == UInt8(ascii: "\\") && (rest.first == UInt8(ascii: "\"") || rest.first == byte)
                bytes.append(isEscape ? rest.removeFirst() : byte)
                guard !rest.isEmpty else { return nil }
            }
            parameters[name] = String(decoding: bytes, as: UTF8.self)
            guard token(until: ";").isEmpty else { return nil }
        }
        self.parameters = parameters
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
}

/// The parameters of a URL's query, in their order, such as `top=3&crops=five`.
///
/// - Throws: `invalidRequest` for an escape that is not valid.
package func queryParameters(_ query: String) throws(ServingError) -> [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    for part in query.split(separator: "&") {
        let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
            $0.replacing("+", with: " ").percentDecoded
        }
        guard let name = words.first ?? nil, let value = words.count > 1 ? words[1] : "" else {
            throw ServingError(
                .invalidRequest,
                "the query of the URL has an invalid escape in '\(part.prefix(80))'; write '%' as '%25'")
        }
        parameters.append((name, value))
    }
    return parameters
}

extension StringProtocol {
    /// The text without its percent escapes, as in URLs; nil if one is not complete, or the text is not UTF-8.
    package var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = Array(rest.prefix(2)).map { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2, let high = digits[0], let low = digits[1] else { return nil }
            bytes.append(UInt8(high * 16 + low))
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
