/// Comma-separated values as RFC 4180 has them.
public enum CSV {
    /// A field, with quotation marks around what holds a comma, a quotation mark or a line break.
    ///
    /// Scalars are looked at, as a comma with an accent on it is another `Character`, but a comma to any reader.
    public static func field(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        return String(quoted) + "\""
    }

    /// A line of fields, without its end.
    public static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") }
}
