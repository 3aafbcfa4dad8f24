internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import Serving

/// Bounds the time of a connection, and ends it without loss.
///
/// - The headers of the first request must arrive in time, and a further request after a response was sent.
/// - A body must arrive with a minimum speed, and a client must read a response with this speed.
/// - A response with `connection: close` ends the connection after it was sent. If the client still sends a body, the
///   server reads on for a moment, because the system would discard the response together with the unread bytes.
/// - When the server stops, the response of the current request is the last one. Without a request, the connection
///   remains open for a moment, because a request may be on its way.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The minimum speed of a body in bytes per second, on average, after the time that headers have; for responses after
    /// that of an idle connection.
    static let minimumSpeed = 16 << 10
    /// The time for which a closing connection is read.
    static let lingering = TimeAmount.seconds(2)
    /// The time in which a stopping server accepts a request on an open connection.
    static let grace = TimeAmount.seconds(1)

    private let connection: Connection
    private let limits: ServingConfiguration.Limits
    private let count: ConnectionCount
    /// The number of requests that are not answered completely, and of responses that are still being sent.
    private var (requests, responses) = (0, 0)
    /// The body that is arriving: its start, and the number of bytes so far.
    private var body: (start: NIODeadline, count: Int)?
    /// Whether bytes of the client can't be read as a request, so that some are unread.
    private var isDamaged = false
    private var isDraining = false
    /// Whether the client wants no further response.
    private var isLastRequest = false
    private var closesAfterResponse = false
    /// Whether the last response was sent, so that further requests have none.
    private var isEnding = false
    /// The time-out of the headers at first, then that of a body, a response, the next request, and the end.
    private var timer: Scheduled<Void>?
    /// The size of the last response.
    private var responseSize = 0
    /// The time-out of a client that does not read its response.
    private var writeTimer: Scheduled<Void>?

    init(_ connection: Connection, _ limits: ServingConfiguration.Limits, _ count: ConnectionCount) {
        (self.connection, self.limits, self.count) = (connection, limits, count)
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        close(context, in: TimeAmount(limits.headerTimeout))
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        connection.close()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isDraining = true
            awaitClient(context)
        case ChannelEvent.inputClosed:
            connection.close()
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isDamaged = true
        context.fireErrorCaught(error)
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    private func cancelTimers() {
        timer?.cancel()
        writeTimer?.cancel()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            timer?.cancel()
            timer = nil
            requests += 1
            body = (.now(), 0)
            isLastRequest = head.headerFields[.connection]?.lowercased() == "close"
        case .body(let bytes): body?.count += bytes.readableBytes
        case .end:
            body = nil
            timer?.cancel()
            timer = nil
            // It may have been answered before it arrived.
            awaitClient(context)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if body != nil, timer == nil { awaitBody(context) }
        context.fireChannelReadComplete()
    }

    /// Gives a client without a request under way the time to read its responses, and then for a further request.
    private func awaitClient(_ context: ChannelHandlerContext) {
        guard requests == 0, body == nil, !isEnding, context.channel.isActive else { return }
        let time = isDraining ? min(Self.grace, TimeAmount(limits.drain)) : TimeAmount(limits.idleTimeout)
        close(context, in: responses > 0 ? timeToSend : time)
    }

    private func awaitBody(_ context: ChannelHandlerContext) {
        guard let body else { return }
        let time = TimeAmount(limits.headerTimeout + .seconds(1) * (Double(body.count) / Double(Self.minimumSpeed)))
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: body.start + time) { [self] in
            guard body.count == self.body?.count else { return awaitBody(context) }
            context.fireErrorCaught(
                ServingError(.bodyTooSlow, "the body did not arrive in time; send it faster, or send a smaller image"))
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            responseSize = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
            let isLast = isDraining || isLastRequest || count.isCrowded
            if requests <= 1, isLast { head.headerFields[.connection] = "close" }
            closesAfterResponse = head.headerFields[.connection] == "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            requests = max(0, requests - 1)
            responses += 1
            isEnding = closesAfterResponse
            if isEnding { close(context, in: timeToSend) } else { awaitClient(context) }
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.cascade(to: promise)
            written.futureResult.assumeIsolated().whenComplete { [self, isEnding] _ in
                responses -= 1
                if isEnding { end(context) } else { awaitClient(context) }
            }
            context.write(data, promise: written)
        default: context.write(data, promise: promise)
        }
    }

    /// Without a limit, a client that reads nothing would keep its connection forever.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        if !context.channel.isWritable {
            writeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: timeToSend) {
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Closes the connection, whose last response was sent.
    private func end(_ context: ChannelHandlerContext) {
        guard body != nil || isDamaged else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        close(context, in: Self.lingering)
    }

    /// The time in which a client must read a response.
    private var timeToSend: TimeAmount {
        TimeAmount(limits.idleTimeout + .seconds(Double(responseSize) / Double(Self.minimumSpeed)))
    }
}
