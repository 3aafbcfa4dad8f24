internal import HTTPTypes
package import HummingbirdCore
package import NIOCore
internal import NIOHTTPTypes
package import Serving

/// A request while it is answered: its body, and what the log has of it.
package struct Exchange: Sendable {
    /// A body that is not read is skipped up to this size; with a larger one the connection ends.
    private static let skippedSize = 64 << 10

    let request: Request
    let channel: any Channel
    let names: RequestNames
    /// The size of the body that the client announced; nil if it did not.
    private let announced: Int?
    private let memory: BodyMemory
    /// The bytes of the body so far, which are reserved in `memory`.
    private(set) var received = 0
    private var state = State.unread
    /// The name of the API key.
    var key: String?

    private enum State {
        case unread, broken, read
    }

    /// Begins the answer to a request.
    package init(_ request: Request, on channel: any Channel, memory: BodyMemory) {
        (self.request, self.channel, self.memory) = (request, channel, memory)
        names = RequestNames(id: request.headers[.requestID], traceParent: request.headers[.traceparent])
        announced = request.headers[.contentLength].flatMap { Int($0) }
    }

    /// Whether so much of the body is unread that the connection should end.
    package var leavesBody: Bool {
        switch state {
        case .unread: (announced ?? 0) > Self.skippedSize || request.headers[.transferEncoding] != nil
        case .broken: true
        case .read: false
        }
    }

    /// Reads the body.
    ///
    /// - Parameter limit: the maximum size in bytes.
    /// - Throws: `ServingError` if it is too large, arrives too slowly, is encoded or incomplete, or if the server has no
    ///   memory for it.
    package mutating func body(limit: Int) async throws(ServingError) -> [UInt8] {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ServingError(
                .unsupportedMediaType, "the body is encoded (content-encoding); send it without compression")
        }
        let tooLarge = ServingError(.bodyTooLarge, "the body is larger than \(limit) bytes; send a smaller image")
        guard announced ?? 0 <= limit else { throw tooLarge }
        if request.headers[.expect]?.lowercased() == "100-continue" {
            channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }
        state = .broken
        var bytes: [UInt8] = []
        bytes.reserveCapacity(announced ?? 0)
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
                try memory.reserve(part.readableBytes)
                received += part.readableBytes
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch let error as ServingError {
            throw error
        } catch {
            throw .incomplete
        }
        guard announced ?? bytes.count == bytes.count else { throw .incomplete }
        state = .read
        return bytes
    }

    /// Returns the memory of the body.
    package func end() { memory.release(received) }
}

extension ServingError {
    fileprivate static let incomplete = ServingError(
        .invalidRequest, "the body is incomplete or damaged; send it again")
}
