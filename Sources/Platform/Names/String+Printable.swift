/// Safe display of external text, such as names and metadata.
extension String {
    /// The text on one line, without terminal control sequences and invisible characters.
    ///
    /// Line breaks and tabs become `
    /// `, `\r` and `\t`. Other control characters become `\x1b` or `\u{9b}`, bytes of file names that are not UTF-8
    /// `\xe9`. Invisible format characters, such as those that change the text direction, become `\u{202e}`. Joiners
    /// and variation selectors stay where a script or an emoji needs them.
    package var printable: String { replacingInvisibles { $0.escape } }

    /// The same for a text of several lines; the line breaks stay.
    package var printableLines: String { replacingInvisibles(except: "\n") { $0.escape } }

    /// A name from a file on one line, truncated if long, with `?` for control and invisible characters.
    package var shown: String {
        let shown = unicodeScalars.prefix(80).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?" as Unicode.Scalar
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(shown)) + (unicodeScalars.count > 80 ? "…" : "")
    }

    /// The text with a replacement for each control or invisible character.
    package func replacingInvisibles(
        except kept: Unicode.Scalar? = nil, by replacement: (Unicode.Scalar) -> String
    ) -> String {
        if utf8.allSatisfy({ (0x20...0x7E).contains($0) || UInt32($0) == kept?.value }) { return self }
        var result = String.UnicodeScalarView()
        let scalars = Array(unicodeScalars)
        for (place, scalar) in scalars.enumerated() {
            let next = place + 1 < scalars.count ? scalars[place + 1] : nil
            if scalar == kept || scalar.isVisible(after: place > 0 ? scalars[place - 1] : nil, before: next) {
                result.append(scalar)
            } else {
                result.append(contentsOf: replacement(scalar).unicodeScalars)
            }
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// The replacement in `printable` text.
    package var escape: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default: break
        }
        func hexadecimal(_ number: UInt32) -> String {
            let digits = String(number, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }
        if let byte = fileNameByte { return "\\x" + hexadecimal(UInt32(byte)) }
        return value < 0x80 ? "\\x" + hexadecimal(value) : "\\u{\(hexadecimal(value))}"
    }

    /// Whether the character is visible, or affects visible ones, between its two neighbors.
    fileprivate func isVisible(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) -> Bool {
        switch value {
        case 0x20...0x7E: return true
        // Joiners affect letters of Arabic and Indic scripts, and emoji.
        case 0x200C, 0x200D: return previous?.takesJoiners == true && next?.takesJoiners == true
        case 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x180B...0x180D:
            guard let previous else { return false }
            let isKeycap = (0x30...0x39).contains(previous.value) || previous == "#" || previous == "*"
            return previous.value > 0xA0 && !previous.properties.isDefaultIgnorableCodePoint || isKeycap
        default:
            switch properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: return false
            default: return fileNameByte == nil && !properties.isDefaultIgnorableCodePoint
            }
        }
    }

    private var takesJoiners: Bool {
        // After Latin letters a joiner only makes two names look the same. An emoji may end with a selector.
        value > 0x2FF && (value == 0xFE0F || !properties.isDefaultIgnorableCodePoint)
    }
}
