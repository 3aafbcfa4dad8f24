internal import Foundation

extension JSONReader {
    /// Reads a string as the bytes that it encodes in base64.
    package mutating func base64() throws(ServingError) -> [UInt8] {
        guard let data = Data(base64Encoded: Data(try stringBytes())) else {
            throw failure(
                "has a string that is not base64", advice: "send standard base64 with padding, without line breaks")
        }
        return Array(data)
    }
}

extension String {
    /// The string as JSON, with its quotes.
    package var jsonLiteral: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\0"..<" ": text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
