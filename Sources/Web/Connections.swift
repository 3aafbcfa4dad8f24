internal import CCurl
internal import Platform

/// The user agent of all requests: a server can see what asks it.
let userAgent = "Apus (image classification; libcurl)"

/// A C text of fixed capacity as a string.
func text<Value>(_ characters: inout Value) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// A connection of curl, which one thread uses at a time.
struct Connection: @unchecked Sendable {
    let handle: OpaquePointer
}

/// The connections that are open and unused.
enum Connections {
    private static let unused = Monitor<[Connection]>([])

    static func take() throws -> Connection {
        if let connection = unused.withLock({ $0.popLast() }) { return connection }
        var response = ccurl_response()
        guard let handle = ccurl_open(&response) else {
            throw WebError(
                .noClient, "URLs need libcurl, which cannot be loaded (\(text(&response.reason))): install libcurl4")
        }
        return Connection(handle: handle)
    }

    static func giveBack(_ connection: Connection) {
        let isKept = unused.withLock { connections in
            guard connections.count < 16 else { return false }
            connections.append(connection)
            return true
        }
        if !isKept { ccurl_close(connection.handle) }
    }
}
