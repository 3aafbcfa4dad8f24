import Testing

@testable import Serving

/// What is read, and what is refused without a deep stack or much memory.
@Suite("JSON of clients") struct JSONReaderTests {
    private func refusal(_ text: String) throws -> String {
        let error = try #require(throws: ServingError.self) { try skip(Array(text.utf8)) }
        #expect(error.code == .invalidRequest)
        return error.message
    }

    private func skip(_ text: [UInt8]) throws {
        var reader = JSONReader(text[...])
        try reader.skip()
        try reader.finish()
    }

    @Test(
        "Valid text is skipped",
        arguments: [
            "null", " true\n", "[]", "{}", "\t-0.5e+10\r", "0", "10E2", #"{"a":[1,{"b":"\u00e9\n"}],"":false}"#,
            "\"é😀\"",
        ])
    func valid(text: String) throws {
        try skip(Array(text.utf8))
    }

    @Test(
        "Text that is not JSON is refused",
        arguments: [
            "", " ", "nul", "nulL", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":}", "01", "-", "1.",
            ".5",
            "+1", "1e", "0x1", "NaN", "[1", "{\"a\":1", "\"a", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "1 2", "[1]]", "'a'", "// a\n1", "\u{FEFF}1",
        ])
    func invalid(text: String) throws {
        #expect(try refusal(text).contains("byte"))
    }

    @Test("Strings that are not UTF-8 are refused, also if they are skipped")
    func encoding() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE9]] {
            let text = Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: ServingError.self) { try skip(text) }
        }
    }

    @Test("Strings are read with all their escapes")
    func strings() throws {
        var reader = JSONReader(Array(#"["","plain","\"\\\/\b\f\n\r\t","\u0000\u00e9\uD83D\ude00x","é"]"#.utf8)[...])
        var strings: [String] = []
        try reader.elements { reader throws(ServingError) in strings.append(try reader.string()) }
        #expect(strings == ["", "plain", "\"\\/\u{8}\u{C}\n\r\t", "\0é😀x", "é"])
    }

    @Test("A string as JSON is read back", arguments: ["", "a\"b\\c/\u{0}\u{1F}\n", "é😀\u{2028}"])
    func literals(text: String) throws {
        var reader = JSONReader(Array(text.jsonLiteral.utf8)[...])
        #expect(try reader.string() == text)
    }

    @Test(
        "Integers are exact",
        arguments: [
            ("0", 0), ("-0", 0), ("-12", -12), ("12.0", 12), ("1e3", 1000), ("9223372036854775807", .max),
            ("-9223372036854775808", .min),
        ])
    func integers(text: String, value: Int) throws {
        var reader = JSONReader(Array(text.utf8)[...])
        #expect(try reader.integer() == value)
    }

    @Test(
        "Other numbers are no integers", arguments: ["1.5", "9223372036854775808", "1e99", "\"1\"", "[1]", "true", ""])
    func noIntegers(text: String) {
        var reader = JSONReader(Array(text.utf8)[...])
        #expect(throws: ServingError.self) { try reader.integer() }
    }

    @Test("An integer of a million digits is refused")
    func longNumber() {
        var reader = JSONReader([UInt8](repeating: UInt8(ascii: "9"), count: 1_000_000)[...])
        #expect(throws: ServingError.self) { try reader.integer() }
    }

    @Test("Nesting is limited, and a million brackets do not overflow the stack")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        try skip(Array(nested(32).utf8))
        #expect(try refusal(nested(33)).contains("nested more than 32 deep"))
        #expect(try refusal(nested(1_000_000)).contains("nested"))
        #expect(try refusal(String(repeating: "{\"a\":", count: 1_000_000)).contains("nested"))
        let siblings = "[" + [String](repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        try skip(Array(siblings.utf8))
    }

    @Test("A key that is there twice is refused, also if it is escaped or skipped")
    func duplicates() throws {
        #expect(try refusal(#"{"a":1,"a":2}"#).contains("'a' twice"))
        #expect(try refusal(#"{"b":[{"a":1,"\u0061":2}]}"#).contains("'a' twice"))
        try skip(Array(#"[{"a":1},{"a":2}]"#.utf8))
    }

    @Test("An object has at most a thousand members")
    func members() throws {
        func object(_ count: Int) -> String { "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}" }
        try skip(Array(object(1000).utf8))
        #expect(try refusal(object(1001)).contains("1000"))
    }

    @Test("An error names the key and the position")
    func positions() throws {
        var reader = JSONReader(Array(#"{"top": "3"}"#.utf8)[...])
        let error = try #require(throws: ServingError.self) {
            try reader.members { _, reader throws(ServingError) in _ = try reader.integer() }
        }
        #expect(error.message == "the JSON needs an integer at 'top' (byte 8)")
    }
}
