internal import Apus
internal import Classifier
internal import Foundation
internal import LibC
internal import Platform
internal import StudioProject

/// The training runs of a project, whoever trains them: the studio, an earlier studio that was killed, or a terminal.
///
/// A run is a child process, `apus train`, that the studio starts and then only watches: what the page shows comes from
/// the run's own files. One run trains at a time, because each uses all processors.
final class RunService: Sendable {
    /// The endings of the files next to the folder of a run.
    enum Suffix {
        /// The table that the run is trained on.
        static let table = ".csv"
        /// The settings that it begins with.
        static let settings = ".json"
        /// What its process printed.
        static let output = ".log"
        static let all = [table, settings, output]
    }

    /// The time between two looks at the files while a run trains, and while none does.
    private static let (shortWait, longWait) = (Duration.milliseconds(500), Duration.seconds(2))

    /// The files of a run when they were last read.
    private struct Reading {
        let signature: String
        let files: RunFiles
        let time: ContinuousClock.Instant
        /// How long it took. Long logs are read less often.
        let cost: Duration
    }

    private struct State {
        /// The runs whose processes are children of this one.
        var children: Set<String> = []
        /// The runs that were asked to stop.
        var stopping: Set<String> = []
        var readings: [String: Reading] = [:]
        /// What the pages know, as JSON.
        var sent: [String: String] = [:]
        var isClosed = false
        var watch: Task<Void, Never>?
    }

    let context: StudioContext
    private let state = Monitor(State())
    /// Only one thread at a time reports to the pages what it saw, so that the latest comes last.
    private let looking = Monitor(())

    /// Creates the service, which watches the runs until it is released.
    init(_ context: StudioContext) {
        self.context = context
        let watch = Task { [weak self] in
            while !Task.isCancelled, let wait = self?.look() { try? await Task.sleep(for: wait) }
        }
        state.withLock { $0.watch = watch }
    }

    deinit { state.withLock { $0.watch }?.cancel() }

    // MARK: Runs

    /// The folder of all runs.
    var folder: String { context.project.path(inside: "runs") }

    /// The runs, the oldest first.
    var all: [Run] { names.map(current).sorted { ($0.created, $0.name) < ($1.created, $1.name) } }

    /// Returns a run.
    ///
    /// - Throws: `StudioError` if there is none.
    func run(_ name: String) throws(StudioError) -> Run {
        _ = try directory(of: name)
        return current(name)
    }

    /// Returns the folder of a run, which may not exist yet.
    ///
    /// - Throws: `StudioError` if there is no such run. A link is none, because it could lead out of the project.
    func directory(of name: String) throws(StudioError) -> String {
        guard Self.isName(name), names.contains(name) else {
            throw StudioError(.notFound, "there is no run '\(name.shown)'")
        }
        return folder + "/" + name
    }

    /// The files of a run and its state.
    ///
    /// - Throws: `StudioError` if there is no such run.
    func files(of name: String) throws(StudioError) -> (run: Run, files: RunFiles) {
        _ = try directory(of: name)
        return (current(name), files(name))
    }

    /// The files of all runs, for measured durations.
    var allFiles: [RunFiles] { names.map { files($0) } }

    /// The run that a process works on; nil if none does.
    var live: String? { names.first { liveState($0) != nil } }

    /// Keeps the accuracy on the photos of a split.
    func setEvaluated(_ name: String, _ accuracy: Fraction, on split: Split) {
        change(name) { ($0.evaluated, $0.evaluatedSplit) = (accuracy, split) }
        _ = look()
    }

