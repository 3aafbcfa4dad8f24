internal import Foundation
public import Inference
internal import Platform

/// A trial of an ONNX file in a separate process.
///
/// A malicious ONNX file can crash OpenVINO, or make it hang or use all memory. `ONNXFile.check` finds violations of the ONNX
/// specification. Other problems end the separate process, not this one. The process compiles the network into the cache and
/// runs it on a blank image, so a file is tried only once.
public enum ModelTrial {
    private static let state = Monitor((executable: String?.none, isTrial: false))

    /// The program for trials. `EXECUTABLE try-model FILE BATCH,STREAMS,THREADS` must exit with status 0, or print an error.
    /// The command `apus` sets itself. If nil, files are opened without a trial if all of their operators are known.
    public static var executable: String? {
        get { state.withLock { $0.executable } }
        set { state.withLock { $0.executable = newValue } }
    }

    /// Tries a file if `executable` is set.
    ///
    /// - Throws: `InferenceError` if the trial fails, or if the file needs a trial and `executable` is nil.
    static func demand(_ file: ONNXNetworkFile, _ shares: InferenceShares) throws {
        let (executable, isTrial) = state.withLock { $0 }
        if isTrial { return }
        guard let executable else {
            guard file.isKnown else {
                throw InferenceError(
                    .invalidModel,
                    "\(file.path): some of its operators are unknown, so it must be tried in a separate process; set "
                        + "`ModelTrial.executable`, or use the command apus")
            }
            return
        }
        // Processor time has its own limit, because a waiting process uses none.
        try run(executable, file.path, shares, limit: .seconds(2 * seconds(for: file.byteCount)))
    }

    /// - Parameter limit: the time limit of the trial.
    static func run(_ executable: String, _ path: String, _ shares: InferenceShares, limit: Duration) throws {
        let trial: TrialProcess
        do {
            // The backtrace of a crash is not needed.
            let environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
            trial = try TrialProcess(
                executable, ["try-model", path, "\(shares.batchSize),\(shares.streams),\(shares.threads)"],
                environment: environment, limit: limit)
        } catch let error as FileError {
            throw InferenceError(.failed, "\(path): the process to try the file could not be started: \(error)")
        }
        switch trial.end {
        case .status(0): return
        case .status where !trial.output.isEmpty:
            throw InferenceError(.invalidModel, trial.output.trimmingCharacters(in: .whitespacesAndNewlines))
        case .signal(SIGINT), .signal(SIGTERM): throw CancellationError()
        case .signal(SIGXCPU), .late:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO did not open it within the time limit for its size; it is damaged or malicious."
            )
        default:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO crashed or ran out of memory; the file is damaged or malicious. Use another copy "
                    + "of the file.")
        }
    }

    /// Returns the limit of processor time of a trial.
    private static func seconds(for byteCount: Int) -> Int { 300 + byteCount / (5 << 20) }

    /// Sets the resource limits of this process for a trial.
    ///
    /// - Parameter byteCount: the size of the file and its weights.
    static func beginTrial(byteCount: Int) {
        state.withLock { $0.isTrial = true }
        func limit(_ resource: __rlimit_resource, _ value: Int) {
            var limit = rlimit()
            let number = Int32(resource.rawValue)
            guard getrlimit(number, &limit) == 0 else { return }
            limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max, rlim_t(value))
            setrlimit(number, &limit)
        }
        limit(RLIMIT_CORE, 0)
        // Each thread has its own stack and memory.
        limit(RLIMIT_DATA, (3 << 30) + (64 << 20) * InferenceShares.coreCount + 8 * byteCount)
        limit(RLIMIT_CPU, seconds(for: byteCount))
    }
}

/// A process with a time limit. Unlike Foundation's `Process`, it passes arguments as bytes.
struct TrialProcess {
    /// The ends of a process.
    enum End: Equatable {
        /// Exited with a status.
        case status(Int32)
        /// Ended by a signal.
        case signal(Int32)
        /// Ended at the time limit.
        case late
    }

    /// The end of the process.
    let end: End
    /// The beginning of its output.
    let output: String

    private static let longestOutput = 4096

    /// Runs a program to its end. Its standard error is discarded.
    ///
    /// - Parameter limit: the time limit.
    /// - Throws: `FileError` if the program can't be started; `CancellationError` if the task is canceled, after the end.
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
        // Threads of Swift's pools block signals. The process would inherit that and ignore SIGABRT and SIGXCPU.
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
        // As in WIFEXITED.
        let signal = status & 0x7F
        end = isLate ? .late : signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }
}
