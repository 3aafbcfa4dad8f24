internal import Metrics
internal import Platform
internal import Serving

/// The metrics of a server. Each method records one event; any thread may call it.
final class ServerMetrics: Sendable {
    /// What each metric is, by name.
    static let descriptions = [
        "apus_batch_size": "Images that were computed together.",
        "apus_decode_seconds": "Time in which an image was decoded and resized, in seconds.",
        "apus_grpc_request_duration_seconds": "Time from the headers of a gRPC request to its answer, in seconds.",
        "apus_grpc_requests_total": "Answered gRPC requests by method and status code.",
        "apus_http_request_duration_seconds": "Time from the headers of an HTTP request to its answer, in seconds.",
        "apus_http_requests_total": "Answered HTTP requests by route, method and status code.",
        "apus_images_total": "Classified images by model, predicted class and whether they were rejected as unknown.",
        "apus_inference_seconds": "Time in which the network computed an image, in seconds.",
        "apus_model_reloads_total": "Replacements of a changed model file by result.",
        "apus_model_state": "1 for the state of a model (loading, ready, failed), 0 for the others.",
        "apus_queue_length": "Images that wait for a worker.",
        "apus_queue_seconds": "Time in which an image waited for a worker, in seconds.",
    ]

    private let factory: any MetricsFactory

    /// Creates the metrics in a factory.
    init(factory: any MetricsFactory) {
        self.factory = factory
        queueLength(0)
    }

    /// An answered HTTP request. The route is its pattern, not the path of the request; a method that is not one of
    /// HTTP's is `other`.
    func request(route: String, method: String, code: Int, seconds: Double) {
        let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"].contains(method)
        count(
            "apus_http_requests_total",
            [("route", route), ("method", known ? method : "other"), ("code", String(code))])
        time("apus_http_request_duration_seconds", [("route", route)], seconds)
    }

    /// An answered gRPC request, with the name of its method and of its status code.
    func rpc(method: String, code: String, seconds: Double) {
        count("apus_grpc_requests_total", [("method", method), ("code", code)])
        time("apus_grpc_request_duration_seconds", [("method", method)], seconds)
    }

    /// A classified image with its predicted class.
    func image(_ output: ImageOutput, model: String, version: String, label: String, isRejected: Bool) {
        let labels = [("model", model), ("version", version)]
        time("apus_queue_seconds", labels, output.queued / .seconds(1))
        time("apus_decode_seconds", labels, output.decoding / .seconds(1))
        time("apus_inference_seconds", labels, output.inference / .seconds(1))
        Recorder(label: "apus_batch_size", dimensions: labels, factory: factory).record(output.batch)
        count("apus_images_total", labels + [("class", label), ("rejected", String(isRejected))])
    }

    /// The number of images that wait for a worker now.
    func queueLength(_ count: Int) {
        Meter(label: "apus_queue_length", factory: factory).set(count)
    }

    /// The state of a model: `loading`, `ready` or `failed`.
    func model(_ name: String, version: String, state: String) {
        for other in ["loading", "ready", "failed"] {
            let labels = [("model", name), ("version", version), ("state", other)]
            Meter(label: "apus_model_state", dimensions: labels, factory: factory).set(other == state ? 1 : 0)
        }
    }

    /// The replacement of a model whose file changed, or its failure.
    func reload(model name: String, version: String, succeeded: Bool) {
        count(
            "apus_model_reloads_total",
            [("model", name), ("version", version), ("result", succeeded ? "succeeded" : "failed")])
    }

    private func count(_ name: String, _ labels: [(String, String)]) {
        Counter(label: name, dimensions: labels, factory: factory).increment()
    }

    private func time(_ name: String, _ labels: [(String, String)], _ seconds: Double) {
        Timer(label: name, dimensions: labels, factory: factory).recordSeconds(seconds)
    }
}
