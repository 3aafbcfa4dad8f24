// Bodies of requests to a server. `APUS_FUZZ` selects the format: `multipart` for forms, `tensors` for the Open Inference
// Protocol, `json` for any JSON.

import Foundation
import LibC

private let target = getenv("APUS_FUZZ").map { String(cString: $0) } ?? "json"

/// The value of the target Images, which is not part of this program.
package enum TestCrops: String, CaseIterable, Sendable { case center, five, ten }

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzServing(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    do throws(ServingError) {
        switch target {
        case "multipart": try readForm(bytes)
        case "tensors": try readTensors(bytes)
        case "json": try readJSON(bytes)
        default: fatalError("APUS_FUZZ is multipart, tensors or json, not \(target)")
        }
    } catch {
        precondition(!error.message.isEmpty && error.status == 400 && error.message.utf8.count < 2000)
    }
    return 0
}

private func readForm(_ body: [UInt8]) throws(ServingError) {
    // The boundary is what follows the first two dashes, as clients send it.
    let line = String(decoding: body.dropFirst(2).prefix { $0 != 0x0D && $0 != 0x22 && $0 != 0x5C }, as: UTF8.self)
    let type = "multipart/form-data; boundary=\"\(line)\""
    let form = try Multipart(body, boundary: line, maximumParts: 24)
    var end = 0
    for part in form.parts {
        // Parts are in order and do not overlap.
        precondition(part.content.lowerBound > end && part.content.upperBound < body.count)
        end = part.content.upperBound
    }
    let request = try ClassifyRequest(body: body, contentType: type, query: nil, maxImages: 8)
    precondition((1...8).contains(request.images.count) && request.isList == (request.images.count > 1))
    precondition(request.images.reduce(0) { $0 + $1.bytes.count } < body.count)
}

/// The first two bytes are the size of the JSON, or 0 if it is all.
private func readTensors(_ input: [UInt8]) throws(ServingError) {
    guard input.count >= 2 else { return }
    let length = Int(input[0]) << 8 | Int(input[1])
    let request = try InferenceRequest(
        body: Array(input[2...]), headerLength: length == 0 ? nil : length, side: 2, maxImages: 4)
    precondition((1...4).contains(request.images.count) && !request.outputs.isEmpty)
    for case .pixels(let pixels) in request.images { precondition(pixels.count == 12) }
    let count = request.images.count
    let answer = InferenceAnswer(
        model: "m", version: "1", request: request,
        results: .init(
            labels: .init(repeating: "a\"\n", count: count), indices: .init(repeating: 1, count: count),
            probabilities: .init(repeating: 0.5, count: 2 * count), logits: .init(repeating: 1e-5, count: 2 * count)))
    let (body, headerLength) = answer.body()
    checkJSON(Array(body[..<(headerLength ?? body.count)]))
}

/// Stops the program if Foundation can't read a text.
private func checkJSON(_ text: [UInt8]) {
    do {
        _ = try JSONDecoder().decode(AnyValue.self, from: Data(text))
    } catch {
        fatalError("\(error)")
    }
}

/// A value of JSON, as the decoder of Foundation reads it.
private struct AnyValue: Decodable {
    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            for key in container.allKeys { _ = try container.decode(AnyValue.self, forKey: key) }
        } else if var container = try? decoder.unkeyedContainer() {
            while !container.isAtEnd { _ = try container.decode(AnyValue.self) }
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(intValue: Int) { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
    }
}

private func readJSON(_ text: [UInt8]) throws(ServingError) {
    var reader = JSONReader(text[...])
    let value = try reader.value()
    try reader.finish()
    precondition(value.count <= text.count)
    // What is valid here is valid for Foundation.
    checkJSON(text)
    if let copy = try? JSONDecoder().decode(String.self, from: Data(text)) {
        for text in [text, Array(copy.jsonLiteral.utf8)] {
            var reader = JSONReader(text[...])
            let string = try reader.string()
            precondition(Array(string.utf8) == Array(copy.utf8))
        }
    }
    let request = try ClassifyRequest(body: text, contentType: "application/json", query: nil, maxImages: 4)
    precondition((1...4).contains(request.images.count))
}
