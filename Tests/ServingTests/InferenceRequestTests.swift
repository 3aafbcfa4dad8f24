import Images
import Testing

@testable import Serving

/// Requests of the Open Inference Protocol, version 2, for a model with an input of 2 by 2 pixels.
@Suite("Inference requests") struct InferenceRequestTests {
    private func read(
        _ json: String, _ binary: [UInt8] = [], headerLength: Int? = nil, maxImages: Int = 4
    ) throws(ServingError) -> InferenceRequest {
        let text = Array(json.utf8)
        return try InferenceRequest(
            body: text + binary, headerLength: headerLength ?? (binary.isEmpty ? nil : text.count), side: 2,
            maxImages: maxImages)
    }

    private func refusal(_ json: String, _ binary: [UInt8] = [], headerLength: Int? = nil) throws -> String {
        let error = try #require(throws: ServingError.self) { try read(json, binary, headerLength: headerLength) }
        #expect(error.code == .invalidRequest && error.message.utf8.count < 500)
        return error.message
    }

    private func input(
        _ name: String, _ datatype: String, _ shape: String, data: String? = nil, size: Int? = nil
    ) -> String {
        let data = data.map { ",\"data\":\($0)" } ?? ""
        let size = size.map { ",\"parameters\":{\"binary_data_size\":\($0)}" } ?? ""
        return "{\"name\":\"\(name)\",\"shape\":\(shape),\"datatype\":\"\(datatype)\"\(size)\(data)}"
    }

    private func inputs(_ inputs: String...) -> String { "{\"inputs\":[\(inputs.joined(separator: ","))]}" }

    private func element(_ text: String, length: UInt32? = nil) -> [UInt8] {
        withUnsafeBytes(of: (length ?? UInt32(text.utf8.count)).littleEndian, Array.init) + text.utf8
    }

    private let pixels = [UInt8](0..<12)

    @Test("Files are read from JSON, in base64, flat or nested")
    func filesInJSON() throws {
        let files = [ImageContent.file(Array("A".utf8)), .file(Array("BC".utf8))]
        #expect(try read(inputs(input("image", "BYTES", "[2]", data: #"["QQ==","QkM="]"#))).images == files)
        #expect(try read(inputs(input("image", "BYTES", "[2,1]", data: #"[["QQ=="],["QkM="]]"#))).images == files)
    }

    @Test("Files are read from binary data, each after its length")
    func binaryFiles() throws {
        let data = element("A") + element("") + element("\0\r\nBC")
        let request = try read(inputs(input("image", "BYTES", "[3,1]", size: data.count)), data)
        #expect(request.images == [.file(Array("A".utf8)), .file([]), .file(Array("\0\r\nBC".utf8))])
    }

