/// Names of files as strings that keep every byte.
///
/// A name on Linux is bytes, which are UTF-8 as a rule and not always. In a string, a byte that is not part of UTF-8 is
/// a private scalar: U+10FE00 plus the byte. Python's `surrogateescape` (PEP 383) does the same with U+DC00, which a
/// Swift string cannot hold. A name that holds such a scalar in UTF-8 is taken byte by byte, so that every name comes
/// back as it was.
extension String {
    /// The string for the bytes of a file's name or path.
    package init(fileName bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        // All private scalars begin with the byte F4.
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

    /// The string for a path as the system gives it.
    package init(fileName start: UnsafePointer<CChar>) {
        var count = 0
        while start[count] != 0 { count += 1 }
        self.init(fileName: UnsafeBufferPointer(start: start, count: count).map { UInt8(bitPattern: $0) })
    }

    /// The bytes of the name or path that the string stands for.
    package var fileNameBytes: [UInt8] {
        guard utf8.contains(0xF4) else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.fileNameByte { bytes.append(byte) } else { bytes += String(scalar).utf8 }
        }
        return bytes
    }

    /// Whether the name that the string stands for is text.
    package var isText: Bool { !utf8.contains(0xF4) || unicodeScalars.allSatisfy { $0.fileNameByte == nil } }

    /// Calls the body with the path as the system takes it.
    package func withFileName<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (fileNameBytes + [0]).withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else {
                preconditionFailure("It has a zero.")
            }
            return try body(start)
        }
    }
}

extension Unicode.Scalar {
    /// What stands in a string for a byte of a name that is not part of UTF-8.
    init(fileNameByte byte: UInt8) { self = Unicode.Scalar(0x10FE00 + UInt32(byte)) ?? "\u{FFFD}" }

    /// The byte that the scalar stands for in the name of a file; nil for text.
    package var fileNameByte: UInt8? { (0x10FE80...0x10FEFF).contains(value) ? UInt8(value - 0x10FE00) : nil }
}
