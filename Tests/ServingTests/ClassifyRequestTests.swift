import Images
import Testing

@testable import Serving

/// Bodies of `POST /v1/models/NAME/classify`.
@Suite("Requests to classify images") struct ClassifyRequestTests {
    private func read(
        _ body: String, type: String? = nil, query: String? = nil, maxImages: Int = 3
    ) throws(ServingError) -> ClassifyRequest {
        try ClassifyRequest(body: Array(body.utf8), contentType: type, query: query, maxImages: maxImages)
    }

    private func refusal(
        _ body: String, type: String? = nil, query: String? = nil
    ) throws -> ServingError {
        try #require(throws: ServingError.self) { try read(body, type: type, query: query) }
    }

    private func form(_ parts: (header: String, content: String)...) -> String {
        parts.map { "--b\r\nContent-Disposition: form-data; \($0.header)\r\n\r\n\($0.content)\r\n" }.joined()
            + "--b--\r\n"
    }

    private static let formType = "multipart/form-data; boundary=b"
    private static let jsonType = "application/json; charset=utf-8"

    @Test(
        "A body can be the image itself",
        arguments: [
            nil, "", "image/jpeg", "IMAGE/x-anything; a=b", "application/octet-stream",
            "application/x-www-form-urlencoded",
        ])
    func image(type: String?) throws {
        let request = try read("JPEG", type: type)
        #expect(request.images == [Upload(name: "image", bytes: Array("JPEG".utf8))])
        #expect(!request.isList && request.top == nil && request.crops == .center)
        #expect(request.explain == nil && !request.includesLogits)
    }

    @Test("Other content types are unsupported", arguments: ["text/plain", "multipart/mixed; boundary=b", "image; a"])
    func unsupported(type: String) throws {
        #expect(try refusal("x", type: type).code == .unsupportedMediaType)
    }

    @Test("The query has the options of an image")
    func query() throws {
        let request = try read("x", query: "top=3&crops=five&explain=grad%2Dcam&logits=true&")
        #expect(request.top == 3 && request.crops == .five && request.explain == "grad-cam" && request.includesLogits)
    }

    @Test(
        "Options that are unknown, invalid or given twice are refused",
        arguments: [
            ("topk=3", "'topk'"), ("top=0", "'0'"), ("top=-1", "'top'"), ("top=3.5", "'top'"), ("top", "'top'"),
            ("top=99999999999999999999", "'top'"), ("crops=six", "'center', 'five', 'ten'"), ("explain=", "'explain'"),
            ("logits=yes", "true or false"), ("top=1&top=2", "twice"), ("top=%zz", "escape"), ("%FF=1", "escape"),
        ])
    func invalidOptions(query: String, word: String) throws {
        let error = try refusal("x", query: query)
        #expect(error.code == .invalidRequest && error.message.contains(word), "\(error)")
    }

    @Test("A form has files and options, and with one file it is not a list")
    func forms() throws {
        let one = try read(
            form(("name=\"top\"", "2"), ("name=\"photo\"; filename=\"ant.jpg\"", "\r\nJPEG")), type: Self.formType,
            query: "crops=ten")
        #expect(one.images == [Upload(name: "ant.jpg", bytes: Array("\r\nJPEG".utf8))])
        #expect(!one.isList && one.top == 2 && one.crops == .ten)

        let several = try read(
            form(
                ("name=f; filename=a", "A"), ("name=f; filename=\"\"", ""), ("name=g\r\nContent-Type: image/png", "B"),
                ("name=h; filename=\"\"", "C")), type: "Multipart/Form-Data; charset=x; Boundary=\"b\"")
        #expect(several.images.map(\.name) == ["a", "g", "h"])
        #expect(several.isList)
    }

