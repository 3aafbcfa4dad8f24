internal import LibC
internal import Platform

/// Reads small files from web servers into memory: politely, again after failures that may pass, and from a folder that
/// keeps them.
package struct WebFiles: Sendable {
    /// The limits of each file.
    package var limits: WebLimits

    /// A folder that keeps what was fetched; nil to keep nothing.
    package var cache: String?

    package init(limits: WebLimits = WebLimits(), cache: String? = nil) {
        self.limits = limits
        self.cache = cache
    }

    /// The number of requests that each server is answering at present.
    private static let requests = Monitor<[String: Int]>([:])

    /// The first bytes are enough to recognize a type of file.
    private static let probe = 64

    /// Reads a file. The calling thread waits.
    ///
    /// - Parameters:
    ///   - problem: What is wrong with a file that begins with these bytes, or nil. It is called when 64 bytes have
    ///     arrived, or all: the rest of a wrong file is not fetched.
    ///   - pause: Waits for a number of seconds.
    /// - Throws: `WebError`, `FileError` if the folder cannot be written, `CancellationError` if the task is canceled.
    package func read(
        _ address: String, problem: (UnsafeRawBufferPointer) -> String? = { _ in nil },
        pause: (Double) throws -> Void = sleep
    ) throws -> [UInt8] {
        guard let url = WebURL(address) else { throw WebError(.invalidURL, "this is not the URL of a web server") }
        if let bytes = try cached(url) { return bytes }
        var attempt = 1
        while true {
            do {
                let bytes = try fetch(url, problem: problem)
                try keep(bytes, of: url)
                return bytes
            } catch let error as WebError where error.isTransient && attempt < limits.tries {
                try pause(waitingTime(after: attempt, of: url, wish: error.retrySeconds))
                attempt += 1
            }
        }
    }

    /// Waits, and checks for cancellation meanwhile.
    package static func sleep(seconds: Double) throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while clock.now < end {
            try Task.checkCancellation()
            usleep(50_000)
        }
    }

    /// The server's wish, or 0.5, 1, 2, … seconds and up to half as much more, which differs between files, so that
    /// requests that failed together are not repeated together. At most 30 seconds.
    private func waitingTime(after attempt: Int, of url: WebURL, wish: Double?) -> Double {
        if let wish { return min(wish, 30) }
        var digest = Digest64()
        digest.add(url.text)
        let spread = Double(digest.value % 1000) / 2000
        return min(0.5 * Double(1 << min(attempt - 1, 6)) * (1 + spread), 30)
    }

    private func fetch(_ url: WebURL, problem: (UnsafeRawBufferPointer) -> String?) throws -> [UInt8] {
        Self.requests.wait { requests -> Void? in
            let count = requests[url.server, default: 0]
            guard count < limits.perHost else { return nil }
            requests[url.server] = count + 1
            return ()
        }
        defer {
            Self.requests.update { requests in
                let count = requests[url.server, default: 1] - 1
                requests[url.server] = count > 0 ? count : nil
            }
        }
        var bytes: [UInt8] = []
        var isChecked = false
        func check() throws {
            isChecked = true
            if let text = bytes.withUnsafeBytes(problem) { throw WebError(.unexpectedContent, text) }
        }
        try download(url.text, limits: limits) { chunk, total in
            let count = max(bytes.count + chunk.count, total ?? 0)
            guard count <= limits.maximumBytes else {
                throw WebError(
                    .tooLarge, "the server sends \(count) bytes or more; at most \(limits.maximumBytes) are allowed")
            }
            if bytes.isEmpty, let total { bytes.reserveCapacity(total) }
            bytes.append(contentsOf: chunk)
            if !isChecked, bytes.count >= Self.probe { try check() }
        }
        if !isChecked { try check() }
        return bytes
    }

    // MARK: The folder

    private func path(of url: WebURL, in folder: String) -> String {
        let digest = SHA256Digest()
        var text = url.text
        text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
        return "\(folder)/\(digest.finish())"
    }

    private func cached(_ url: WebURL) throws -> [UInt8]? {
        guard let cache else { return nil }
        let path = path(of: url, in: cache)
        return fileExists(path) ? try fileBytes(path) : nil
    }

    private func keep(_ bytes: [UInt8], of url: WebURL) throws {
        guard let cache else { return }
        try makeFolder(cache)
        try writeAtomically(bytes, to: path(of: url, in: cache))
    }
}
