import Foundation
import Metrics
import TestSupport
import Testing

@testable import ApusServer
@testable import Serving

@Suite("Metrics for Prometheus") struct PrometheusTests {
    /// The lines of a metric without the comments.
    private func lines(_ metrics: PrometheusMetrics, _ prefix: String) -> [String] {
        metrics.text().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    @Test("Counters add up for each set of labels, in any order of the labels") func counters() {
        let metrics = PrometheusMetrics(descriptions: ["requests_total": "All\nrequests \\"])
        Counter(label: "requests_total", dimensions: [("b", "1"), ("a", "x")], factory: metrics).increment(by: 2)
        Counter(label: "requests_total", dimensions: [("a", "x"), ("b", "1")], factory: metrics).increment()
        Counter(label: "requests_total", dimensions: [("a", "y"), ("b", "1")], factory: metrics).increment()
        FloatingPointCounter(label: "seconds_total", factory: metrics).increment(by: 0.25)
        FloatingPointCounter(label: "seconds_total", factory: metrics).increment(by: 0.5)
        #expect(
            metrics.text().hasSuffix(
                """
                # HELP requests_total All\\nrequests \\\\
                # TYPE requests_total counter
                requests_total{a="x",b="1"} 3
                requests_total{a="y",b="1"} 1
                # TYPE seconds_total counter
                seconds_total 0.75

                """))
    }

    @Test("Gauges have the last value, which may be infinite") func gauges() {
        let metrics = PrometheusMetrics()
        let meter = Meter(label: "length", factory: metrics)
        meter.set(5)
        meter.increment(by: 2.5)
        meter.decrement(by: 1)
        Recorder(label: "last", aggregate: false, factory: metrics).record(3)
        Recorder(label: "last", aggregate: false, factory: metrics).record(-Double.infinity)
        Meter(label: "missing", factory: metrics).set(Double.nan)
        #expect(lines(metrics, "length") == ["length 6.5"])
        #expect(lines(metrics, "last") == ["last -Inf"])
        #expect(lines(metrics, "missing") == ["missing NaN"])
    }

