internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import Serving

extension HTTP2ServerTransport.Posix {
    /// The transport of a server, with its limits.
    ///
    /// - Throws: an error if the host has no address.
    init(
        _ configuration: ServingConfiguration, memory: BodyMemory, on loops: MultiThreadedEventLoopGroup
    ) throws {
        let security: TransportSecurity =
            if let certificate = configuration.security.tlsCertificate, let key = configuration.security.tlsKey {
                .tls(
                    certificateChain: [.file(path: certificate, format: .pem)],
                    privateKey: .file(path: key, format: .pem)
                ) { $0.requireALPN = true }
            } else {
                .plaintext
            }
        self.init(
            address: try Self.address(configuration.host, port: configuration.grpcPort ?? 0),
            transportSecurity: security, config: .init(configuration.limits, memory), eventLoopGroup: loops)
    }

    private static func address(_ host: String, port: Int) throws -> GRPCNIOTransportCore.SocketAddress {
        let address = try NIOCore.SocketAddress.makeAddressResolvingHost(host, port: port)
        let literal = address.ipAddress ?? host
        return if case .v6 = address { .ipv6(host: literal, port: port) } else { .ipv4(host: literal, port: port) }
    }
}

extension ServingConfiguration.Limits {
    /// The maximum size of a message in bytes: the images, and 64 KB for names, shapes and parameters.
    var maxMessage: Int { maxBody + (64 << 10) }
}

extension HTTP2ServerTransport.Posix.Config {
    /// The settings for the limits of a server.
    fileprivate init(_ limits: ServingConfiguration.Limits, _ memory: BodyMemory) {
        self = .defaults
        // Beyond this limit gRPC ends a request without a reason. So that clients learn it if they send a little more than
        // they may, the size is compared again where messages are read.
        rpc.maxRequestPayloadSize = 2 * limits.maxMessage
        // A connection that sends nothing, or no further requests, is closed. One whose client vanished is found by pings.
        connection.maxIdleTime = limits.idleTimeout
        connection.maxGraceTime = limits.drain
        connection.keepalive.time = .seconds(60)
        connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
        connection.keepalive.clientBehavior.allowWithoutCalls = true
        http2.maxConcurrentStreams = 128
        // Images are larger than HTTP/2's usual window, which would let the client wait for the server often.
        http2.targetWindowSize = 1 << 20
        let connections = ConnectionLimit(maximum: limits.maxConnections)
        let handler = { @Sendable in IdleHandler(limits) }
        channelDebuggingCallbacks.onAcceptTCPConnection = { connections.admit($0, with: handler) }
        let frame = http2.maxFrameSize
        // The time for the answer, and then for the client to read it: one that does not would keep the memory forever.
        let time = TimeAmount(limits.timeout + limits.idleTimeout)
        channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    StreamMemoryHandler(memory, bytesPerFrame: frame), position: .first)
                let idle = try channel.parent?.pipeline.syncOperations.handler(type: IdleHandler.self)
                idle?.begin()
                let timer = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
                channel.closeFuture.assumeIsolated().whenComplete { _ in
                    timer.cancel()
                    idle?.end()
                }
            }
        }
    }
}

/// Closes connections beyond a number at once.
private final class ConnectionLimit: Sendable {
    private let count = Monitor(0)
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    func admit(
        _ channel: any Channel, with handler: @Sendable () -> any ChannelHandler
    ) -> EventLoopFuture<Void> {
        let isAdmitted = count.withLock { count in
            guard count < maximum else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            // A channel whose preparation fails stays open otherwise.
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        channel.closeFuture.whenComplete { [self] _ in count.withLock { $0 -= 1 } }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(handler())
        }
    }
}

/// Closes a connection without requests: some time after gRPC should have done so, and soon when the server stops.
///
/// gRPC asks the client to agree and waits for its answer without a limit, so that one that says nothing would keep its
/// connection forever.
private final class IdleHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    /// The time in which a client of a stopping server answers.
    private static let grace = Duration.seconds(2)

    private let limits: ServingConfiguration.Limits
    private var context: ChannelHandlerContext?
    private var requests = 0
    private var isDraining = false
    private var timer: Scheduled<Void>?

    init(_ limits: ServingConfiguration.Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        wait()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isDraining = true
            if requests == 0 { wait() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Counts a request that begins.
    func begin() {
        requests += 1
        timer?.cancel()
    }

    /// Counts a request that has ended.
    func end() {
        requests -= 1
        if requests == 0 { wait() }
    }

    private func wait() {
        timer?.cancel()
        guard let context else { return }
        let time = isDraining ? min(Self.grace, limits.drain) : limits.idleTimeout + limits.headerTimeout
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { context.close(promise: nil) }
    }
}

/// Counts what a stream receives, and closes it if all streams together have too much.
///
/// gRPC collects the frames of a message without a common limit. Each frame counts as a whole one, because its type is
/// not needed here.
private final class StreamMemoryHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    private let memory: BodyMemory
    private let bytesPerFrame: Int
    private var taken = 0

    init(_ memory: BodyMemory, bytesPerFrame: Int) {
        (self.memory, self.bytesPerFrame) = (memory, bytesPerFrame)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try memory.reserve(bytesPerFrame)
        } catch {
            return context.close(promise: nil)
        }
        taken += bytesPerFrame
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        memory.release(taken)
        taken = 0
    }
}
