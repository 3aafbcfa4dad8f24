/// A list as Python and JSON write it: `['Adventure', "Drama"]`, `[1, 2]`, and as NumPy does, `['Adventure' 'Drama']`.
enum ListLiteral {
    /// Whether a field looks like a list.
    static func isList(_ field: [UInt8]) -> Bool {
        field.count > 1 && field.first == UInt8(ascii: "[") && field.last == UInt8(ascii: "]")
    }

    /// The items in their order, without quotes; nil where the field is no list.
    static func items(_ field: [UInt8]) -> [[UInt8]]? {
        guard isList(field) else { return nil }
        let text = field.dropFirst().dropLast()
        var items: [[UInt8]] = []
        var place = text.startIndex
        func isSeparator(_ byte: UInt8) -> Bool {
            [UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
                .contains(byte)
        }
        while place < text.endIndex {
            let byte = text[place]
            if isSeparator(byte) {
                place += 1
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                var item: [UInt8] = []
                place += 1
                while place < text.endIndex, text[place] != byte {
                    if text[place] == UInt8(ascii: "\\"), place + 1 < text.endIndex {
                        item += escaped(in: text, at: &place)
                    } else {
                        item.append(text[place])
                        place += 1
                    }
                }
                // A quote that does not close, or text behind it.
                guard place < text.endIndex, place + 1 == text.endIndex || isSeparator(text[place + 1]) else {
                    return nil
                }
                items.append(item)
                place += 1
            } else {
                let end = text[place...].firstIndex(of: UInt8(ascii: ",")) ?? text.endIndex
                let item = Array(text[place..<end]).trimmedBlanks
                guard !item.contains(where: { [UInt8(ascii: "["), UInt8(ascii: "]")].contains($0) }) else { return nil }
                items.append(item)
                place = end
            }
        }
        return items.filter { !$0.isEmpty }
    }

    /// What stands behind the backslash at a place, which moves behind it: `\u00e9`, `\xe9`, or a sign as it is.
    private static func escaped(in text: ArraySlice<UInt8>, at place: inout Int) -> [UInt8] {
        let sign = text[place + 1]
        place += 2
        let digits = sign == UInt8(ascii: "u") ? 4 : sign == UInt8(ascii: "x") ? 2 : 0
        guard digits > 0, place + digits <= text.endIndex,
            let code = UInt32(String(decoding: text[place..<place + digits], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
        else { return [sign] }
        place += digits
        return Array(String(Character(scalar)).utf8)
    }
}
