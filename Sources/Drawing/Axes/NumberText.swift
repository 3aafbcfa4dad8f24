internal import Foundation

/// Numbers as a reader wants them.
public enum NumberText {
    /// The ticks of an axis, all with as many digits as their distance needs.
    static func ticks(_ values: [Double], step: Double, format: Axis.Format) -> [String] {
        let factor = format == .percent ? 100.0 : 1
        let values = values.map { $0 * factor }
        let step = step * factor
        let largest = values.reduce(0) { max($0, abs($1)) }
        let unit = format == .percent ? " %" : ""
        guard largest < 1e7, step >= 1e-4 * (1 - 1e-9) else { return values.map(scientific) }
        let digits = (0...6).first { digits in
            let scaled = step * pow(10, Double(digits))
            return abs(scaled - scaled.rounded()) < 1e-6 * scaled
        }
        return values.map { fixed($0, digits: digits ?? 6) + unit }
    }

    /// A number in at most four digits: `0.001`, `12,500`, `2.5e-5`.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        guard abs(value) < 1e7, abs(value) >= 9.9995e-4 else { return scientific(value) }
        let whole = Int(log10(abs(value)).rounded(.down)) + 1
        var text = fixed(value, digits: max(0, 4 - max(whole, whole <= 0 ? whole : 1)))
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// A share from 0 to 1 in percent, with a digit after the point: `97.4 %`.
    public static func percent(_ share: Double) -> String {
        share.isFinite ? fixed(share * 100, digits: 1) + " %" : "–"
    }

    /// A number with so many digits after the point, commas between thousands and a minus that is one.
    public static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return short(value) }
        let text = String(format: "%.\(digits)f", abs(value))
        let point = text.firstIndex(of: ".") ?? text.endIndex
        var whole = ""
        for (index, digit) in text[..<point].reversed().enumerated() {
            if index > 0, index % 3 == 0 { whole.append(",") }
            whole.append(digit)
        }
        let isZero = !text.contains { $0 != "0" && $0 != "." }
        return (value < 0 && !isZero ? "−" : "") + String(whole.reversed()) + text[point...]
    }

    /// `10⁻⁵`
    static func power(_ exponent: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return "10" + (exponent < 0 ? "⁻" : "")
            + String(String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
    }

    /// `2.5e-5`
    private static func scientific(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let parts = String(format: "%.3e", abs(value)).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
        var mantissa = String(parts[0])
        while mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.hasSuffix(".") { mantissa.removeLast() }
        return (value < 0 ? "−" : "") + "\(mantissa)e\(exponent)"
    }
}
