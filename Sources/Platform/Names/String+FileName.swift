/// File names as strings that preserve every byte.
///
/// A name on Linux is bytes, usually but not always UTF-8. In a string, a byte that is not valid UTF-8 is a private
/// scalar: U+10FE00 plus the byte. Python's `surrogateescape` (PEP 383) does the same with U+DC00, which a Swift string
/// cannot contain. A name that contains such a scalar in UTF-8 is converted byte by byte, so that every name
/// round-trips.
extension String {
    /// Creates a string from the bytes of a file's name or path.
    package init(fileName bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        // All private scalars start with the byte F4.
        if !bytes.contains(0xF4), let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        var scalars = String.UnicodeScalarView()
        var parser = UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var place = 0
        func escape(_ count: Int) {
            scalars.append(contentsOf: bytes[place..<place + count].map(Unicode.Scalar.init(fileNameByte:)))
        }
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                let scalar = UTF8.decode(encoded)
                if scalar.fileNameByte == nil { scalars.append(scalar) } else { escape(encoded.count) }
                place += encoded.count
            case .error(let count):
                escape(count)
                place += count
            case .emptyInput:
                self = String(scalars)
                return
            }
        }
    }

    /// Creates a string from a path of the system.
    package init(fileName start: UnsafePointer<CChar>) {
        var count = 0
        while start[count] != 0 { count += 1 }
        self.init(fileName: UnsafeBufferPointer(start: start, count: count).map { UInt8(bitPattern: $0) })
    }

    /// The bytes of the name or path.
    package var fileNameBytes: [UInt8] {
        guard utf8.contains(0xF4) else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.fileNameByte { bytes.append(byte) } else { bytes += String(scalar).utf8 }
        }
        return bytes
    }

    /// Whether the name is valid text.
    package var isText: Bool { !utf8.contains(0xF4) || unicodeScalars.allSatisfy { $0.fileNameByte == nil } }

    /// Calls the body with the path as a C string.
    package func withFileName<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (fileNameBytes + [0]).withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else {
                preconditionFailure("the array ends with a zero")
            }
            return try body(start)
        }
    }
}

extension Unicode.Scalar {
    /// The scalar for a byte of a name that is not valid UTF-8.
    init(fileNameByte byte: UInt8) { self = Unicode.Scalar(0x10FE00 + UInt32(byte)) ?? "\u{FFFD}" }

    /// The byte of a file name that the scalar represents; nil for text.
    package var fileNameByte: UInt8? { (0x10FE80...0x10FEFF).contains(value) ? UInt8(value - 0x10FE00) : nil }
}
