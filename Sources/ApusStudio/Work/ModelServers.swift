internal import LibC
internal import Platform

/// The servers of models that the studio has started: for each run a child, `apus serve`, that only this machine can
/// reach.
final class ModelServers: Sendable {
    private struct State {
        var servers: [String: ModelServer] = [:]
        var isClosed = false
    }

    private let runs: RunService
    private let state = Monitor(State())

    init(_ runs: RunService) { self.runs = runs }

    /// The address of the server of a run; nil if there is none that is ready.
    func address(of run: String) -> String? { state.withLock { $0.servers[run] }?.address }

    /// Starts the server of a run, unless there is one, and waits until it is ready.
    ///
    /// - Returns: its address.
    /// - Throws: `StudioError` with the reason if it fails.
    func start(_ run: String) async throws -> String {
        let model = try runs.directory(of: run) + "/best.safetensors"
        guard fileExists(model) else { throw StudioError.noModel(run) }
        let (server, isNew) = try state.withLock { state in
            guard !state.isClosed else { throw StudioError(.unavailable, "the studio is ending") }
            if let present = state.servers[run], !present.hasEnded { return (present, false) }
            let server = ModelServer()
            state.servers[run] = server
            return (server, true)
        }
        if isNew {
            let arguments = ["serve", model, "--port", "0", "--grpc-port", "off", "--access-log", "off", "--reload"]
            server.start { [runs] in try runs.program(arguments) }
        }
        return try await onOwnThread("serve") { try server.waitUntilReady() }
    }

    /// Ends the server of a run, and waits for its end.
    func stop(_ run: String) async {
        let server = state.withLock { $0.servers.removeValue(forKey: run) }
        await onOwnThread("serve") { server?.stop() }
    }

    /// Ends all servers, and waits for their ends. No other one starts.
    func stopAll() async {
        let servers = state.withLock { state in
            state.isClosed = true
            defer { state.servers = [:] }
            return Array(state.servers.values)
        }
        for server in servers { server.ask() }
        await onOwnThread("serve") { servers.forEach { $0.stop() } }
    }
}

/// A child that serves a model, and the thread that follows it.
private final class ModelServer: Sendable {
    private enum Phase {
        case starting
        case ready(address: String)
        /// With the reason, if the child ended by itself.
        case ended(String)
    }

    /// The time until it must be ready, and the time to end in order.
    private static let (startTime, endTime) = (Duration.seconds(120), Duration.seconds(5))

    private let state = Monitor((phase: Phase.starting, isStopped: false))

    var address: String? {
        state.withLock { if case .ready(let address) = $0.phase { address } else { nil } }
    }

    var hasEnded: Bool { state.withLock { if case .ended = $0.phase { true } else { false } } }

    /// Starts the child on a thread of its own.
    func start(_ launch: @escaping @Sendable () throws -> ChildProcess) {
        let isStarted = WorkerThread.start("serve") { [self] in
            let reason: String
            do { reason = try follow(try launch()) } catch { reason = "\(error)" }
            state.update { $0.phase = .ended(reason) }
        }
        if !isStarted { state.update { $0.phase = .ended("the system allows no more threads; close other programs") } }
    }

    /// Waits for the address.
    func waitUntilReady() throws -> String {
        let result: Result<String, StudioError> = state.wait { state in
            switch state.phase {
            case .starting: nil
            case .ready(let address): .success(address)
            case .ended(let reason): .failure(StudioError(.failed, "the server could not be started: \(reason)"))
            }
        }
        return try result.get()
    }

    /// Asks the child to end.
    func ask() { state.update { $0.isStopped = true } }

    /// Ends the child, and waits for its end.
    func stop() {
        ask()
        state.wait { state -> Void? in if case .ended = state.phase { () } else { nil } }
    }

    /// Follows the child until its end.
    ///
    /// - Returns: the last line that it printed.
    private func follow(_ process: ChildProcess) throws -> String {
        var messages = LastLines()
        var deadline = ContinuousClock.now + Self.startTime
        var (isReady, wasAsked) = (false, false)
        while true {
            if !wasAsked, state.withLock({ $0.isStopped }) {
                process.interrupt()
                (wasAsked, deadline) = (true, .now + Self.endTime)
            }
            if wasAsked || !isReady, ContinuousClock.now > deadline { process.kill() }
            switch try process.next(until: .now + .milliseconds(100)) {
            case .errors(let bytes):
                messages.add(bytes)
                guard !isReady, let address = messages.lines.lazy.compactMap(Self.address).first else { continue }
                isReady = true
                state.update { $0.phase = .ready(address: address) }
            case .output, .late: break
            case .end: return messages.last ?? "it ended without a message"
            }
        }
    }

    /// Returns the address of a line such as `Serving roses at http://127.0.0.1:40123`.
    private static func address(in line: String) -> String? {
        guard line.hasPrefix("Serving "), let start = line.firstRange(of: " at http://") else { return nil }
        return line[start.lowerBound...].split(separator: " ").dropFirst().first.map(String.init)
    }
}
