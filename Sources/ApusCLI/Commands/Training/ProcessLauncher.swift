internal import Classifier
internal import Dispatch
internal import LibC
internal import Platform

/// Trains with several processes of this machine: starts this program several times, with the variables that other
/// launchers set, passes signals on, and waits for the ends.
///
/// The processes meet through a file, so no port is needed. The first one has the terminal. The others are silent
/// unless they fail, and an error that the first one also printed is not repeated.
struct ProcessLauncher {
    /// The exit status of a process that ended because of another one, and left the message to the launcher.
    static let followed: Int32 = 75
    /// How long the others may continue after the first end: they find out which process is missing, and report it.
    private static let patience = Duration.seconds(15)

    private let children: [LaunchedProcess]
    private let folder: String

    /// Starts the processes.
    ///
    /// - Parameter arguments: the arguments of this process. `--processes` is left out.
    /// - Throws: `ApusError` if a process can't be started, or the folder for the file can't be created.
    init(count: Int, arguments: [String]) throws {
        let variable = getenv("TMPDIR").map { String(fileName: $0) } ?? ""
        let template = (variable.hasPrefix("/") ? variable : "/tmp") + "/apus-processes-XXXXXX"
        let made = template.withFileName { strdup($0) }
        defer { free(made) }
        guard let executable = executablePath, let made, mkdtemp(made) != nil else {
            throw ApusError(
                .unwritableFile, path: template, "can't create this folder: \(SystemError(code: errno))",
                advice: "set the environment variable TMPDIR to a folder on a disk with space")
        }
        folder = String(fileName: made)
        let rest = Self.withoutCount(arguments)
        do {
            children = try (0..<count).map { [folder] rank in
                let variables = [
                    "RANK": "\(rank)", "WORLD_SIZE": "\(count)", "LOCAL_RANK": "\(rank)",
                    "LOCAL_WORLD_SIZE": "\(count)", "APUS_RENDEZVOUS": folder + "/rendezvous",
                    ParentProcess.variable: "\(getpid())",
                    // A job that Slurm stopped and queued again continues its run.
                    "TORCHELASTIC_RESTART_COUNT": getenv("SLURM_RESTART_COUNT").map { String(fileName: $0) },
                ]
                let process = try ChildProcess(
                    executable, rest, variables: variables, readsErrors: rank > 0, keepsStreams: rank == 0)
                return LaunchedProcess(process, rank: rank, count: count)
            }
        } catch {
            Self.remove(folder)
            throw error
        }
    }

    /// Waits for the processes.
    ///
    /// - Returns: The exit status of the first process; 128 plus the number of the signal that ended it.
    func run() throws -> Int32 {
        let signals = StopSignals()
        defer {
            signals.end()
            Self.remove(folder)
        }
        // When the processes that are left get the next of these signals.
        var (deadline, last) = (ContinuousClock.Instant?.none, [SIGTERM, SIGKILL])
        var (isStopping, isExplained) = (false, false)
        while children.contains(where: { $0.end == nil }) {
            for number in signals.take() {
                isStopping = true
                children.forEach { $0.process.send(number) }
            }
            for child in children where child.end == nil {
                try child.follow()
                guard let end = child.end else { continue }
                if case .signal(let number) = end, !isStopping, !isExplained {
                    isExplained = true
                    Console.message("apus: \(child.name) was ended by signal \(number) (\(Self.words(number)))")
                }
                // After a signal, the first process may take long to save its state.
                let isStopped = [0, 129, 130, 143].contains { end == .status($0) }
                if child.rank == 0 || !isStopped { deadline = deadline ?? .now + Self.patience }
            }
            if let next = last.first, let due = deadline, due < .now {
                if !isStopping, !isExplained { isExplained = reportHanging() }
                isStopping = true
                children.forEach { $0.process.send(next) }
                (deadline, last) = (.now + Self.patience, Array(last.dropFirst()))
            }
            usleep(20_000)
        }
        return status(isExplained: isExplained || !signals.none)
    }

