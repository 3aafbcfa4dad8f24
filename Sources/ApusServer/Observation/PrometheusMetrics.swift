internal import LibC
package import Metrics
internal import Platform

/// Metrics of swift-metrics in memory, and their text for Prometheus.
///
/// Labels and dimensions become names that Prometheus permits: other characters are underscores. Timers are histograms in
/// seconds. Recorders are histograms if they aggregate, otherwise gauges. Each instance has its own metrics.
package final class PrometheusMetrics: MetricsFactory {
    /// The media type of the text.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families = Monitor<[String: PrometheusFamily]>([:])
    private let descriptions: [String: String]
    private let maximumSeries: Int

    /// Creates a factory without metrics, which describes those of a server.
    package convenience init() { self.init(descriptions: ServerMetrics.descriptions) }

    /// Creates a factory without metrics.
    ///
    /// - Parameters:
    ///   - descriptions: What each metric is, by name.
    ///   - maximumSeries: The number of different labels that a metric may have, so that labels from outside can't fill the
    ///     memory. Further ones are counted together, with the class `other`. Without classes all values are `other`.
    init(descriptions: [String: String], maximumSeries: Int = 4096) {
        (self.descriptions, self.maximumSeries) = (descriptions, max(1, maximumSeries))
    }

    /// All metrics and those of the process, in Prometheus' text format 0.0.4, sorted by name and labels.
    package func text() -> String {
        var text = ProcessMetrics.current.text
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text += family.kind.header(name, descriptions[name])
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                text += series.lines(name, labels)
            }
        }
        return text
    }

    /// The series of a metric with these labels. It is not part of the text if the name has another kind.
    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: PrometheusKind, _ make: () -> Series
    ) -> Series {
        let name = prometheusName(label)
        let labels = prometheusLabels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? PrometheusFamily(kind: kind)
            guard family.kind == kind else { return make() }
            if let series = family.series[labels] { return series as? Series ?? make() }
            let isFull = family.series.count >= maximumSeries
            let key = isFull ? prometheusLabels(together(dimensions)) : labels
            if let series = family.series[key] { return series as? Series ?? make() }
            let series = make()
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    /// The labels with which those beyond the limit are counted.
    private func together(_ dimensions: [(String, String)]) -> [(String, String)] {
        let hasClass = dimensions.contains { $0.0 == "class" }
        return dimensions.map { name, value in (name, hasClass && name != "class" ? value : "other") }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                guard let key = family.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[key] = nil
                if families[name]?.series.isEmpty == true { families[name] = nil }
            }
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { PrometheusCounter() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { PrometheusCounter() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { PrometheusGauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { PrometheusGauge() } }
        return series(label, dimensions, .histogram) { PrometheusHistogram(bounds: PrometheusHistogram.counts) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { PrometheusHistogram(bounds: PrometheusHistogram.seconds) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}

/// A metric: its kind, and a series for each of its labels, which are text such as `{code="200"}`.
private struct PrometheusFamily {
    let kind: PrometheusKind
    var series: [String: any PrometheusSeries] = [:]
}