    @Test("Timers are cumulative histograms in seconds, whose bounds are inclusive") func histograms() throws {
        let metrics = PrometheusMetrics()
        let timer = Timer(label: "time", dimensions: [("m", "a")], factory: metrics)
        for milliseconds in [1, 4, 4, 60_000] { timer.recordMilliseconds(milliseconds) }
        let lines = lines(metrics, "time")
        #expect(lines.first == #"time_bucket{m="a",le="0.0005"} 0"#)
        #expect(lines.contains(#"time_bucket{m="a",le="0.001"} 1"#))
        #expect(lines.contains(#"time_bucket{m="a",le="0.003"} 1"#))
        #expect(lines.contains(#"time_bucket{m="a",le="0.005"} 3"#))
        #expect(lines.contains(#"time_bucket{m="a",le="30"} 3"#))
        #expect(
            lines.suffix(3) == [
                #"time_bucket{m="a",le="+Inf"} 4"#, #"time_sum{m="a"} 60.009"#, #"time_count{m="a"} 4"#,
            ])
    }

    @Test("Names and label values from outside can't break the format") func escaping() {
        let metrics = PrometheusMetrics()
        Counter(label: "9.a b", dimensions: [("1 é", "a\"b\\c\nd")], factory: metrics).increment()
        Recorder(label: "sizes", dimensions: [("le", "x")], factory: metrics).record(1)
        #expect(lines(metrics, "_9") == [#"_9_a_b{_1___="a\"b\\c\nd"} 1"#])
        #expect(lines(metrics, "sizes_count") == [#"sizes_count{le_="x"} 1"#])
    }

    @Test("Labels beyond the limit are counted together") func cardinality() {
        let metrics = PrometheusMetrics(descriptions: [:], maximumSeries: 2)
        for name in ["a", "b", "c", "d", "a"] {
            Counter(label: "n_total", dimensions: [("name", name)], factory: metrics).increment()
        }
        #expect(
            lines(metrics, "n_total") == [
                #"n_total{name="a"} 2"#, #"n_total{name="b"} 1"#, #"n_total{name="other"} 2"#,
            ])
        for name in ["a", "b", "c", "d"] {
            Counter(label: "m_total", dimensions: [("model", "x"), ("class", name)], factory: metrics).increment()
        }
        #expect(lines(metrics, "m_total").last == #"m_total{class="other",model="x"} 2"#)
    }

    @Test("A name has one kind, and a destroyed metric is gone") func kinds() {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "a", factory: metrics)
        counter.increment()
        Timer(label: "a", factory: metrics).recordSeconds(1)
        #expect(lines(metrics, "a") == ["a 1"])
        counter.destroy()
        #expect(!metrics.text().contains("# TYPE a "))
    }

    @Test("Threads count every event") func threads() async {
        let metrics = PrometheusMetrics()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "n_total", dimensions: [("t", "\(task % 2)")], factory: metrics).increment()
                        Timer(label: "t", factory: metrics).recordMilliseconds(1)
                    }
                }
            }
        }
        #expect(lines(metrics, "n_total") == [#"n_total{t="0"} 4000"#, #"n_total{t="1"} 4000"#])
        #expect(lines(metrics, "t_count") == ["t_count 8000"])
    }

    #if os(Linux)
        @Test("The metrics of the process are plausible") func process() throws {
            let (metrics, now) = (ProcessMetrics.current, Date.now.timeIntervalSince1970)
            let memory = try #require(metrics.residentMemory)
            #expect((1 << 20..<1 << 40).contains(memory))
            #expect(metrics.processorTime > 0)
            let start = try #require(metrics.startTime)
            // The kernel rounds the start of the system to seconds.
            #expect(start > now - 86_400 && start < now + 2)
            let files = try #require(metrics.openFiles)
            #expect(files >= 3 && files < 100_000)
        }
    #endif

    /// A server's metrics after one event of each kind.
    private func exercised() -> PrometheusMetrics {
        let factory = PrometheusMetrics()
        let metrics = ServerMetrics(factory: factory)
        metrics.request(route: "/classify", method: "POST", code: 200, seconds: 0.02)
        metrics.request(route: "/classify", method: "BREW", code: 405, seconds: 0.001)
        metrics.rpc(method: "ModelInfer", code: "ok", seconds: 0.02)
        var output = ImageOutput(queued: .milliseconds(3))
        output.decoding = .milliseconds(2)
        output.inference = .milliseconds(6)
        output.batch = 4
        metrics.image(output, model: "flowers", version: "1", label: "rose", isRejected: true)
        metrics.queueLength(7)
        metrics.model("flowers", version: "1", state: "ready")
        metrics.reload(model: "flowers", version: "1", succeeded: true)
        return factory
    }

    @Test("A server's metrics have the values of its events") func server() {
        let metrics = exercised()
        for line in [
            #"apus_http_requests_total{code="200",method="POST",route="/classify"} 1"#,
            #"apus_http_requests_total{code="405",method="other",route="/classify"} 1"#,
            #"apus_http_request_duration_seconds_bucket{route="/classify",le="0.015"} 1"#,
            #"apus_http_request_duration_seconds_bucket{route="/classify",le="0.02"} 2"#,
            #"apus_grpc_requests_total{code="ok",method="ModelInfer"} 1"#,
            #"apus_queue_seconds_sum{model="flowers",version="1"} 0.003"#,
            #"apus_decode_seconds_sum{model="flowers",version="1"} 0.002"#,
            #"apus_inference_seconds_sum{model="flowers",version="1"} 0.006"#,
            #"apus_batch_size_sum{model="flowers",version="1"} 4"#,
            #"apus_images_total{class="rose",model="flowers",rejected="true",version="1"} 1"#,
            "apus_queue_length 7",
            #"apus_model_state{model="flowers",state="ready",version="1"} 1"#,
            #"apus_model_state{model="flowers",state="loading",version="1"} 0"#,
            #"apus_model_reloads_total{model="flowers",result="succeeded",version="1"} 1"#,
        ] {
            #expect(lines(metrics, line) == [line])
        }
        for name in ServerMetrics.descriptions.keys { #expect(lines(metrics, "# HELP \(name) ").count == 1) }
        #expect(lines(metrics, "# TYPE apus").count == ServerMetrics.descriptions.count)
    }

    @Test("Grafana's dashboard uses only metrics that a server has, and all that are its own") func dashboard() throws {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { let expr: String }
                let id: Int
                let type: String
                let title: String
                let targets: [Target]?
            }
            struct Templating: Decodable {
                struct Variable: Decodable { let name: String, type: String }
                let list: [Variable]
            }
            let schemaVersion: Int
            let panels: [Panel]
            let templating: Templating
        }
        let file = Goldens.package.appending(path: "docs/serving/grafana-dashboard.json")
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(contentsOf: file))
        #expect(dashboard.schemaVersion >= 39)
        #expect(dashboard.templating.list.contains { $0.name == "datasource" && $0.type == "datasource" })
        #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
        #expect(
            dashboard.panels.filter { $0.type == "row" }.map(\.title).prefix(4) == [
                "Traffic", "Latency", "Saturation", "Predictions",
            ])
        let exported = Set(
            exercised().text().split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { String($0.prefix { $0 != "{" && $0 != " " }) })
        var used: Set<String> = []
        for expression in dashboard.panels.flatMap({ $0.targets ?? [] }).map(\.expr) {
            let names = expression.matches(of: /\b(?:apus|process)_[a-z_]+/).map { String($0.output) }
            #expect(!names.isEmpty && Set(names).isSubset(of: exported), "\(expression)")
            used.formUnion(names)
        }
        for name in ServerMetrics.descriptions.keys {
            #expect(used.contains { $0.hasPrefix(name) }, "\(name) is in no panel")
        }
    }
}
