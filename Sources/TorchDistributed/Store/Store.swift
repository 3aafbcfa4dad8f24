internal import CTorch

/// The store where the processes of a group meet: values by key, which any process may set.
///
/// A store is for one thread at a time. It can move to another one.
struct Store: @unchecked Sendable {
    // `@unchecked` is safe because the handle belongs to no thread.
    let handle: ctorch_store

    /// A failure of a store: it is gone, or a value did not come in time.
    struct Failure: Error {
        let message: String
    }

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - isHost: Whether this process runs the server, if it is one.
    ///   - timeout: The time to wait for the server, and for a value.
    init(
        _ rendezvous: DistributedEnvironment.Rendezvous, isHost: Bool, timeout: Duration
    ) throws(Failure) {
        var handle: ctorch_store?
        switch rendezvous {
        case .tcp(let host, let port, _):
            try Self.check(ctorch_store_open_tcp(host, UInt16(clamping: port), isHost, timeout.milliseconds, &handle))
        case .file(let path):
            try Self.check(path.withFileName { ctorch_store_open_file($0, timeout.milliseconds, &handle) })
        }
        guard let handle else { throw Failure(message: "no store") }
        self.handle = handle
        // A launcher has keys of its own in its store.
        try add(prefix: "apus")
    }

    /// Puts a prefix before every key from now on, after those that were set before.
    func add(prefix: String) throws(Failure) { try Self.check(ctorch_store_add_prefix(handle, prefix)) }

    /// Closes the connection, and the server if this process runs it.
    func close() { ctorch_store_close(handle) }

    func set(_ key: String, _ value: String = "") throws(Failure) {
        // A value is not empty: a store takes an empty one for none.
        let bytes = Array(value.utf8) + [0]
        try Self.check(ctorch_store_set(handle, key, bytes, bytes.count))
    }

    /// Sets a value unless there is one, and returns the value.
    func setOnce(_ key: String, _ value: String) throws(Failure) -> String {
        let bytes = Array(value.utf8) + [0]
        try Self.check(ctorch_store_set_once(handle, key, bytes, bytes.count))
        return try get(key)
    }

    func has(_ key: String) throws(Failure) -> Bool {
        var isThere = false
        try Self.check(ctorch_store_has(handle, key, &isThere))
        return isThere
    }

    /// Waits for a value.
    func get(_ key: String) throws(Failure) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        var count = 0
        try Self.check(ctorch_store_get(handle, key, &bytes, bytes.count, &count))
        return String(decoding: bytes.prefix(min(count, bytes.count)).prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func check(_ status: ctorch_status) throws(Failure) {
        guard status == CTORCH_OK else { throw Failure(message: lastErrorLine()) }
    }
}

/// The first line of LibTorch's last message on this thread.
func lastErrorLine() -> String { firstLine(ofMessage: String(cString: ctorch_error_message())) }

/// The first line of a message of LibTorch, without the place in its source.
func firstLine(ofMessage message: String) -> String {
    var line = String(message.prefix { $0 != "\n" })
    if let start = line.firstRange(of: "[/"), let end = line[start.upperBound...].firstRange(of: "] ") {
        line.removeSubrange(start.lowerBound..<end.upperBound)
    }
    // Gloo's advice, which the error of a group replaces.
    if let advice = line.firstRange(of: ". This is typically caused by") { line.removeSubrange(advice.lowerBound...) }
    return line
}

extension Duration {
    /// The whole milliseconds, at least 1.
    var milliseconds: Int64 { max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
