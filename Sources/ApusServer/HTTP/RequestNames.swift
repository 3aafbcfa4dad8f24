internal import HTTPTypes
internal import Tracing

/// The names of a request in the log: those that the client gave it, or a new one.
struct RequestNames: Sendable {
    /// The identifier of the request: the client's `x-request-id` if it is short and harmless.
    let id: String
    /// The trace of the request, from `traceparent` (W3C Trace Context); nil if there is none.
    let trace: String?

    /// Creates the names from the values of `x-request-id` and `traceparent`.
    init(id: String?, traceParent: String?) {
        let given = id.flatMap { text in
            (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(Self.isHarmless) ? text : nil
        }
        self.id = given ?? Self.hexadecimal(.random(in: 0 ... .max)) + Self.hexadecimal(.random(in: 0 ... .max))
        trace = traceParent.flatMap(Self.trace)
    }

    /// The trace of `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    private static func trace(_ parent: String) -> String? {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 }),
            parts[..<4].allSatisfy({ $0.utf8.allSatisfy(isLowercaseHexadecimal) }), parts[0] != "ff",
            parts[1].contains(where: { $0 != "0" })
        else { return nil }
        return String(parts[1])
    }

    private static func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return byte < 0x80 && (character.isLetter || character.isNumber || "-_.:+/=@".contains(character))
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Finds the keys of a trace in headers.
struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
}

extension HTTPField.Name {
    // Names of letters and dashes are always valid.
    static let requestID = named("x-request-id")
    static let apiKey = named("x-api-key")
    static let headerLength = named("inference-header-content-length")
    static let frameOptions = named("x-frame-options")
    static let referrerPolicy = named("referrer-policy")
    static let permissionsPolicy = named("permissions-policy")

    private static func named(_ name: String) -> Self { Self(name) ?? .server }
}
