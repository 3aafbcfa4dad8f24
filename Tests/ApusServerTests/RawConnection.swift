import Dispatch
import Foundation
import LibC
import Testing

/// A connection to a server on this machine, byte by byte. Its calls block threads of their own, because those of
/// Swift's tasks also run the server.
final class RawConnection: Sendable {
    /// A response.
    struct Response {
        let status: Int
        /// The headers, with names in lower case.
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        /// The `code` of an error.
        var code: String? { json["code"] as? String }
        /// The body as a JSON object; empty if it is none.
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
        /// The body as a JSON list.
        var list: [[String: Any]] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [[String: Any]] ?? [] }
    }

    private let socket: Int32

    /// Connects to a port.
    init(_ port: Int) async throws {
        socket = try await Self.blocking {
            let socket = LibC.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            // Longer than any answer takes; a test that waits in vain ends.
            var time = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
            guard status == 0 else {
                let error = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
                LibC.close(socket)
                throw error
            }
            return socket
        }
    }

    deinit { LibC.close(socket) }

    /// Sends a request in one piece.
    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = [],
        announced: Int? = nil
    ) async {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        let length = announced ?? body.count
        if length > 0 { head += "Content-Length: \(length)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        await send(Array("\(head)\r\n".utf8) + body)
    }

    /// Sends bytes. Those that a closed connection does not take are dropped.
    func send(_ bytes: [UInt8]) async {
        let socket = socket
        _ = try? await Self.blocking {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { LibC.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Sends no more.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Whether bytes, or the end, have arrived.
    var hasInput: Bool {
        var place = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&place, 1, 0) > 0
    }

    /// Waits for a response.
    func response(to method: String = "GET") async throws -> Response {
        let socket = socket
        return try await Self.blocking { try Self.read(socket, isHead: method == "HEAD") }
    }

    /// Sends a request and waits for the response.
    func ask(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> Response {
        await send(method, path, headers, body: body)
        return try await response(to: method)
    }

    /// Waits until the server closes the connection, and returns the number of bytes before.
    func end() async throws -> Int {
        let socket = socket
        return try await Self.blocking {
            var (count, total) = (1, 0)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while count > 0 {
                count = recv(socket, &buffer, buffer.count, 0)
                total += max(0, count)
            }
            // A reset is an end too.
            guard count == 0 || errno == ECONNRESET else { throw POSIXError(.ETIMEDOUT) }
            return total
        }
    }

    private static func read(_ socket: Int32, isHead: Bool) throws -> Response {
        var bytes: [UInt8] = []
        func receive(_ count: Int) throws {
            var byte = [UInt8](repeating: 0, count: count)
            let received = recv(socket, &byte, count, 0)
            guard received > 0 else { throw POSIXError(received == 0 ? .EPIPE : .init(rawValue: errno) ?? .EIO) }
            bytes += byte[..<received]
        }
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) { try receive(1) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let status = try #require(lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        bytes = []
        let length = isHead ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        while bytes.count < length { try receive(length - bytes.count) }
        return Response(status: status, headers: headers, body: bytes)
    }

    private static func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
        }
    }
}