    @Test("Forms without images, with too many, and with bad fields are refused")
    func badForms() throws {
        let file = (header: "name=f; filename=a", content: "A")
        for (body, type, word) in [
            (form(("name=top", "1")), Self.formType, "no image"),
            (form(("name=f; filename=\"\"", "")), Self.formType, "no image"),
            (form(("name=f; filename=a", "")), Self.formType, "'a' is empty"),
            (form(file, file, file, file), Self.formType, "more than 3 images"),
            (form(file, ("name=size", "1")), Self.formType, "'size'"),
            (form(file, ("name=top", "1"), ("name=top", "1")), Self.formType, "twice"),
            (form(file, ("name=top", String(repeating: "1", count: 2000))), Self.formType, "too long"),
            (form(file), "multipart/form-data", "boundary"),
            (String(form(file).dropLast(6)), Self.formType, "truncated"),
        ] {
            let error = try refusal(body, type: type)
            #expect(error.code == .invalidRequest && error.message.contains(word), "\(error)")
        }
    }

    @Test("JSON has one image, or a list of images, in base64")
    func json() throws {
        let one = try read(
            #"{"top": 4, "image": "SlBF\u0052w==", "crops": "five", "explain": null, "logits": true}"#,
            type: Self.jsonType)
        #expect(one.images == [Upload(name: "image", bytes: Array("JPEG".utf8))])
        #expect(!one.isList && one.top == 4 && one.crops == .five && one.explain == nil && one.includesLogits)

        let list = try read(
            #"{"images": ["QQ==", {"name": "b.png", "data": "QUI="}], "explain": "grad-cam"}"#, type: Self.jsonType)
        #expect(list.images.map(\.name) == ["image 1", "b.png"])
        #expect(list.images.map { String(decoding: $0.bytes, as: UTF8.self) } == ["A", "AB"])
        #expect(list.isList && list.explain == "grad-cam")
        #expect(try read(#"{"images":["QQ=="]}"#, type: Self.jsonType).isList)
    }

    @Test(
        "JSON without images, with other keys and with wrong values is refused",
        arguments: [
            ("{}", "no image"), ("[]", "object"), (#"{"images":[]}"#, "no image"), (#"{"image":""}"#, "empty"),
            (#"{"image":"a"}"#, "base64"), (#"{"image":"Q Q=="}"#, "base64"), (#"{"image":null}"#, "string"),
            (#"{"image":7}"#, "string"), (#"{"image":"QQ==","image":"QQ=="}"#, "twice"),
            (#"{"image":"QQ==","images":["QQ=="]}"#, "either"), (#"{"images":["QQ=="],"image":"QQ=="}"#, "either"),
            (#"{"image":"QQ==","images":[]}"#, "either"), (#"{"images":[],"image":"QQ=="}"#, "either"),
            (#"{"image":"QQ==","images":null}"#, "either"), (#"{"images":["QQ=="],"image":null}"#, "either"),
            (#"{"images":["QQ==","QQ==","QQ==","QQ=="]}"#, "more than 3 images"), (#"{"images":[[]]}"#, "string"),
            (#"{"images":[{"name":"a"}]}"#, "'data'"), (#"{"images":[{"url":"http://a"}]}"#, "'url'"),
            (#"{"image":"QQ==","top":"3"}"#, "integer"), (#"{"image":"QQ==","top":1.5}"#, "integer"),
            (#"{"image":"QQ==","logits":1}"#, "true or false"), (#"{"image":"QQ==","url":"a"}"#, "'url'"),
            (#"{"image":"QQ=="} x"#, "byte 17"), (#"{"image":"QQ==""#, "ends"),
        ])
    func badJSON(body: String, word: String) throws {
        let error = try refusal(body, type: Self.jsonType)
        #expect(error.code == .invalidRequest && error.message.contains(word), "\(error)")
    }

    @Test("An option may not be in the query and in the body")
    func twice() throws {
        #expect(
            try refusal(#"{"image":"QQ==","top":1}"#, type: Self.jsonType, query: "top=1").message.contains("twice"))
    }

    @Test(
        "An empty body is refused",
        arguments: [nil, "image/png", "application/json", "multipart/form-data; boundary=b"])
    func empty(type: String?) throws {
        #expect(try refusal("", type: type).message.contains("empty"))
    }
}
