internal import Foundation
internal import Platform

/// Another process with an end in time. Its arguments are passed byte by byte, which Foundation's `Process` does not do.
struct TrialProcess {
    /// How a process ended.
    enum End: Equatable {
        /// By itself, with a status.
        case status(Int32)
        /// By a signal.
        case signal(Int32)
        /// It was ended, since it took too long.
        case late
    }

    /// How it ended.
    let end: End
    /// The beginning of what it printed.
    let output: String

    private static let longestOutput = 4096

    /// Runs a program to its end. What it prints on standard error is not shown.
    ///
    /// - Parameter limit: how long it may take.
    /// - Throws: `FileError` where it can't be started; `CancellationError` where the task is cancelled, after its end.
    init(_ executable: String, _ arguments: [String], environment: [String: String], limit: Duration) throws {
        func failure(_ code: Int32) -> FileError { FileError(path: executable, operation: "start", code: code) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = ends[0]
        defer { close(reader) }
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Threads of Swift's pools block signals, and a process inherits that: it would live on with SIGABRT or SIGXCPU.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ([executable] + arguments).map { $0.withFileName { strdup($0) } }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        let code = executable.withFileName {
            posix_spawn(&process, $0, &actions, &attributes, words + [nil], variables + [nil])
        }
        close(ends[1])
        guard code == 0 else { throw failure(code) }

        var printed: [UInt8] = []
        func takeOutput() {
            var chunk = [UInt8](repeating: 0, count: Self.longestOutput)
            while true {
                let count = read(reader, &chunk, chunk.count)
                guard count > 0 else { return }
                printed += chunk.prefix(min(count, Self.longestOutput - printed.count))
            }
        }
        let deadline = ContinuousClock.now + limit
        var status: Int32 = 0
        var ended = waitpid(process, &status, WNOHANG)
        var isLate = false
        while ended == 0 || ended < 0 && errno == EINTR {
            isLate = ContinuousClock.now >= deadline
            if isLate || Task.isCancelled { kill(process, SIGKILL) }
            usleep(5000)
            takeOutput()
            ended = waitpid(process, &status, WNOHANG)
        }
        takeOutput()
        try Task.checkCancellation()
        guard ended == process else { throw failure(errno) }
        output = String(decoding: printed, as: UTF8.self)
        // As WIFEXITED and its like have it.
        let signal = status & 0x7F
        end = isLate ? .late : signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }
}
