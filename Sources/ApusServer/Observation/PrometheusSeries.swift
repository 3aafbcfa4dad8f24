internal import LibC
internal import Metrics
internal import Platform

/// The kinds of metrics of Prometheus.
enum PrometheusKind: String, Sendable {
    case counter, gauge, histogram

    /// The lines before the values of a metric.
    func header(_ name: String, _ description: String?) -> String {
        let help = description.map { text in
            "# HELP \(name) " + text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n") + "\n"
        }
        return (help ?? "") + "# TYPE \(name) \(rawValue)\n"
    }
}

/// The values of one metric with the same labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// The lines with the values.
    func lines(_ name: String, _ labels: String) -> String
}

/// A sum that only increases.
final class PrometheusCounter: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    private let value = Monitor(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func lines(_ name: String, _ labels: String) -> String {
        "\(name)\(labels) \(prometheusNumber(value.withLock { $0 }))\n"
    }
}

/// The last value.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    private let value = Monitor(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func lines(_ name: String, _ labels: String) -> String {
        "\(name)\(labels) \(prometheusNumber(value.withLock { $0 }))\n"
    }
}

/// The number of values up to each bound, and their sum.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    /// The bounds of timers, in seconds: close to each other where networks answer.
    static let seconds = [
        0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5,
        0.75, 1, 1.5, 2.5, 5, 10, 30,
    ]
    /// The bounds of numbers such as batch sizes.
    static let counts = [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    private let bounds: [Double]
    private let values: Monitor<(counts: [Int], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        values = Monitor(([Int](repeating: 0, count: bounds.count + 1), 0))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        values.withLock {
            $0.counts[place] += 1
            $0.sum += value
        }
    }

    func lines(_ name: String, _ labels: String) -> String {
        let (counts, sum) = values.withLock { $0 }
        let others = labels.isEmpty ? "{" : labels.dropLast() + ","
        var text = ""
        var total = 0
        for (count, bound) in zip(counts, bounds + [.infinity]) {
            total += count
            text += "\(name)_bucket\(others)le=\"\(prometheusNumber(bound))\"} \(total)\n"
        }
        return text + "\(name)_sum\(labels) \(prometheusNumber(sum))\n\(name)_count\(labels) \(total)\n"
    }
}

/// A number as Go reads it, without a point if it is a whole number.
func prometheusNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
}

/// The name of a metric or a label with the permitted characters only.
func prometheusName(_ name: String, isLabel: Bool = false) -> String {
    var bytes = name.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            byte
        case UInt8(ascii: ":") where !isLabel: byte
        default: UInt8(ascii: "_")
        }
    }
    if bytes.first.map({ $0 < 58 && $0 >= 48 }) ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
    return String(decoding: bytes, as: UTF8.self)
}

/// Labels in braces, sorted by name so that their order does not matter; empty if there are none. Of two with the same
/// name the last counts, and `le`, which histograms add, is `le_`.
func prometheusLabels(_ dimensions: [(String, String)]) -> String {
    guard !dimensions.isEmpty else { return "" }
    let labels = Dictionary(dimensions.map { (prometheusName($0.0, isLabel: true), $0.1) }) { $1 }
    let parts = labels.sorted { $0.key < $1.key }.map { name, value in
        let text = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\(name == "le" ? "le_" : name)=\"\(text)\""
    }
    return "{" + parts.joined(separator: ",") + "}"
}