    @Test("Pixels are read from JSON, flat or nested, and from binary data")
    func pixelValues() throws {
        let second = pixels.map { 255 - $0 }
        let flat = "\(pixels + second)"
        #expect(
            try read(inputs(input("pixels", "UINT8", "[2,2,2,3]", data: flat))).images == [
                .pixels(pixels), .pixels(second),
            ])
        let nested = "[[[[0,1,2],[3,4,5]],[[6,7,8],[9,10,11]]]]"
        #expect(try read(inputs(input("pixels", "UINT8", "[1,2,2,3]", data: nested))).images == [.pixels(pixels)])
        let binary = try read(inputs(input("pixels", "UINT8", "[2,2,2,3]", size: 24)), pixels + second)
        #expect(binary.images == [.pixels(pixels), .pixels(second)])
    }

    @Test("The outputs are all but the logits, or those of the request with their own form")
    func outputs() throws {
        let image = input("image", "BYTES", "[1]", data: #"["QQ=="]"#)
        typealias Output = InferenceRequest.Output
        let usual = [InferenceOutput.probabilities, .label, .index]
        #expect(try read("{\"inputs\":[\(image)]}").outputs == usual.map { Output(name: $0, isBinary: false) })
        #expect(
            try read("{\"parameters\":{\"binary_data_output\":true},\"outputs\":[],\"inputs\":[\(image)]}").outputs
                == usual.map { Output(name: $0, isBinary: true) })
        let chosen = try read(
            """
            {"outputs":[{"name":"index","parameters":{"binary_data":false,"other":1}},{"name":"logits"}],
             "inputs":[\(image)],"parameters":{"binary_data_output":true}}
            """)
        #expect(chosen.outputs == [.init(name: .index, isBinary: false), .init(name: .logits, isBinary: true)])
    }

    @Test("The identifier and the crops are read; other keys and nulls are ignored")
    func extras() throws {
        let request = try read(
            """
            {"id":"7","model_name":"m","outputs":null,"parameters":{"crops":"five","priority":1,"timeout":{"a":[1]}},
             "inputs":[{"data":["QQ=="],"parameters":null,"datatype":"BYTES","shape":[1],"name":"image"}]}
            """)
        #expect(request.id == "7" && request.crops == .five && request.images.count == 1)
        let plain = try read(
            #"{"id":null,"parameters":null,"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["QQ=="]}]}"#
        )
        #expect(plain.id == nil && plain.crops == .center)
    }

    @Test("Inputs that the model does not have are refused with what it has")
    func wrongInputs() throws {
        let image = input("image", "BYTES", "[1]", data: #"["QQ=="]"#)
        for (json, word) in [
            ("{}", "no input"), (inputs(), "no input"), (inputs(image, image), "several inputs"),
            (inputs(input("x", "BYTES", "[1]", data: "[]")), "'image' or 'pixels'"),
            (inputs(input("image", "UINT8", "[1]", data: "[1]")), "BYTES"),
            (inputs(input("pixels", "FP32", "[1,2,2,3]", data: "[1]")), "UINT8 [N, 2, 2, 3]"),
            (inputs(input("pixels", "UINT8", "[1,3,2,3]", data: "[1]")), "[1, 3, 2, 3] and must be UINT8 [N, 2, 2, 3]"),
            (inputs(input("pixels", "UINT8", "[2,2,3]", data: "[1]")), "[2, 2, 3]"),
            (inputs(input("pixels", "UINT8", "[1,2,2,4]", data: "[1]")), "[1, 2, 2, 4]"),
            (inputs(input("image", "BYTES", "[]", data: "[]")), "[N, 1]"),
            (inputs(input("image", "BYTES", "[1,2]", data: "[]")), "[1, 2]"),
            (inputs(input("image", "BYTES", "[1,1,1]", data: "[]")), "[1, 1, 1]"),
            (inputs(input("image", "BYTES", "[0]", data: "[]")), "1 to 4"),
            (inputs(input("image", "BYTES", "[-1]", data: "[]")), "1 to 4"),
            (inputs(input("image", "BYTES", "[5]", data: "[]")), "1 to 4"),
            (inputs(input("pixels", "UINT8", "[9223372036854775807,2,2,3]", data: "[1]")), "1 to 4"),
            (inputs(input("image", "BYTES", "[9223372036854775808]", data: "[]")), "integer"),
            (inputs(input("image", "BYTES", "[1.5]", data: "[]")), "integer"),
            (inputs(input("image", "BYTES", "\(Array(1...100_000))", data: "[]")), "more than 8"),
            (inputs("{\"name\":\"image\",\"datatype\":\"BYTES\",\"data\":[]}"), "'shape'"),
            (inputs(input("image", "BYTES", "[1]")), "'data'"),
            (inputs(input("image", "BYTES", "[1]", data: "[]", size: 0)), "'data'"),
            ("{\"inputs\":{}}", "array"), ("[]", "object"), ("", "ends"),
            (#"{"inputs":[],"inputs":[]}"#, "twice"),
            (#"{"inputs":[\#(image)],"outputs":[{"name":"x"}]}"#, "'probabilities'"),
            (#"{"inputs":[\#(image)],"outputs":[{"name":"label"},{"name":"label"}]}"#, "twice"),
            (#"{"inputs":[\#(image)],"outputs":[{}]}"#, "'name'"),
            (
                #"{"inputs":[\#(image)],"outputs":[{"name":"label","parameters":{"classification":3}}]}"#,
                "classification"
            ),
            (#"{"inputs":[\#(image)],"parameters":{"crops":"six"}}"#, "'center'"),
            (#"{"inputs":[{"name":"image","parameters":{"shared_memory_region":"a"}}]}"#, "shared memory"),
        ] {
            let message = try refusal(json)
            #expect(message.contains(word), "\(message)")
        }
    }

    @Test("Values that do not fit the shape are refused")
    func wrongValues() throws {
        let numbers = "\(pixels)"
        for (name, type, shape, data, word) in [
            ("image", "BYTES", "[2]", #"["QQ=="]"#, "1 elements"),
            ("image", "BYTES", "[1]", #"["QQ==","QQ=="]"#, "more than 1"),
            ("image", "BYTES", "[1]", #"["?"]"#, "base64"), ("image", "BYTES", "[1]", "[1]", "string"),
            ("image", "BYTES", "[1]", #""QQ==""#, "array"), ("image", "BYTES", "[1]", "[null]", "string"),
            ("pixels", "UINT8", "[2,2,2,3]", numbers, "12 elements"),
            ("pixels", "UINT8", "[1,2,2,3]", "[0,1]", "2 elements"),
            ("pixels", "UINT8", "[1,2,2,3]", "[]", "0 elements"),
            ("pixels", "UINT8", "[1,2,2,3]", numbers.replacing("11", with: "256"), "0 to 255"),
            ("pixels", "UINT8", "[1,2,2,3]", numbers.replacing("11", with: "-1"), "0 to 255"),
            ("pixels", "UINT8", "[1,2,2,3]", numbers.replacing("11", with: "0.5"), "integer"),
            ("pixels", "UINT8", "[1,2,2,3]", numbers.replacing("11", with: "\"a\""), "integer"),
            ("pixels", "UINT8", "[1,2,2,3]", String(repeating: "[", count: 100_000), "nested"),
        ] {
            let message = try refusal(inputs(input(name, type, shape, data: data)))
            #expect(message.contains(word), "\(message)")
        }
    }

    @Test("Lengths that binary data does not have are refused")
    func wrongLengths() throws {
        let (one, two) = (element("abc"), element("a") + element("b"))
        func files(_ size: Int, shape: String = "[1]") -> String { inputs(input("image", "BYTES", shape, size: size)) }
        for (json, binary, length, word) in [
            (files(7), element("abc", length: 4), nil, "within element 0"),
            (files(7), element("abc", length: .max), nil, "within element 0"),
            (files(7), element("abc", length: 2), nil, "1 bytes after"),
            (files(3), Array("abc".utf8), nil, "within element 0"),
            (files(10), two, nil, "after its 1 elements"),
            (files(10, shape: "[3]"), two, nil, "within element 2"),
            (files(8), one, nil, "'binary_data_size' is 8, but 7"), (files(-1), one, nil, "-1"),
            (files(.max), one, nil, "binary_data_size"), (files(6), one, nil, "is 6, but 7"),
            (files(7), [], nil, "Inference-Header-Content-Length"), (files(7), one, 1_000_000, "1000000"),
            (files(7), one, -1, "-1"), (files(7), one, 0, "ends"), (files(7), one, 10, "ends"),
            (inputs(input("image", "BYTES", "[1]", data: #"["QQ=="]"#)), one, nil, "7 bytes follow"),
            (inputs(input("pixels", "UINT8", "[1,2,2,3]", size: 11)), Array(pixels.dropLast()), nil, "11 elements"),
            (inputs(input("pixels", "UINT8", "[2,2,2,3]", size: 12)), pixels, nil, "12 elements"),
        ] as [(String, [UInt8], Int?, String)] {
            let message = try refusal(json, binary, headerLength: length)
            #expect(message.contains(word), "\(message)")
        }
    }

    @Test("The elements of gRPC are checked in the same way")
    func elements() throws {
        func images(_ tensor: InferenceTensor) throws(ServingError) -> [ImageContent] {
            try tensor.images(side: 2, maxImages: 4)
        }
        let files = InferenceTensor(name: "image", datatype: "BYTES", shape: [2], content: .elements([[1], [2, 3]]))
        #expect(try images(files) == [.file([1]), .file([2, 3])])
        var numbers = InferenceTensor(
            name: "pixels", datatype: "UINT8", shape: [1, 2, 2, 3], content: .numbers(pixels.map(UInt32.init)))
        #expect(try images(numbers) == [.pixels(pixels)])
        numbers.content = .numbers([UInt32](repeating: 256, count: 12))
        #expect(throws: ServingError.self) { try images(numbers) }
        numbers.content = .elements([pixels])
        #expect(throws: ServingError.self) { try images(numbers) }
        let few = InferenceTensor(name: "image", datatype: "BYTES", shape: [2], content: .elements([[1]]))
        #expect(throws: ServingError.self) { try images(few) }
    }

    @Test("Several crops need files")
    func cropsOfPixels() throws {
        let json = inputs(input("pixels", "UINT8", "[1,2,2,3]", data: "\(pixels)"))
        #expect(try refusal(json.dropLast() + ",\"parameters\":{\"crops\":\"five\"}}").contains("'crops'"))
    }
}
