public import Classifier
internal import CoreMetrics
public import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Platform
public import ServiceLifecycle
@_exported public import Serving

/// A server for image classifiers, over HTTP and gRPC.
///
/// ```swift
/// var configuration = ServingConfiguration()
/// configuration.models = [try ModelSpecification(argument: "flowers.safetensors")]
/// let server = try ApusServer(configuration, logger: Logger(label: "server"))
/// try await ServiceGroup(
///     services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "server")
/// ).run()
/// ```
///
/// After a graceful shutdown begins, the server is no longer ready and accepts no connections. It answers the requests
/// that it has accepted, for at most `limits.drain`. Without a service group, cancel the task of `run` to end it.
public struct ApusServer: Service {
    /// An address on which a server listens.
    public struct Address: Sendable, Hashable {
        /// What an address serves.
        public enum Service: Sendable, Hashable {
            case http
            case grpc
            case metrics
        }

        /// What the address serves.
        public let service: Service
        /// The IP address.
        public let host: String
        /// The port, also if the configuration has 0.
        public let port: Int
    }

    /// The models.
    public let registry: ModelRegistry

    private let configuration: ServingConfiguration
    private let logger: Logger
    private let explainer: Explainer?
    private let onListening: @Sendable (Address) -> Void
    private let accessLog: AccessLog
    private let keys: APIKeys?
    private let tls: TLSConfiguration?
    private let workers: Int
    private let prometheus: PrometheusMetrics
    private let metrics: ServerMetrics

    /// Creates a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: what the server serves, where, and within which limits.
    ///   - logger: the log of the server. It has the reasons of internal errors, which clients do not see.
    ///   - explainer: explains predictions; nil if the server has no explanations.
    ///   - open: returns the classifier for the file or the name of a model; nil for `ImageClassifier(contentsOf:)`.
    ///   - accessLog: called with each line of the access log; nil for standard error.
    ///   - events: called when a model is loaded, replaced, or fails; nil to log these events.
    ///   - onListening: called with each address when the server listens there.
    /// - Throws: `ApusError` or `ServingError` for an invalid configuration, and for files of keys or certificates that
    ///   can't be used.
    public init(
        _ configuration: ServingConfiguration, logger: Logger, explainer: Explainer? = nil,
        open: (@Sendable (String) async throws -> ImageClassifier)? = nil,
        accessLog: (@Sendable (String) -> Void)? = nil, events: (@Sendable (ModelEvent) -> Void)? = nil,
        onListening: @escaping @Sendable (Address) -> Void = { _ in }
    ) throws {
        try configuration.validate()
        (self.configuration, self.logger, self.explainer) = (configuration, logger, explainer)
        self.onListening = onListening
        self.accessLog = AccessLog(configuration.observation.accessLog, write: accessLog)
        keys = try configuration.security.apiKeys.map { path throws(ServingError) in try APIKeys(contentsOf: path) }
        tls = try configuration.security.tlsConfiguration()
        let cores = configuration.compute.workers
        workers = cores > 0 ? cores : ProcessorCount.available
        // A program may have its own metrics; those for `/metrics` are separate if they are of another kind.
        let program = MetricsSystem.factory
        let prometheus = program as? PrometheusMetrics ?? PrometheusMetrics()
        let metrics = ServerMetrics(
            factory: program is NOOPMetricsHandler || program is PrometheusMetrics
                ? prometheus : MultiplexMetricsHandler(factories: [prometheus, program]))
        (self.prometheus, self.metrics) = (prometheus, metrics)
        registry = ModelRegistry(
            configuration.models, workers: workers, maxBatch: configuration.compute.maxBatch,
            open: open ?? { try await ImageClassifier(contentsOf: $0) },
            log: { event in
                metrics.count(event)
                if let events { events(event) } else { logger.notice("\(event)") }
            })
    }

