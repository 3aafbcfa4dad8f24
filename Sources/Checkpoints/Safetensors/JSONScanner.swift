/// Scans JSON step by step, as strictly as RFC 8259. The caller states what must come next.
///
/// A general parser would hide duplicate keys, which are not allowed in a header, and would recurse.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func fault(_ problem: String) -> CheckpointFault {
        .damaged("its header is not valid safetensors: \(problem) at byte \(position + 8)")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
            position += 1
        }
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    /// Consumes `character` if it comes next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(CheckpointFault) {
        guard take(character) else { throw fault("'\(character)' is missing") }
    }

    /// Reads `open item, item close`, calling `item` before each item.
    mutating func list(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        item: (inout JSONScanner) throws(CheckpointFault) -> Void
    ) throws(CheckpointFault) {
        try expect(open)
        guard !take(close) else { return }
        repeat {
            try item(&self)
        } while take(",")
        try expect(close)
    }

    /// An unsigned integer.
    mutating func integer() throws(CheckpointFault) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw fault("a number is too large") }
            value = sum
            position += 1
        }
        guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
            throw fault("an integer is missing")
        }
        return value
    }

    mutating func integers() throws(CheckpointFault) -> [Int] {
        var values: [Int] = []
        try list("[", "]") { scanner throws(CheckpointFault) in values.append(try scanner.integer()) }
        return values
    }

    mutating func string() throws(CheckpointFault) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("text is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20: throw fault("text contains a control character")
            default: text.append(byte)
            }
        }
    }

    private mutating func next() throws(CheckpointFault) -> UInt8 {
        guard position < bytes.count else { throw fault("text has no end") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func escape() throws(CheckpointFault) -> Unicode.Scalar {
        let letter = try next()
        switch Unicode.Scalar(letter) {
        case "\"", "\\", "/": return Unicode.Scalar(letter)
        case "b": return "\u{08}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            let unit = try codeUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // The first half of a surrogate pair.
            guard unit < 0xDC00, try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else {
                throw fault("text contains half a surrogate pair")
            }
            let low = try codeUnit()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { throw fault("text contains half a surrogate pair") }
            return scalar
        default: throw fault("text contains an unknown escape")
        }
    }

    private mutating func codeUnit() throws(CheckpointFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else {
                throw fault("an escape lacks hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
