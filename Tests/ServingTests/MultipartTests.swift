import Testing

@testable import Serving

/// Forms as clients send them, and damaged ones.
@Suite("Forms with files") struct MultipartTests {
    private func parse(
        _ body: String, boundary: String = "b", maximumParts: Int = 8
    ) throws(ServingError) -> [(name: String, fileName: String?, contentType: String?, content: String)] {
        let bytes = Array(body.utf8)
        return try Multipart(bytes, boundary: boundary, maximumParts: maximumParts).parts.map { part in
            (part.name, part.fileName, part.contentType, String(decoding: bytes[part.content], as: UTF8.self))
        }
    }

    private func refusal(_ body: String, boundary: String = "b", maximumParts: Int = 8) throws -> String {
        let error = try #require(throws: ServingError.self) {
            try parse(body, boundary: boundary, maximumParts: maximumParts)
        }
        #expect(error.code == .invalidRequest)
        return error.message
    }

    private static let header = "Content-Disposition: form-data; name=\"a\"\r\n\r\n"

    @Test("Fields and files are found with their names, types and contents")
    func parts() throws {
        let parts = try parse(
            "--b\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n3\r\n"
                + "--b\r\ncontent-type: Image/PNG\r\nX-Other: 1\r\nCONTENT-DISPOSITION: form-data; filename=\"x;y.png\"; name=f"
                + "\r\n\r\n\r\n--bb\r\n-b\r\n\r\n--b--\r\n")
        #expect(parts.count == 2)
        #expect(parts[0] == ("top", nil, nil, "3"))
        // A line that only starts with the boundary is content, and so are line breaks before the boundary.
        #expect(parts[1] == ("f", "x;y.png", "image/png", "\r\n--bb\r\n-b\r\n"))
    }

    @Test("Text before the first boundary and after the last is ignored, and spaces after a boundary")
    func surroundings() throws {
        let parts = try parse("Hello\r\n--b \t\r\n\(Self.header)x\r\n--b--\r\nrest\r\n--b\r\n")
        #expect(parts.map(\.content) == ["x"])
        #expect(try parse("--b--").isEmpty)
        #expect(try parse("--b\r\n\(Self.header)\r\n--b--").map(\.content) == [""])
    }

    @Test(
        "Names of files are read as clients write them",
        arguments: [
            (#"filename="a\"b.jpg""#, #"a"b.jpg"#), (#"filename="C:\photos\a.jpg""#, #"C:\photos\a.jpg"#),
            (#"filename="a\\b.jpg""#, #"a\b.jpg"#), ("filename=a.jpg", "a.jpg"), (#"filename="é.jpg""#, "é.jpg"),
            ("filename*=utf-8''caf%C3%A9%20.jpg", "café .jpg"), (#"filename="x"; filename*=UTF-8'en'%C3%A9"#, "é"),
            (#"filename="""#, ""), ("filename*=%FF", "%FF"), (#"filename = "a" ;"#, "a"),
        ])
    func fileNames(parameter: String, name: String) throws {
        let parts = try parse("--b\r\nContent-Disposition: form-data; name=\"f\"; \(parameter)\r\n\r\nx\r\n--b--")
        #expect(parts.map(\.fileName) == [name])
    }

    @Test("Every truncation of a form is refused")
    func truncation() throws {
        let body = "--b\r\n\(Self.header)x\r\n--b\r\n\(Self.header)y\r\n--b--"
        for length in 0..<body.utf8.count {
            _ = try refusal(String(decoding: body.utf8.prefix(length), as: UTF8.self))
        }
        #expect(try parse(body).count == 2)
    }

    @Test(
        "Damaged forms are refused with a reason",
        arguments: [
            ("--c\r\n\(header)x\r\n--c--", "does not contain the boundary"),
            ("--b\n\(header)x\n--b--", "does not contain the boundary"),
            ("--b\r\n\(header)x\r\n--c--", "truncated"),
            ("--b\r\nx\r\n--b--", "headers"),
            ("--b\r\n\r\nx\r\n--b--", "headers"),
            ("--b\r\nX: 1\r\n\r\nx\r\n--b--", "Content-Disposition"),
            ("--b\r\nContent-Disposition\r\n\r\nx\r\n--b--", "no colon"),
            ("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--", "form-data"),
            ("--b\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n--b--", "name"),
            ("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--", "not valid"),
            ("--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--b--", "not valid"),
            ("--b\r\nContent-Disposition: form-data; name=\"a\" b\r\n\r\nx\r\n--b--", "not valid"),
            ("--b\r\nContent-Disposition: form-data; name=a\r\n\(header)x\r\n--b--", "two"),
            ("--b\r\nContent-Transfer-Encoding: base64\r\n\(header)x\r\n--b--", "base64"),
            ("--b\r\nX: \(String(repeating: "x", count: 9000))\r\n\(header)x\r\n--b--", "8192"),
        ])
    func damage(body: String, word: String) throws {
        let message = try refusal(body)
        #expect(message.contains(word), "\(message)")
    }

    @Test("The boundary and the number of parts are limited")
    func limits() throws {
        #expect(try refusal("--\r\n--", boundary: "").contains("70"))
        #expect(try refusal("x", boundary: String(repeating: "b", count: 100_000)).contains("70"))
        let part = "--b\r\n\(Self.header)x\r\n"
        #expect(try parse(String(repeating: part, count: 8) + "--b--").count == 8)
        #expect(try refusal(String(repeating: part, count: 9) + "--b--").contains("more than 8"))
    }

    @Test("A large body of almost boundaries takes no more than linear time")
    func almostBoundaries() throws {
        let boundary = String(repeating: "b", count: 70)
        let almost = Array("\r\n--\(String(repeating: "b", count: 69))c".utf8)
        var body = Array("--\(boundary)\r\n\(Self.header)".utf8)
        for _ in 0..<10_000 { body += almost }
        body += Array("\r\n--\(boundary)--".utf8)
        let form = try Multipart(body, boundary: boundary, maximumParts: 1)
        #expect(form.parts.map(\.content.count) == [10_000 * almost.count])
    }
}
