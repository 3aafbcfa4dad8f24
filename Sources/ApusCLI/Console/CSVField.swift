extension String {
    /// As a field of a CSV file by RFC 4180: quotation marks around what holds a comma, a quotation mark or a line break.
    /// Scalars are looked at, as a comma with an accent on it is another `Character`, but a comma to any reader.
    var csvField: String {
        guard unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return self }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        return String(quoted) + "\""
    }
}
