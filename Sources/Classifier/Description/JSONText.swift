internal import Foundation
internal import Platform

/// Returns a value as JSON, by default on one line.
///
/// Invisible characters are escaped: `\u202e`. A byte of a file name that is not UTF-8 is written as `\udce9`, as
/// in Python: `os.fsencode` restores the name.
package func jsonText(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
        pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    do {
        return String(decoding: try encoder.encode(value), as: UTF8.self).replacingInvisibles(except: "\n") {
            scalar in
            let units = scalar.fileNameByte.map { [0xDC00 + UInt16($0)] } ?? Array(String(scalar).utf16)
            return units.map { String(printf: "\\u%04x", Int($0)) }.joined()
        }
    } catch EncodingError.invalidValue(let found, let context) {
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        throw ApusError(
            .invalidConfiguration, name: place, value: "\(found)",
            "the result can't be written as JSON, because '\(place)' is \(found)",
            advice: "use another format")
    }
}
