internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOPosix
internal import ServiceLifecycle

/// The gRPC side of a server, until it is shut down gracefully or its task is canceled.
struct GRPCService: Service {
    private let service: ClassificationService
    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let onListening: @Sendable (_ host: String, _ port: Int) -> Void

    /// Creates a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - service: what the requests mean.
    ///   - keys: the API keys; nil for access without keys.
    ///   - loops: the threads that move bytes.
    ///   - onAnswer: a function that is called with each answer, for the access log.
    ///   - onListening: a function that is called with the address when the server listens.
    /// - Throws: an error if the host has no address.
    init(
        _ service: ClassificationService, keys: APIKeys?, on loops: MultiThreadedEventLoopGroup,
        onAnswer: @escaping @Sendable (RPCRecord) -> Void = { _ in },
        onListening: @escaping @Sendable (_ host: String, _ port: Int) -> Void
    ) throws {
        self.service = service
        self.onListening = onListening
        server = GRPCServer(
            transport: try HTTP2ServerTransport.Posix(service.configuration, memory: service.memory, on: loops),
            services: [InferenceService(service: service, keys: keys, onAnswer: onAnswer)])
    }

    /// Answers requests.
    ///
    /// - Throws: an error if the port is in use, or the certificate is invalid.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withGracefulShutdownHandler {
                    try await server.serve()
                } onGracefulShutdown: {
                    // First, because gRPC cancels its requests, which the server answers if it drains.
                    service.drain()
                    server.beginGracefulShutdown()
                }
            }
            // Fails only if the server does, whose error says more.
            if let address = try? await server.transport.listeningAddress {
                let pair = address.ipv4.map { ($0.host, $0.port) } ?? address.ipv6.map { ($0.host, $0.port) }
                if let (host, port) = pair { onListening(host, port) }
            }
            try await group.next()
        }
    }
}