    /// Prints which processes are left, if the others ended because of them.
    private func reportHanging() -> Bool {
        guard children.allSatisfy({ $0.end == nil || $0.end == .status(Self.followed) }) else { return false }
        for child in children where child.end == nil {
            Console.message("apus: \(child.name) does not respond and is ended")
        }
        return true
    }

    /// Prints the error of another process if the first one did not print its own.
    private func status(isExplained: Bool) -> Int32 {
        let end = children.first?.end ?? .status(1)
        let isReported = end != .status(0) && end != .status(Self.followed)
        let errors = children.first { !$0.error.isEmpty }?.error ?? []
        if !isReported || isSignal(end), !isExplained { errors.forEach { Console.message($0) } }
        switch end {
        case .signal(let number): return 128 + number
        case .status(Self.followed):
            if errors.isEmpty, !isExplained {
                Console.message("apus: the processes lost the connection to each other")
            }
            return 1
        case .status(let status): return status
        }
    }

    private func isSignal(_ end: ChildProcess.End) -> Bool {
        if case .signal = end { true } else { false }
    }

    private static func words(_ signal: Int32) -> String { strsignal(signal).map { String(fileName: $0) } ?? "unknown" }

    private static func remove(_ folder: String) {
        for name in (try? entryNames(of: folder)) ?? [] { try? removeFile(folder + "/" + name) }
        folder.withFileName { _ = rmdir($0) }
    }

    private static func withoutCount(_ arguments: [String]) -> [String] {
        var (result, rest) = ([String](), arguments[...])
        while let word = rest.popFirst() {
            if word == "--" { return result + [word] + rest }
            if word == "--processes" {
                _ = rest.popFirst()
            } else if !word.hasPrefix("--processes=") {
                result.append(word)
            }
        }
        return result
    }
}

/// A process that the launcher started.
private final class LaunchedProcess {
    let process: ChildProcess
    let rank: Int
    let name: String
    /// The end, when all of its output has been read.
    private(set) var end: ChildProcess.End?
    /// The error that it printed at its end.
    private(set) var error: [String] = []
    private var line: [UInt8] = []

    init(_ process: ChildProcess, rank: Int, count: Int) {
        (self.process, self.rank) = (process, rank)
        name = ProcessTeam.name(rank, of: count)
    }

    /// Passes on what was printed, with the rank in front, except for the error at the end.
    func follow() throws {
        guard rank > 0 else { return end = process.currentEnd }
        switch try process.next(until: .now + .milliseconds(1)) {
        case .output(let bytes), .errors(let bytes):
            let lines = (line + bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            lines.dropLast().forEach(pass)
            line = Array(lines.last ?? [])
        case .end(let end):
            if !line.isEmpty { pass(line[...]) }
            self.end = end
        case .late: break
        }
    }

    private func pass(_ line: ArraySlice<UInt8>) {
        let text = String(fileName: Array(line))
        if text.hasPrefix("apus: ") || !error.isEmpty {
            error.append(text)
        } else {
            Console.message("[\(rank)] \(text)")
        }
    }
}

/// The signals that end a training, as they arrive.
private struct StopSignals {
    private let arrived = Monitor<(new: [Int32], any: Bool)>(([], false))
    private let sources: [(number: Int32, source: any DispatchSourceSignal)]

    init() {
        sources = [SIGINT, SIGTERM, SIGHUP].compactMap { [arrived] number in
            if number == SIGHUP, isSignalIgnored(number) { return nil }
            // The source reports a signal even if the process ignores it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { arrived.update { $0 = ($0.new + [number], true) } }
            source.resume()
            return (number, source)
        }
    }

    /// Whether no signal has arrived.
    var none: Bool { arrived.withLock { !$0.any } }

    /// Returns the signals since the last call.
    func take() -> [Int32] {
        arrived.withLock { arrived in
            defer { arrived.new = [] }
            return arrived.new
        }
    }

    func end() {
        for (number, source) in sources {
            source.cancel()
            endAtSignal(number)
        }
    }
}