    /// Serves until a graceful shutdown has ended, or the task is canceled.
    ///
    /// - Throws: `ApusError` if a port can't be used, `ServingError` if the system has too few threads.
    public func run() async throws {
        let pool = try ComputePool(
            ComputePool.Options(
                workers: workers, maximumQueue: configuration.limits.maxQueue,
                batchDelay: configuration.compute.batchDelay, maximumPixels: configuration.limits.maxPixels))
        defer { pool.close() }
        let service = ClassificationService(
            registry: registry, pool: pool, configuration: configuration, metrics: metrics, explainer: explainer,
            logger: logger)
        // Event loops only move bytes, so that few threads suffice.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, ProcessorCount.available / 4))
        let result: Result<Void, any Error>
        do {
            try await withGracefulShutdownHandler {
                try await run(try servers(for: service, on: loops))
            } onGracefulShutdown: {
                service.drain()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try? await loops.shutdownGracefully()
        try result.get()
    }

    /// Loads the models whose files changed. A changed model is replaced when the new one is warmed up.
    package func reload() async { await registry.reloadChanged() }

    private enum Part {
        case server, background, timeIsUp
    }

    private func run(_ servers: [@Sendable () async throws -> Void]) async throws {
        try await withThrowingTaskGroup(of: Part.self) { group in
            for server in servers {
                group.addTask {
                    try await server()
                    return .server
                }
            }
            group.addTask {
                await registry.load()
                while configuration.reload, (try? await Task.sleep(for: .seconds(1))) != nil {
                    await registry.reloadChanged()
                }
                return .background
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil,
                    (try? await Task.sleep(for: configuration.limits.drain)) != nil
                else { return .background }
                return .timeIsUp
            }
            var (running, isLate) = (servers.count, false)
            while running > 0 {
                do {
                    switch try await group.next() {
                    case .server: running -= 1
                    case .background: break
                    case .timeIsUp:
                        isLate = true
                        logger.warning("Some requests were not answered in the time for draining.")
                        group.cancelAll()
                    case nil: running = 0
                    }
                } catch {
                    guard isLate else { throw error }
                    running -= 1
                }
            }
            group.cancelAll()
        }
    }

    /// The servers of the ports.
    private func servers(
        for service: ClassificationService, on loops: MultiThreadedEventLoopGroup
    ) throws -> [@Sendable () async throws -> Void] {
        let metricsPort = configuration.observation.metricsPort
        func answers(_ scope: HTTPAnswers.Scope) -> HTTPAnswers {
            HTTPAnswers(
                service: service, scope: scope, keys: keys, metrics: prometheus, log: accessLog)
        }
        let http = try listener(
            for: answers(metricsPort == nil ? .all : .withoutMetrics), .http, port: configuration.port, tls, on: loops)
        var servers: [@Sendable () async throws -> Void] = [{ try await http.run() }]
        if let metricsPort {
            let metrics = try listener(for: answers(.metrics), .metrics, port: metricsPort, nil, on: loops)
            servers.append { try await metrics.run() }
        }
        if let port = configuration.grpcPort {
            let grpc = try GRPCService(
                service, keys: keys, on: loops,
                onAnswer: { [accessLog] in accessLog.log(AccessLog.Entry($0)) },
                onListening: { [onListening] in onListening(Address(service: .grpc, host: $0, port: $1)) })
            servers.append { [host = configuration.host] in
                try await boundTo(port: port, of: host) { try await grpc.run() }
            }
        }
        return servers
    }

    private func listener(
        for answers: HTTPAnswers, _ service: Address.Service, port: Int, _ tls: TLSConfiguration?,
        on loops: any EventLoopGroup
    ) throws -> HTTPListener {
        try HTTPListener(
            host: configuration.host, port: port, limits: configuration.limits, tls: tls, on: loops, logger: logger,
            respond: { await answers.response(to: $0, on: $1) },
            onListening: { [onListening] in onListening(Address(service: service, host: $0, port: $1)) })
    }
}

extension AccessLog.Entry {
    fileprivate init(_ record: RPCRecord) {
        let names = RequestNames(id: record.id, traceParent: record.traceParent)
        self.init(
            id: names.id, client: record.client, key: record.key, method: "gRPC",
            path: "/inference.GRPCInferenceService/\(record.method)", code: record.code,
            milliseconds: record.seconds * 1000, trace: names.trace)
    }
}

extension ServerMetrics {
    fileprivate func count(_ event: ModelEvent) {
        switch event {
        case .reloaded(let model, _): reload(model: model.name, version: model.version, succeeded: true)
        case .reloadFailed(let model, _): reload(model: model.name, version: model.version, succeeded: false)
        case .loaded, .failed: break
        }
    }
}
