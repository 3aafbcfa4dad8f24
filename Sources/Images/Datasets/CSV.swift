/// Comma-separated values as RFC 4180 has them, safe to open in a spreadsheet.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula or a command. Such
/// a text gets an apostrophe before it, which spreadsheets take for "this is text"; so does one that has apostrophes
/// before such a character already, so that dropping one gives each text back. Numbers stay numbers.
public enum CSV {
    /// A field, with quotation marks around what holds a comma, a quotation mark or a line break, or blanks at its ends.
    ///
    /// Scalars are looked at, as a comma with an accent on it is another `Character`, but a comma to any reader.
    public static func field(_ text: String) -> String {
        let text = isDangerous(text.utf8) && Double(text) == nil ? "'" + text : text
        let ends = [text.utf8.first, text.utf8.last]
        let isPlain = !ends.contains(UInt8(ascii: " ")) && !text.unicodeScalars.contains { special.contains($0) }
        guard !isPlain else { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        return String(quoted) + "\""
    }

    /// A line of fields, without its end.
    public static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") }

    /// The bytes of a field as they were before `field` guarded them.
    static func unguarded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.first == UInt8(ascii: "'") && isDangerous(bytes) ? Array(bytes.dropFirst()) : bytes
    }

    private static let special = Set(",\"\r\n\t;".unicodeScalars)

    /// What makes a spreadsheet compute, in Latin and full width letters.
    private static let starts = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"].map { Array($0.utf8) }

    private static func isDangerous(_ bytes: some Collection<UInt8>) -> Bool {
        let rest = bytes.drop { $0 == UInt8(ascii: "'") }
        return starts.contains { rest.starts(with: $0) }
    }
}
