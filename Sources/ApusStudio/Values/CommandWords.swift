internal import Platform

extension String {
    /// The text as one word of a command line. Characters that a terminal would not show are escaped as bash and zsh
    /// read them, so that a copied command does what it shows.
    var commandWord: String {
        let bytes = fileNameBytes
        guard !isText || bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) || printable != self else {
            return shellWord
        }
        let text = bytes.map { byte -> String in
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7E: String(UnicodeScalar(byte))
            default: "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        return "$'" + text.joined() + "'"
    }

    /// The text as a string literal of Swift.
    var swiftLiteral: String {
        let text = unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"", "\\": return "\\" + String(scalar)
            default:
                let shown = String(scalar)
                let isShown = scalar.fileNameByte == nil && shown.printable == shown
                return isShown ? shown : "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return "\"" + text.joined() + "\""
    }
}
