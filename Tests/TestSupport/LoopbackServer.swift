import Foundation
import LibC

/// A small web server on the loopback interface, for tests. It answers each path with its given response.
public final class LoopbackServer: @unchecked Sendable {
    /// The response to a request.
    public enum Answer: Sendable {
        /// The bytes with their length.
        case body([UInt8])
        /// Announces this many bytes, and ends after fewer.
        case truncated([UInt8], length: Int)
        /// Sends these bytes and leaves the connection open.
        case stalled([UInt8], length: Int)
        /// Sends only a status.
        case status(Int)
        /// Redirects to another location, with a page, as most servers do.
        case redirect(String)
        /// The bytes with these header lines in place of their length.
        case encoded([UInt8], header: String)
        /// Zeros without end and without a length.
        case endless
        /// A byte per interval, up to this many.
        case dribbled(seconds: Double, length: Int)
        /// These answers in turn, then the last one.
        indirect case sequence([Answer])
        /// A status with this header line.
        case header(status: Int, String)
        /// The bytes as another type than that of an image.
        case typed([UInt8], type: String)
        /// A text with a status and header lines, after which the connection stays open for the next request.
        case kept(status: Int, headers: [String] = [], String)
        /// An answer after some seconds.
        indirect case delayed(seconds: Double, Answer)
    }

    /// A request that the server received.
    public struct Request: Sendable {
        /// The line of the method and the path, and the header lines, without their ends.
        public let lines: [String]
        /// The body.
        public let body: [UInt8]
    }

    /// The port.
    public let port: UInt16
    private let listener: Int32
    private let answers: [String: Answer]
    private let lock = NSLock()
    private var open: [Int32] = []
    private var asked: [String] = []
    private var complete: [Request] = []
    private var accepted = 0
    private var (active, mostActive) = (0, 0)

    /// Starts the server. The keys are paths, such as `/a.pth`.
    public init(_ answers: [String: Answer]) throws {
        self.answers = answers
        (listener, port) = try Self.bind(isListening: true)
        let listener = listener
        Thread.detachNewThread { [self] in
            // Only this thread closes the listener: elsewhere, its number could by then belong to another server.
            defer { close(listener) }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                lock.withLock {
                    open.append(connection)
                    accepted += 1
                }
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    /// The URL of a server that does not answer: its port is taken, and nothing listens.
    public static let closed = "http://127.0.0.1:\((try? bind(isListening: false))?.port ?? 1)"

    private static func bind(isListening: Bool) throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
                guard LibC.bind(listener, address, length) == 0 else { return -1 }
                guard !isListening || listen(listener, 16) == 0 else { return -1 }
                return getsockname(listener, address, &length)
            }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// The URL of a path.
    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The requested paths.
    public var requests: [String] { lock.withLock { asked } }

    /// The requests with their headers and bodies.
    public var received: [Request] { lock.withLock { complete } }

    /// The number of connections so far.
    public var connections: Int { lock.withLock { accepted } }

    /// The largest number of requests that waited for their answer at the same time.
    public var mostConcurrent: Int { lock.withLock { mostActive } }

    /// Closes all connections.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        lock.withLock { open.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    }

    private func serve(_ connection: Int32) {
        while let request = receive(connection) {
            let path = request.lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let count = lock.withLock {
                asked.append(path)
                complete.append(request)
                (active, mostActive) = (active + 1, max(mostActive, active + 1))
                return asked.count { $0 == path }
            }
            guard answer(connection, answers[path] ?? .status(404), count: count) else { return }
        }
        end(connection)
    }

    /// Reads a request with its body; nil at the end of the connection.
    private func receive(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        func readMore() -> Bool {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count > 0 { bytes += chunk[..<count] }
            return count > 0
        }
        let blank = Array("\r\n\r\n".utf8)
        var head: Range<Int>?
        while head == nil {
            guard readMore() else { return nil }
            head = bytes.firstRange(of: blank)
        }
        let start = head?.upperBound ?? 0
        let lines = String(decoding: bytes[..<start], as: UTF8.self).components(separatedBy: "\r\n").dropLast(2)
        let length =
            lines.lazy.filter { $0.lowercased().hasPrefix("content-length:") }
            .compactMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }.first ?? 0
        while bytes.count < start + length {
            guard readMore() else { return nil }
        }
        return Request(lines: Array(lines), body: Array(bytes[start...]))
    }

    /// Gives an answer to the `count`-th request of its path. Returns whether the connection is for further requests.
    private func answer(_ connection: Int32, _ answer: Answer, count: Int) -> Bool {
        switch answer {
        case .sequence(let answers):
            return self.answer(connection, answers[min(count, answers.count) - 1], count: count)
        case .delayed(let seconds, let answer):
            Thread.sleep(forTimeInterval: seconds)
            return self.answer(connection, answer, count: count)
        case .kept(let status, let headers, let text):
            let body = Array(text.utf8)
            lock.withLock { active -= 1 }
            let lines = ["HTTP/1.1 \(status) -", "Content-Length: \(body.count)"] + headers
            return send(connection, Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        case .header(let status, let line):
            reply(connection, status: status, body: [], length: 0, header: line + "\r\n")
        case .typed(let bytes, let type):
            reply(connection, status: 200, body: bytes, length: bytes.count, header: "Content-Type: \(type)\r\n")
        case .body(let bytes): reply(connection, status: 200, body: bytes, length: bytes.count)
        case .truncated(let bytes, let length): reply(connection, status: 200, body: bytes, length: length)
        case .stalled(let bytes, let length):
            reply(connection, status: 200, body: bytes, length: length, isLeftOpen: true)
        case .status(let status): reply(connection, status: status, body: [], length: 0)
        case .redirect(let target):
            let page = Array("<html><body>The image has moved.</body></html>".utf8)
            reply(connection, status: 302, body: page, length: page.count, header: "Location: \(target)\r\n")
        case .encoded(let bytes, let header):
            stream(connection, "\(header)Connection: close\r\n", [bytes], pause: 0)
        case .endless:
            let chunk = [UInt8](repeating: 0, count: 1 << 20)
            stream(connection, "Connection: close\r\n", sequence(first: chunk) { $0 }, pause: 0)
        case .dribbled(let seconds, let length):
            stream(
                connection, "Content-Length: \(length)\r\nConnection: close\r\n", repeatElement([0], count: length),
                pause: seconds)
        }
        return false
    }

    /// Sends chunks until the other side closes.
    private func stream(_ connection: Int32, _ header: String, _ pieces: some Sequence<[UInt8]>, pause: Double) {
        var isOpen = send(connection, Array("HTTP/1.1 200 -\r\n\(header)\r\n".utf8))
        for piece in pieces where isOpen {
            isOpen = send(connection, piece)
            if !isOpen { break }
            if pause > 0 { Thread.sleep(forTimeInterval: pause) }
        }
        lock.withLock { active -= 1 }
        end(connection)
    }

    /// Whether all bytes were sent.
    private func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { LibC.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func end(_ connection: Int32) {
        shutdown(connection, Int32(SHUT_RDWR))
        lock.withLock { open.removeAll { $0 == connection } }
        close(connection)
    }

    private func reply(
        _ connection: Int32, status: Int, body: [UInt8], length: Int, header: String = "", isLeftOpen: Bool = false
    ) {
        // Before the client can see the end, and ask again.
        lock.withLock { active -= 1 }
        let head = "HTTP/1.1 \(status) -\r\nContent-Length: \(length)\r\nConnection: close\r\n\(header)\r\n"
        _ = send(connection, Array(head.utf8) + body)
        if !isLeftOpen { end(connection) }
    }
}
