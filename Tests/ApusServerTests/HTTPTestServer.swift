import Classifier
import Foundation
import Images
import Logging
import Platform
import ServiceLifecycle
import Serving
import TestSupport
import Testing

@testable import ApusServer

/// A server of the network of `scripts/goldens/model_file.py`, for images of 12 x 12 pixels.
struct HTTPTestServer: Sendable {
    /// The file of the network.
    static let model = Goldens.url("models/graph.safetensors").path

    let server: ApusServer
    let port: Int
    /// The port of the metrics, if they have one.
    let metricsPort: Int?
    let group: ServiceGroup
    /// The lines of the access log.
    let log: Monitor<[String]>
    /// The lines of the server's own log.
    let messages: Monitor<[String]>
    /// The events of the models.
    let events: EventLog

    /// Runs a server for the body.
    ///
    /// - Parameters:
    ///   - configure: changes the configuration.
    ///   - explainer: explains predictions.
    ///   - waitsForModels: whether the body begins when all models are loaded or failed.
    ///   - open: opens models.
    ///   - body: talks to the server.
    static func run(
        configure: (inout ServingConfiguration) throws -> Void = { _ in }, explainer: Explainer? = nil,
        waitsForModels: Bool = true, open: (@Sendable (String) async throws -> ImageClassifier)? = nil,
        _ body: @Sendable (HTTPTestServer) async throws -> Void
    ) async throws {
        var configuration = ServingConfiguration()
        (configuration.port, configuration.grpcPort, configuration.compute.workers) = (0, nil, 1)
        configuration.models = [try ModelSpecification(name: "flowers", model: model)]
        configuration.observation.accessLog = .json
        try configure(&configuration)
        let (log, messages, events) = (Monitor<[String]>([]), Monitor<[String]>([]), EventLog())
        let (addresses, continuation) = AsyncStream<ApusServer.Address>.makeStream()
        let logger = Logger(label: "test") { _ in MonitorLogHandler(lines: messages) }
        let server = try ApusServer(
            configuration, logger: logger, explainer: explainer, open: open,
            accessLog: { line in log.update { $0.append(line) } }, events: { events.add($0) },
            onListening: { continuation.yield($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            var ports: [ApusServer.Address.Service: Int] = [:]
            let expected = 1 + (configuration.observation.metricsPort == nil ? 0 : 1)
            for await address in addresses {
                ports[address.service] = address.port
                if ports.count == expected { break }
            }
            if let port = ports[.http] {
                if waitsForModels { await events.wait(for: configuration.models.count) }
                try await body(
                    HTTPTestServer(
                        server: server, port: port, metricsPort: ports[.metrics], group: group, log: log,
                        messages: messages, events: events))
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// Sends a request on a connection of its own.
    func ask(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> RawConnection.Response {
        try await RawConnection(port).ask(method, path, headers, body: body)
    }
}

/// The events of models so far.
final class EventLog: Sendable {
    private struct State {
        var names: [String] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Monitor(State())

    /// What happened: `loaded`, `reloaded`, `failed` and `reloadFailed`.
    var names: [String] { state.withLock { $0.names } }

    func add(_ event: ModelEvent) {
        let name =
            switch event {
            case .loaded: "loaded"
            case .reloaded: "reloaded"
            case .failed: "failed"
            case .reloadFailed: "reloadFailed"
            }
        let ready = state.withLock { state in
            state.names.append(name)
            let ready = state.waiting.filter { $0.count <= state.names.count }
            state.waiting.removeAll { $0.count <= state.names.count }
            return ready
        }
        for (_, continuation) in ready { continuation.resume() }
    }

    /// Waits until there are as many events.
    func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.names.count < count else { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// A gate at which requests wait until a test opens it.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()
    private let (arrivals, arrival) = AsyncStream<Void>.makeStream()

    /// Waits until the gate is open, or the task is canceled.
    func pass() async {
        arrival.yield()
        for await _ in stream {}
    }

    /// Waits until a task is at the gate.
    func waitForArrival() async { for await _ in arrivals { return } }

    func open() { continuation.finish() }
}

private struct MonitorLogHandler: LogHandler {
    let lines: Monitor<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.update { $0.append("\(event.message)") } }
}

/// Images for the network.
enum TestImages {
    /// A PNG file that is only cropped.
    static let png = image(14, seed: 7)
    /// Another one, which is resized too.
    static let large = image(31, seed: 3)

    private static func image(_ side: Int, seed: Int) -> [UInt8] {
        let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * seed + $0 / 5) }
        return (try? Image(width: side, height: side, pixels: pixels).pngData()) ?? []
    }

    /// A form with files and fields.
    static func form(_ files: [(name: String, bytes: [UInt8])], fields: [String: String] = [:]) -> [UInt8] {
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array("--limit\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        for (name, bytes) in files {
            let head =
                "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
                + "Content-Type: image/png\r\n\r\n"
            body += Array(head.utf8) + bytes + Array("\r\n".utf8)
        }
        return body + Array("--limit--\r\n".utf8)
    }

    /// The content type of `form`.
    static let formType = ["Content-Type": "multipart/form-data; boundary=limit"]
}
