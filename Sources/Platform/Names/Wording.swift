internal import Foundation

extension String {
    /// The arguments formatted as C's `printf` does, with a decimal point in every locale.
    package init(printf format: String, _ arguments: any CVarArg...) {
        let usual = uselocale(plainLocale)
        let count = Swift.max(0, withVaList(arguments) { Int(vsnprintf(nil, 0, format, $0)) })
        self.init(unsafeUninitializedCapacity: count + 1) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                _ = withVaList(arguments) { vsnprintf(characters.baseAddress, count + 1, format, $0) }
            }
            return count
        }
        uselocale(usual)
    }
}

private nonisolated(unsafe) let plainLocale = newlocale(LC_NUMERIC_MASK, "C", nil)

extension Double {
    /// For a loss or a rate: three significant digits.
    package var short: String { String(printf: "%.3g", self) }

    /// For a fraction: `85 %`, with one decimal near the ends.
    package var percent: String {
        let value = self * 100
        return String(printf: value > 0 && value < 10 || value > 90 && value < 100 ? "%.1f %%" : "%.0f %%", value)
    }

    /// For a difference of fractions: `11 points`, with one decimal below ten.
    package var points: String {
        let value = abs(self) * 100
        return String(printf: value < 10 ? "%.1f points" : "%.0f points", value)
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', 'c' and 12 more`.
package func enumerated(_ names: [String], atMost limit: Int = 5) -> String {
    let quoted = names.map { "'\($0)'" }
    guard names.count > limit else {
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " and " + last
    }
    return quoted.prefix(limit - 1).joined(separator: ", ") + " and \(names.count - limit + 1) more"
}

/// Two different losses with enough digits to show the difference, at least three.
package func distinctTexts(_ left: Double, _ right: Double) -> (String, String) {
    let texts = (3...8).map { (String(printf: "%.\($0)g", left), String(printf: "%.\($0)g", right)) }
    return texts.first { $0.0 != $0.1 } ?? (left.short, right.short)
}

extension Int {
    /// With a comma between groups of three digits: `26,179`.
    package var grouped: String {
        let digits = String(magnitude)
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in
            digits.dropLast(digits.count - end).suffix(3)
        }
        return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }
}

extension Double {
    /// A fraction as a percentage with exactly one decimal, so that a column is aligned: `97.4 %`.
    package var columnPercent: String { String(printf: "%.1f %%", self * 100) }

    /// With this number of decimals.
    package func fixed(_ digits: Int) -> String { String(printf: "%.\(digits)f", self) }
}

/// Returns the format of the numbers of a column, with the same digits for all: as many decimals as four significant
/// digits of each number need, or an exponent if these are more than eight.
package func columnFormat(_ values: [Double]) -> @Sendable (Double) -> String {
    let decimals = values.filter(\.isFinite).map { value in
        let parts = String(printf: "%.4g", value).split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        return (mantissa.count == 2 ? mantissa[1].count : 0) - (parts.count == 2 ? Int(parts[1]) ?? 0 : 0)
    }.max()
    let digits = max(0, decimals ?? 0)
    return { digits <= 8 ? $0.fixed(digits) : String(printf: "%.3e", $0) }
}

/// `1 image`, `1,200 images`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count.grouped) \(noun)\(count == 1 ? "" : "s")" }

extension String {
    /// The last component of a path.
    package var fileName: String { split(separator: "/").last.map(String.init) ?? self }

    /// The extension of a file name with its dot, at most 12 letters and digits; empty if there is none.
    package var fileEnding: String {
        guard let dot = lastIndex(of: "."), dot > startIndex, self[index(before: dot)] != "/" else { return "" }
        let letters = self[index(after: dot)...]
        guard (1...12).contains(letters.count), letters.contains(where: \.isLetter),
            letters.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return "" }
        return String(self[dot...])
    }

    /// The text quoted for a shell if it contains special characters.
    package var shellWord: String {
        let isPlain = allSatisfy { $0.isLetter || $0.isNumber || "/._-+:,@%=".contains($0) }
        return isPlain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}

/// A property of a configuration with a value, in backticks, as errors and notes show it: `epochs = 6`.
package func setting(_ property: String, _ value: some Any) -> String {
    let literal = (value as? String).map { text in
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "`\(property) = \(literal ?? "\(value)")`"
}

/// Names separated by commas, and the number of further ones.
package func enumeration(of names: [String], atMost limit: Int) -> String {
    let rest = names.count - limit
    return names.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest.grouped) more" : "")
}
