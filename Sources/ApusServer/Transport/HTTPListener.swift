internal import Classifier
internal import GRPCCore
package import HummingbirdCore
internal import HummingbirdTLS
package import Logging
package import NIOCore
internal import NIOHTTP1
package import NIOSSL
internal import Platform
internal import ServiceLifecycle
package import Serving

/// An HTTP server on one port, with bounded connections and times. Its answers are a function of the requests.
package struct HTTPListener {
    /// The address on which the server listens.
    private let host: String
    private let port: Int
    private let service: any ServiceLifecycle.Service

    /// Creates a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - host: the address on which it listens.
    ///   - port: the port; 0 for any free one.
    ///   - limits: the bounds of connections and times.
    ///   - tls: the certificate; nil for no TLS.
    ///   - loops: the threads that move bytes.
    ///   - logger: the log.
    ///   - respond: returns the answer to a request.
    ///   - onListening: called with the address and the port when the server listens.
    /// - Throws: an error of TLS for an invalid certificate.
    package init(
        host: String, port: Int, limits: ServingConfiguration.Limits, tls: TLSConfiguration? = nil,
        on loops: any EventLoopGroup, logger: Logger,
        respond: @escaping @Sendable (Request, any Channel) async -> Response,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) -> Void
    ) throws {
        (self.host, self.port) = (host, port)
        let count = ConnectionCount(limit: limits.maxConnections)
        let plain = HTTPServerBuilder { ConnectionChannel(responder: $0, limits: limits, count: count) }
        // Hummingbird reports each start and stop; this server has its own reports.
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        service = try (tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain).buildServer(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port), backlog: 1024, availableConnectionsDelegate: count),
            eventLoopGroup: loops, logger: logger,
            responder: { request, writer, channel in
                let response = await respond(request, channel)
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch is HTTPParserError {
                    // Hummingbird would answer this error, with a second response.
                    throw ChannelError.inputClosed
                }
            },
            onServerRunning: { channel in
                guard let address = channel.localAddress, let port = address.port else { return }
                onListening(address.ipAddress ?? host, port)
            })
    }

    /// Serves until a graceful shutdown has ended, or the task is canceled.
    ///
    /// - Throws: `ApusError` that names the port if it can't be used.
    package func run() async throws { try await boundTo(port: port, of: host) { try await service.run() } }
}

/// Runs a server whose error names its port.
func boundTo(port: Int, of host: String, _ run: () async throws -> Void) async throws {
    do {
        try await run()
    } catch {
        guard let reason = error as? IOError ?? (error as? RuntimeError)?.cause as? IOError else { throw error }
        throw ApusError(
            .systemFailure, name: "port", value: port,
            "the port \(port) of \(host) can't be used: \(SystemError(code: reason.errnoCode))",
            advice: "choose another port or address, or end the program that uses it", underlyingError: error)
    }
}