    /// Whether a text may be the name of a run.
    static func isName(_ name: String) -> Bool {
        (1...60).contains(name.utf8.count) && !name.hasPrefix(".") && !Suffix.all.contains { name.hasSuffix($0) }
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "-_.".utf8.contains(byte)
            }
    }

    /// The names of the runs: each has a folder, or settings if it was only just started.
    var names: [String] {
        let entries = (try? entryNames(of: folder)) ?? []
        // Settings without content only reserve a name.
        let begun = entries.filter { name in
            name.hasSuffix(Suffix.settings) && Self.kind(folder + "/" + name) == .file
                && FilePath(folder + "/" + name).status().map { $0.size > 0 } == true
        }.map { String($0.dropLast(Suffix.settings.count)) }
        return Set(begun).union(entries.filter { Self.kind(folder + "/" + $0) == .folder }).filter(Self.isName).sorted()
    }

    /// The kind of a file; a link is special, wherever it leads. Nil if there is none.
    static func kind(_ path: String) -> FileKind? {
        let path = FilePath(path)
        return path.isLink ? .special : path.status()?.kind
    }

    // MARK: Facts

    /// What the studio itself knows about a run.
    func facts(_ name: String) -> RunFacts {
        context.project.setting("run." + name)
            .flatMap { try? JSONDecoder().decode(RunFacts.self, from: Data($0.utf8)) } ?? RunFacts()
    }

    /// Changes what the studio knows about a run. A studio that is read-only keeps nothing.
    func change(_ name: String, _ change: (inout RunFacts) -> Void) {
        var facts = facts(name)
        change(&facts)
        try? context.project.set(setting: "run." + name, to: try? jsonText(facts))
    }

    // MARK: Processes

    /// Starts this program with other arguments.
    ///
    /// - Throws: `FileError` if it can't be started.
    func program(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            context.executable, arguments, variables: ["APUS_PARENT": "\(getpid())"], readsErrors: true)
    }

    /// Starts a process that trains a run, and follows it on a thread of its own.
    ///
    /// - Throws: `StudioError` if another run trains, or the process can't be started.
    func launch(_ name: String, _ arguments: [String]) throws {
        if let other = live { throw Self.busy(other) }
        guard !state.withLock({ $0.isClosed }) else { throw StudioError(.conflict, "the studio is about to end") }
        let other = state.withLock { state -> String? in
            if let other = state.children.first { return other }
            state.children.insert(name)
            state.stopping.remove(name)
            return nil
        }
        if let other { throw Self.busy(other) }
        change(name) {
            $0.end = nil
            $0.started = Date.now.timeIntervalSince1970
        }
        let log = folder + "/" + name + Suffix.output
        try? removeFile(log)
        let outcome = Monitor<Result<Void, FileError>?>(nil)
        let isStarted = WorkerThread.start("run") { [self] in
            do throws(FileError) {
                let process = try ChildProcess(context.executable, arguments, log: log)
                outcome.update { $0 = .success(()) }
                follow(process, name)
            } catch {
                outcome.update { $0 = .failure(error) }
            }
        }
        do {
            guard isStarted else {
                throw StudioError(.failed, "the system allows no more threads; close other programs")
            }
            try outcome.wait { $0 }.get()
        } catch {
            state.withLock { _ = $0.children.remove(name) }
            throw StudioError(.failed, "the training could not be started: \(error)")
        }
        _ = look()
    }

    static func busy(_ name: String) -> StudioError {
        StudioError(.conflict, "the run '\(name)' is training; stop it, or wait until it has finished")
    }

    /// Waits for the end of a process. A process that is asked to stop is asked once: a second signal would end it
    /// before its state is saved.
    private func follow(_ process: ChildProcess, _ name: String) {
        var wasAsked = false
        var end = process.currentEnd
        while end == nil {
            if !wasAsked, state.withLock({ $0.stopping.contains(name) }) {
                process.interrupt()
                wasAsked = true
            }
            usleep(50_000)
            end = process.currentEnd
        }
        let reason = RunFiles(RunDirectory(reading: folder + "/" + name)).error
        change(name) { facts in
            switch end {
            case .status(0): break
            // What a shell reports for SIGHUP, SIGINT and SIGTERM, after which the state is saved.
            case .status(129), .status(130), .status(143): facts.end = RunFacts.End(state: .stopped)
            case .signal where wasAsked: facts.end = RunFacts.End(state: .stopped)
            case .signal(let number):
                facts.end = RunFacts.End(
                    state: .interrupted,
                    message: number == SIGKILL
                        ? "the system ended the training, perhaps because memory was short; resume it"
                        : "the training crashed (signal \(number)); resume it")
            default: facts.end = RunFacts.End(state: .failed, message: reason ?? "the training ended with an error")
            }
            facts.end?.time = Date.now.timeIntervalSince1970
        }
        state.withLock { state in
            state.children.remove(name)
            state.stopping.remove(name)
        }
        _ = look()
    }

    /// Asks the process of a run to save its state and end.
    ///
    /// - Throws: `StudioError` if none works on it.
    func stop(_ name: String) throws {
        let directory = RunDirectory(reading: try directory(of: name))
        let (isChild, wasAsked) = state.withLock { state in
            (state.children.contains(name), state.stopping.contains(name))
        }
        let process = directory.processID
        guard isChild || process != nil else { throw StudioError(.conflict, "the run '\(name)' is not training") }
        guard !wasAsked else { return }
        if !isChild, let process, kill(process, SIGINT) != 0 {
            throw StudioError(
                .failed, "process \(process) trains '\(name)' and can't be stopped: \(SystemError.last)")
        }
        state.withLock { _ = $0.stopping.insert(name) }
        _ = look()
    }

    /// Asks the processes of this studio to save the state of their runs, and waits for them, at most 30 seconds.
    func stopAll() async {
        state.withLock { state in
            state.isClosed = true
            state.stopping.formUnion(state.children)
            state.watch?.cancel()
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while state.withLock({ !$0.children.isEmpty }), ContinuousClock.now < deadline {
            // Not the sleep of a task, which may be canceled by now.
            await onOwnThread("runs") { _ = usleep(50_000) }
        }
    }

    /// Forgets what was read of a run that is deleted.
    func forget(_ name: String) {
        state.withLock { _ = $0.readings.removeValue(forKey: name) }
        try? context.project.set(setting: "run." + name, to: nil)
        _ = look()
    }

    // MARK: Watching

    /// Whether a process works on a run: `training`, `stopping`, or nil.
    private func liveState(_ name: String) -> Run.State? {
        let (isChild, isStopping) = state.withLock { ($0.children.contains(name), $0.stopping.contains(name)) }
        // The lock of a child is not tried: it could be about to take it.
        guard isChild || RunDirectory(reading: folder + "/" + name).processID != nil else {
            if isStopping { state.withLock { _ = $0.stopping.remove(name) } }
            return nil
        }
        return isStopping ? .stopping : .training
    }

    private func current(_ name: String) -> Run {
        // The state is first: a process that ends in between has written everything.
        let live = liveState(name)
        return files(name, isLive: live != nil).run(name, facts(name), live: live, now: Date.now.timeIntervalSince1970)
    }

    /// The files of a run, read again if they changed.
    private func files(_ name: String, isLive: Bool = false) -> RunFiles {
        let directory = RunDirectory(reading: folder + "/" + name)
        let signature = RunFiles.signature(of: directory)
        let now = ContinuousClock.now
        let known = state.withLock { $0.readings[name] }
        if let known, known.signature == signature || isLive && now - known.time < known.cost * 10 {
            return known.files
        }
        let files = RunFiles(directory)
        let reading = Reading(signature: signature, files: files, time: now, cost: ContinuousClock.now - now)
        state.withLock { $0.readings[name] = reading }
        return files
    }

    /// Looks at all runs, and sends those that changed to the pages.
    ///
    /// - Returns: the time until the next look.
    private func look() -> Duration { looking.withLock { _ in lookAlone() } }

    private func lookAlone() -> Duration {
        let runs = all
        let texts = runs.reduce(into: [:]) { $0[$1.name] = try? jsonText($1) }
        let (changed, isOther) = state.withLock { state in
            let before = state.sent
            state.sent = texts
            return (runs.filter { before[$0.name] != texts[$0.name] }, Set(before.keys) != Set(texts.keys))
        }
        for run in changed { context.hub.send("run", run) }
        if isOther { context.hub.changed("runs") }
        return runs.contains { $0.state.isLive } ? Self.shortWait : Self.longWait
    }
}

extension String {
    /// The path without links; nil if it does not exist.
    var realPath: String? {
        guard let resolved = withFileName({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return String(fileName: resolved)
    }
}
