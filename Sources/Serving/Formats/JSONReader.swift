/// Reads JSON (RFC 8259) value by value. The caller takes the values that it needs and skips the others.
///
/// Nothing is copied except the strings that the caller takes, so that memory does not depend on what clients send.
/// Objects and arrays are nested at most `maximumDepth` deep, keys are unique, and strings are valid UTF-8. Errors give
/// the position in the text.
package struct JSONReader {
    /// The deepest nesting of objects and arrays unless another is given.
    package static let maximumDepth = 32
    /// The largest number of members of an object. The keys are kept to find duplicates.
    package static let maximumMembers = 1000

    private let text: ArraySlice<UInt8>
    private let maximumDepth: Int
    private var place: Int
    private var depth = 0
    /// The key of the last member, for errors.
    private var key: String?

    /// Starts before the first value of a text.
    package init(_ text: ArraySlice<UInt8>, maximumDepth: Int = JSONReader.maximumDepth) {
        (self.text, self.maximumDepth, place) = (text, maximumDepth, text.startIndex)
    }

    /// Checks that nothing follows the last value.
    package mutating func finish() throws(ServingError) {
        _ = peek()
        guard place == text.endIndex else { throw damage() }
    }

    // MARK: Values

    /// Reads an object. The body must take or skip the value of each key.
    package mutating func members(
        _ body: (_ key: String, _ reader: inout JSONReader) throws(ServingError) -> Void
    ) throws(ServingError) {
        try open("{", "an object")
        var keys: Set<String> = []
        if !take("}") {
            repeat {
                guard peek() == UInt8(ascii: "\"") else { throw damage() }
                let key = try string()
                guard keys.insert(key).inserted else { throw failure("has the key '\(key.prefix(80))' twice") }
                guard keys.count <= Self.maximumMembers else {
                    throw failure("has an object with more than \(Self.maximumMembers) members")
                }
                guard take(":") else { throw damage() }
                self.key = key
                try body(key, &self)
            } while take(",")
            guard take("}") else { throw damage() }
        }
        depth -= 1
    }

    /// Reads an array. The body must take or skip each element.
    package mutating func elements(
        _ body: (_ reader: inout JSONReader) throws(ServingError) -> Void
    ) throws(ServingError) {
        try open("[", "an array")
        if !take("]") {
            repeat { try body(&self) } while take(",")
            guard take("]") else { throw damage() }
        }
        depth -= 1
    }

    /// Whether the next value is an array.
    package mutating func isArray() -> Bool { peek() == UInt8(ascii: "[") }

    /// Whether the next value is an object.
    package mutating func isObject() -> Bool { peek() == UInt8(ascii: "{") }

    /// Skips a `null` and returns whether there was one.
    package mutating func skipNull() throws(ServingError) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Reads `true` or `false`.
    package mutating func bool() throws(ServingError) -> Bool {
        switch peek() {
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw mismatch("true or false")
        }
        return true
    }

    /// Reads a number without a fraction. `2.0` and `2e0` are the integer 2, as in JSON Schema.
    package mutating func integer() throws(ServingError) -> Int {
        let first = peek()
        guard first == UInt8(ascii: "-") || digit(first) else { throw mismatch("an integer") }
        if let value = shortInteger() { return value }
        let start = place
        let number = try number()
        let digits = String(decoding: number.prefix(64), as: UTF8.self)
        guard number.count <= 64, let value = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }) else {
            place = start
            throw mismatch("an integer of at most 64 bits")
        }
        return value
    }

    /// Reads a string.
    package mutating func string() throws(ServingError) -> String {
        guard let string = String(validating: try stringBytes(), as: UTF8.self) else {
            throw failure("has a string that is not UTF-8")
        }
        return string
    }

    /// Reads a string as bytes, which are not checked to be UTF-8.
    package mutating func stringBytes() throws(ServingError) -> ArraySlice<UInt8> {
        guard peek() == UInt8(ascii: "\"") else { throw mismatch("a string") }
        place += 1
        let start = place
        while place < text.endIndex, text[place] >= 0x20, text[place] != UInt8(ascii: "\\") {
            place += 1
            if text[place - 1] == UInt8(ascii: "\"") { return text[start..<place - 1] }
        }
        // The string has escapes.
        var unescaped = Array(text[start..<place])
        while place < text.endIndex, text[place] >= 0x20 {
            let byte = text[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return unescaped[...]
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            default: unescaped.append(byte)
            }
        }
        throw damage()
    }

    /// Skips a value, and checks it.
    package mutating func skip() throws(ServingError) {
        switch peek() {
        case UInt8(ascii: "{"): try members { (_, reader) throws(ServingError) in try reader.skip() }
        case UInt8(ascii: "["): try elements { (reader) throws(ServingError) in try reader.skip() }
        case UInt8(ascii: "\""):
            let bytes = try stringBytes()
            if bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
                throw failure("has a string that is not UTF-8")
            }
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: if shortInteger() == nil { _ = try number() }
        }
    }

    /// Skips a value, checks it, and returns its text.
    package mutating func value() throws(ServingError) -> ArraySlice<UInt8> {
        _ = peek()
        let start = place
        try skip()
        return text[start..<place]
    }

    // MARK: Characters

    /// The next byte that is not white space; 0 at the end.
    private mutating func peek() -> UInt8 {
        while place < text.endIndex {
            let byte = text[place]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            place += 1
        }
        return 0
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: sign) else { return false }
        place += 1
        return true
    }

    private mutating func open(_ sign: Unicode.Scalar, _ kind: String) throws(ServingError) {
        guard take(sign) else { throw mismatch(kind) }
        depth += 1
        guard depth <= maximumDepth else { throw failure("is nested more than \(maximumDepth) deep") }
    }

    private mutating func literal(_ word: StaticString) throws(ServingError) {
        let end = place + word.utf8CodeUnitCount
        let isSame = word.withUTF8Buffer { end <= text.endIndex && text[place..<end].elementsEqual($0) }
        guard isSame else { throw damage() }
        place = end
    }

    private func digit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func digits() throws(ServingError) {
        let start = place
        while place < text.endIndex, digit(text[place]) { place += 1 }
        guard place > start else { throw damage() }
    }

    /// A number of digits alone and too short for an overflow, which nearly all are; nil for another value.
    private mutating func shortInteger() -> Int? {
        var (end, value) = (place, 0)
        while end < text.endIndex, end - place < 18, digit(text[end]) {
            value = value * 10 + Int(text[end] & 15)
            end += 1
        }
        guard end > place, end < text.endIndex, text[place] != UInt8(ascii: "0") || end == place + 1 else { return nil }
        let next = text[end]
        guard !digit(next), next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else { return nil }
        place = end
        return value
    }

    private mutating func number() throws(ServingError) -> ArraySlice<UInt8> {
        let start = place
        func next() -> UInt8 { place < text.endIndex ? text[place] : 0 }
        if next() == UInt8(ascii: "-") { place += 1 }
        if next() == UInt8(ascii: "0") { place += 1 } else { try digits() }
        if next() == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if next() | 0x20 == UInt8(ascii: "e") {
            place += 1
            if next() == UInt8(ascii: "+") || next() == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        return text[start..<place]
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(ServingError) {
        guard place < text.endIndex else { throw damage() }
        place += 1
        switch text[place - 1] {
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case let byte where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "/"):
            bytes.append(byte)
        case UInt8(ascii: "u"):
            var value = try unit()
            // A character above U+FFFF is a pair of surrogates.
            if value & 0xFC00 == 0xD800, text[place...].starts(with: "\\u".utf8) {
                place += 2
                let low = try unit()
                guard low & 0xFC00 == 0xDC00 else { throw damage() }
                value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(value) else { throw damage() }
            bytes += UTF8.encode(scalar) ?? .init()
        default:
            place -= 1
            throw damage()
        }
    }

    /// The four hexadecimal digits of an escape.
    private mutating func unit() throws(ServingError) -> UInt32 {
        let digits = text[place...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ digit($0) || ($0 | 0x20) &- UInt8(ascii: "a") < 6 }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw damage() }
        place += 4
        return value
    }

    // MARK: Errors

    private func damage() -> ServingError {
        failure(place < text.endIndex ? "is not valid" : "ends too early")
    }

    private mutating func mismatch(_ kind: String) -> ServingError {
        guard peek() != 0 || place < text.endIndex else { return damage() }
        return failure(key.map { "needs \(kind) at '\($0.prefix(80))'" } ?? "must be \(kind)")
    }

    /// An error for a value that this reader has passed.
    package func failure(_ problem: String, advice: String? = nil) -> ServingError {
        ServingError(
            .invalidRequest,
            "the JSON \(problem) (byte \(place - text.startIndex))" + (advice.map { "; \($0)" } ?? ""))
    }
}
