import Foundation

/// A web server of a few lines on this machine's loopback, for tests. It answers each path as it was told to.
final class LoopbackServer: @unchecked Sendable {
    enum Answer {
        /// The bytes with their length.
        case body([UInt8])
        /// Says that it sends so many bytes, and ends after fewer.
        case truncated([UInt8], length: Int)
        /// Sends these bytes and then nothing more, with the connection left open.
        case stalled([UInt8], length: Int)
        /// No more than a status.
        case status(Int)
        /// Another place.
        case redirect(String)
    }

    let port: UInt16
    private let listener: Int32
    private let answers: [String: Answer]
    private let lock = NSLock()
    private var open: [Int32] = []
    private var asked: [String] = []

    /// Starts to serve: the keys are paths, such as `/a.pth`.
    init(_ answers: [String: Answer]) throws {
        self.answers = answers
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
                guard bind(listener, address, length) == 0, listen(listener, 16) == 0 else { return -1 }
                return getsockname(listener, address, &length)
            }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                lock.withLock { open.append(connection) }
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    /// The address of a path.
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The paths that were asked for so far.
    var requests: [String] { lock.withLock { asked } }

    /// Ends all connections.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        lock.withLock { open.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    }

    private func serve(_ connection: Int32) {
        var request: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            request += chunk[..<count]
        }
        let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init)
        lock.withLock { asked.append(path ?? "") }
        switch answers[path ?? ""] ?? .status(404) {
        case .body(let bytes): reply(connection, status: 200, body: bytes, length: bytes.count)
        case .truncated(let bytes, let length): reply(connection, status: 200, body: bytes, length: length)
        case .stalled(let bytes, let length):
            reply(connection, status: 200, body: bytes, length: length, isLeftOpen: true)
        case .status(let status): reply(connection, status: status, body: [], length: 0)
        case .redirect(let target):
            reply(connection, status: 302, body: [], length: 0, header: "Location: \(target)\r\n")
        }
    }

    private func reply(
        _ connection: Int32, status: Int, body: [UInt8], length: Int, header: String = "", isLeftOpen: Bool = false
    ) {
        let head = "HTTP/1.1 \(status) -\r\nContent-Length: \(length)\r\nConnection: close\r\n\(header)\r\n"
        var rest = (Array(head.utf8) + body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        guard !isLeftOpen else { return }
        shutdown(connection, Int32(SHUT_RDWR))
        lock.withLock { open.removeAll { $0 == connection } }
        close(connection)
    }
}
