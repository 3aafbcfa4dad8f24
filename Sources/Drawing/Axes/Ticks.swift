internal import Foundation
internal import Platform

/// The ticks of an axis at round numbers.
///
/// The steps are 1, 2, 2.5 or 5 times a power of ten, as in matplotlib's `MaxNLocator`.
public struct Ticks: Sendable, Hashable {
    /// The values of the labeled ticks in ascending order.
    public let values: [Double]
    /// The label of each tick.
    public let labels: [String]
    /// The values of unlabeled grid lines.
    public let minor: [Double]

    /// Creates ticks of a linear axis.
    ///
    /// - Parameters:
    ///   - domain: the range of the axis, with different ends.
    ///   - count: the largest number of ticks, at least 2.
    ///   - format: the format of the labels.
    ///   - isWhole: whether all ticks are whole numbers.
    public init(
        linear domain: ClosedRange<Double>, atMost count: Int, format: Axis.Format = .number, isWhole: Bool = false
    ) {
        let (low, high) = (domain.lowerBound, domain.upperBound)
        let count = max(2, count)
        let span = high - low
        guard span > 0, span.isFinite else {
            self.init(values: [low], labels: [NumberText.short(low)], minor: [])
            return
        }
        var power = pow(10, (log10(span / Double(count))).rounded(.down))
        if power == 0 || !power.isFinite { power = span }
        let steps = [1, 2, 2.5, 5, 10, 20, 25, 50].map { $0 * power }
            .filter { !isWhole || ($0 >= 1 && $0.rounded() == $0) }
        func first(_ step: Double) -> Double { (low / step - 1e-9).rounded(.up) }
        func last(_ step: Double) -> Double { (high / step + 1e-9).rounded(.down) }
        // If both ends are ticks, there is one tick more than steps.
        let step = steps.first { last($0) - first($0) < Double(count) } ?? max(span, isWhole ? 1 : 0)
        let numbers = stride(from: first(step), through: last(step), by: 1).map { $0 * step }
        self.init(values: numbers, labels: NumberText.ticks(numbers, step: step, format: format), minor: [])
    }

    /// Creates ticks of a logarithmic axis: powers of ten, or 1, 2 and 5 times a power for a small range.
    ///
    /// - Parameters:
    ///   - domain: the range of the axis, with positive ends.
    ///   - count: the largest number of labeled ticks, at least 2.
    public init(logarithmic domain: ClosedRange<Double>, atMost count: Int) {
        let count = max(2, count)
        let low = Int((log10(domain.lowerBound) - 1e-9).rounded(.up))
        let high = Int((log10(domain.upperBound) + 1e-9).rounded(.down))
        guard high > low else {
            let round = Self.multiples([1, 2, 5], from: low - 1, through: low, in: domain)
            if round.count < 2 {
                self.init(linear: domain, atMost: count)
            } else {
                self.init(values: round, labels: round.map(NumberText.short), minor: [])
            }
            return
        }
        let step = (high - low + count) / count
        let exponents = (low...high).filter { $0 % step == 0 || high - low < step }
        let others = (low...high).filter { !exponents.contains($0) }
        let isPlain = exponents.allSatisfy { (-3...4).contains($0) }
        self.init(
            values: exponents.map(Self.power),
            labels: exponents.map { isPlain ? NumberText.short(Self.power($0)) : NumberText.power($0) },
            minor: step > 1
                ? others.map(Self.power)
                : Self.multiples([2, 3, 4, 5, 6, 7, 8, 9], from: low - 1, through: high, in: domain))
    }

    private init(values: [Double], labels: [String], minor: [Double]) {
        (self.values, self.labels, self.minor) = (values, labels, minor)
    }

    /// Returns the ticks from a value on.
    func from(_ first: Double) -> Ticks {
        let kept = values.indices.filter { values[$0] >= first }
        return Ticks(
            values: kept.map { values[$0] }, labels: kept.map { labels[$0] }, minor: minor.filter { $0 >= first })
    }

    private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

    /// Returns multiples of powers of ten within a closed domain.
    private static func multiples(
        _ factors: [Double], from low: Int, through high: Int, in domain: ClosedRange<Double>
    ) -> [Double] {
        let (least, most) = (domain.lowerBound * (1 - 1e-9), domain.upperBound * (1 + 1e-9))
        return (low...high).flatMap { exponent in factors.map { $0 * power(exponent) } }
            .filter { least <= $0 && $0 <= most }
    }
}

/// Formats numbers for readers.
package enum NumberText {
    /// Returns the labels of ticks, with as many digits as their step needs.
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

    /// Returns a number with at most four digits: `0.001`, `12,500`, `2.5e-5`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        guard abs(value) < 1e7, abs(value) >= 9.9995e-4 else { return scientific(value) }
        let whole = Int(log10(abs(value)).rounded(.down)) + 1
        var text = fixed(value, digits: max(0, 4 - max(whole, whole <= 0 ? whole : 1)))
        if text.contains("." as Character) {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// Returns a fraction from 0 to 1 as a percentage with one decimal: `97.4 %`.
    package static func percent(_ fraction: Double) -> String {
        fraction.isFinite ? fixed(fraction * 100, digits: 1) + " %" : "–"
    }

    /// Returns a number with `digits` decimals, thousands separators and a minus sign (U+2212).
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return short(value) }
        let text = String(printf: "%.\(digits)f", abs(value))
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
        let parts = String(printf: "%.3e", abs(value)).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
        var mantissa = String(parts[0])
        while mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.hasSuffix(".") { mantissa.removeLast() }
        return (value < 0 ? "−" : "") + "\(mantissa)e\(exponent)"
    }
}
