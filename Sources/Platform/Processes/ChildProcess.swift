internal import CPlatform
internal import LibC

/// A program that runs as a child process and whose output is read while it runs.
///
/// Unlike Foundation's `Process`, it passes arguments as bytes, inherits no descriptors, and has its own process group,
/// which ends with it. It is for one thread.
package final class ChildProcess {
    /// The ends of a process.
    package enum End: Equatable, Sendable {
        /// Exited with a status.
        case status(Int32)
        /// Ended by a signal.
        case signal(Int32)
    }

    /// What a process did.
    package enum Event {
        /// Bytes of standard output.
        case output([UInt8])
        /// Bytes of standard error.
        case errors([UInt8])
        /// The process ended, and all of its output was read.
        case end(End)
        /// Nothing happened until the deadline.
        case late
    }

    private let process: pid_t
    private var pipes: (output: Int32, errors: Int32)
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
    /// The end; nil while the process runs.
    private var end: End?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: The path of the program.
    ///   - variables: Environment variables that replace those of this process; nil removes one.
    ///   - log: A file to which standard output and standard error are appended, so that a process that goes on after
    ///     this one can still write; nil to read them here.
    ///   - readsErrors: Whether standard error is read. Otherwise it is discarded.
    ///   - keepsStreams: Whether it writes to the standard output and standard error of this process.
    /// - Throws: `FileError` if it can't be started.
    package init(
        _ executable: String, _ arguments: [String], variables: [String: String?] = [:], log: String? = nil,
        readsErrors: Bool = false, keepsStreams: Bool = false
    ) throws(FileError) {
        let words = ([executable] + arguments).map { $0.withFileName { strdup($0) } }
        let environment = Self.environment(replacing: variables).map { $0.withFileName { strdup($0) } }
        defer { for text in words + environment { free(text) } }
        var started = cplatform_process()
        let logName = log.map { $0.withFileName { strdup($0) } } ?? nil
        defer { free(logName) }
        let code = executable.withFileName {
            cplatform_start_process(
                $0, words + [nil], environment + [nil], logName, readsErrors, keepsStreams, &started)
        }
        guard code == 0 else { throw FileError(path: executable, operation: "start", code: code) }
        process = started.identifier
        pipes = (started.output, started.errors)
    }

    deinit {
        kill()
        closePipes()
        if end == nil {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }

    /// Ends the process and those that it started.
    package func kill() {
        // Its identifier belongs to it until it is waited for.
        if end == nil { LibC.kill(-process, SIGKILL) }
    }

    /// Asks the process to end, as Ctrl-C does (SIGINT).
    package func interrupt() { send(SIGINT) }

    /// Sends a signal to the process, but not to those that it started.
    package func send(_ signal: Int32) {
        if end == nil { LibC.kill(process, signal) }
    }

    /// The end of the process, without waiting; nil while it runs.
    package var currentEnd: End? {
        if end == nil { _ = checkEnd() }
        return end
    }

    /// The next event. Errors that were printed come before output that was printed later.
    ///
    /// - Throws: `CancellationError` if the task is canceled; the process continues until it is killed.
    package func next(until deadline: ContinuousClock.Instant) throws(CancellationError) -> Event {
        while true {
            guard !Task.isCancelled else { throw CancellationError() }
            let now = ContinuousClock.now
            guard now < deadline else { return .late }
            if let bytes = read(from: &pipes.errors) { return .errors(bytes) }
            if let bytes = read(from: &pipes.output) { return .output(bytes) }
            if let end { return .end(end) }
            // Output that was printed before the end is read after it.
            if !checkEnd() { wait(atMost: min(deadline - now, .milliseconds(20))) }
        }
    }

    /// Waits until there is something to read.
    private func wait(atMost limit: Duration) {
        var files = [pipes.output, pipes.errors].filter { $0 >= 0 }.map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // A process without pipes is asked often.
        let limit = files.isEmpty ? min(limit, .milliseconds(2)) : limit
        poll(&files, nfds_t(files.count), Int32(limit.components.attoseconds / 1_000_000_000_000_000) + 1)
    }

    /// Whether the process has ended.
    private func checkEnd() -> Bool {
        var status: Int32 = 0
        guard cplatform_has_ended(process, &status) else { return false }
        // As in WIFEXITED.
        let signal = status & 0x7F
        end = signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
        return true
    }

    /// The bytes that are in a pipe; nil if there are none now. A pipe is closed at its end.
    private func read(from pipe: inout Int32) -> [UInt8]? {
        while pipe >= 0 {
            let count = LibC.read(pipe, &chunk, chunk.count)
            if count > 0 { return Array(chunk[..<count]) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return nil }
            close(pipe)
            pipe = -1
        }
        return nil
    }

    private func closePipes() {
        for pipe in [pipes.output, pipes.errors] where pipe >= 0 { close(pipe) }
        pipes = (-1, -1)
    }

    private static func environment(replacing variables: [String: String?]) -> [String] {
        var texts: [String] = []
        #if canImport(Darwin)
            var place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = _NSGetEnviron().pointee
        #else
            var place = environ
        #endif
        while let text = place.pointee {
            let entry = String(fileName: text)
            if variables[String(entry.prefix { $0 != "=" })] == nil { texts.append(entry) }
            place += 1
        }
        return texts + variables.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }
}
