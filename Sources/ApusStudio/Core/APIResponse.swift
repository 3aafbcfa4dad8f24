internal import ApusServer
internal import Classifier
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Platform

/// The answer to a request of the page.
struct APIResponse: Sendable {
    var response: Response
    /// Whether a browser may keep it forever: its path changes when it does.
    var isImmutable = false

    /// A value as JSON.
    static func json(_ value: some Encodable & Sendable) throws -> APIResponse {
        APIResponse(response: Response(Array(try jsonText(value).utf8), type: "application/json"))
    }

    /// Bytes.
    ///
    /// - Parameters:
    ///   - bytes: the bytes.
    ///   - type: the media type.
    ///   - name: the name of the file that the browser saves; nil to show it.
    ///   - isImmutable: whether the browser may keep it forever.
    static func bytes(
        _ bytes: [UInt8], type: String, name: String? = nil, isImmutable: Bool = false
    ) -> APIResponse {
        var response = Response(bytes, type: type)
        if let name { response.headers[.contentDisposition] = Self.attachment(name) }
        return APIResponse(response: response, isImmutable: isImmutable)
    }

    /// A file to save, read in parts.
    ///
    /// - Throws: `FileError` if it can't be opened.
    static func file(_ path: String, type: String, name: String) throws -> APIResponse {
        let file = try MappedFile(path: path)
        let part = 1 << 18
        let body = ResponseBody(contentLength: file.count) { writer in
            for start in stride(from: 0, to: file.count, by: part) {
                let end = min(start + part, file.count)
                let bytes = file.withUnsafeBytes { ByteBuffer(bytes: $0[start..<end]) }
                try await writer.write(bytes)
            }
            try await writer.finish(nil)
        }
        return APIResponse(
            response: Response(
                status: .ok, headers: [.contentType: type, .contentDisposition: attachment(name)], body: body))
    }

    /// Server-sent events.
    static func events(_ events: AsyncStream<String>) -> APIResponse {
        let body = ResponseBody { writer in
            for await event in events { try await writer.write(ByteBuffer(string: event)) }
            try await writer.finish(nil)
        }
        return APIResponse(response: Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body))
    }

    /// Without content.
    static let empty = APIResponse(response: Response(status: .noContent))

    /// A page file.
    static func page(_ file: StudioPage.File) -> APIResponse {
        APIResponse(response: Response(file.bytes, type: file.type))
    }

    /// An error: `{"code": "notFound", "error": "…"}`.
    init(_ error: StudioError) {
        let json = "{\"code\":\(error.code.rawValue.jsonLiteral),\"error\":\(error.message.jsonLiteral)}"
        self.init(
            response: Response(
                Array(json.utf8), type: "application/json",
                status: HTTPResponse.Status(code: error.code.status)))
    }

    init(response: Response, isImmutable: Bool = false) {
        (self.response, self.isImmutable) = (response, isImmutable)
    }

    /// `content-disposition` with a name in any script (RFC 6266).
    private static func attachment(_ name: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)
        let encoded = name.utf8.map { byte in
            if plain.contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
        return "attachment; filename*=UTF-8''\(encoded.joined())"
    }
}
