internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import Platform
internal import Serving

/// A connection of a client. Work for it is canceled when the client closes it.
final class Connection: Sendable {
    /// The connection of the request that the task answers.
    @TaskLocal static var current: Connection?

    private let state = Monitor((isClosed: false, cancel: (@Sendable () -> Void)?.none))

    /// Whether the client has closed the connection, so that nobody reads an answer.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Does work, which is canceled if the client closes the connection.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await work() }
        let isClosed = state.withLock { state in
            state.cancel = { task.cancel() }
            return state.isClosed
        }
        defer { state.withLock { $0.cancel = nil } }
        if isClosed { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Cancels the work.
    func close() {
        let cancel = state.withLock { state in
            state.isClosed = true
            return state.cancel
        }
        cancel?()
    }
}

/// The number of connections. At the limit no further ones are accepted: they wait until others are closed.
struct ConnectionCount: AvailableConnectionsDelegate {
    private let count = Monitor(0)
    let limit: Int

    func connectionOpened() { count.withLock { $0 += 1 } }
    func connectionClosed() { count.withLock { $0 -= 1 } }
    func isAcceptingNewConnections() -> Bool { count.withLock { $0 < limit } }

    /// Whether connections should end after their request, because others may wait.
    var isCrowded: Bool { count.withLock { $0 >= limit } }
}

/// Sets up connections for HTTP/1.1 with all limits.
struct ConnectionChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let connection: Connection
        let http: HTTP1Channel.Value
        var channel: any Channel { http.channel }
    }

    let responder: HTTPChannelHandler.Responder
    let limits: ServingConfiguration.Limits
    let count: ConnectionCount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let connection = Connection()
        let (limits, count) = (limits, count)
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionHandler(connection, limits, count)],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        return HTTP1Channel(responder: responder, configuration: configuration).setup(channel: channel, logger: logger)
            .map { Value(connection: connection, http: $0) }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await Connection.$current.withValue(value.connection) {
                await HTTP1Channel(responder: responder).handle(value: value.http, logger: logger)
            }
        } onCancel: {
            // The time for draining is over.
            value.channel.close(promise: nil)
        }
    }
}
