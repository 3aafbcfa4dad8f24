/// A field of a CSV file by RFC 4180: quotation marks around what holds a comma, a quotation mark or a line break.
///
/// Scalars are looked at, as a comma with an accent on it is another `Character`, but a comma to any reader.
func quotedForCSV(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return field }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in field.unicodeScalars {
        if scalar == "\"" { quoted.append(scalar) }
        quoted.append(scalar)
    }
    return String(quoted) + "\""
}
