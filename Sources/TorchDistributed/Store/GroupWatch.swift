internal import Platform

/// Watches the processes of a group from a thread of its own, with its own connection to the store.
///
/// The thread answers roll calls while this process waits in an operation, holds the first failure that any process
/// has published, and finds out who is missing when an operation of this process fails. The keys: `alarm` after a
/// failure, `answer/RANK` with what the process does, `failure` with the verdict, which all processes adopt, and
/// `left/RANK` for a process that no longer needs the store.
final class GroupWatch: Sendable {
    private enum Request {
        case publish(DistributedError)
        case diagnose(symptom: String)
        case leave, abandon
    }

    private struct State {
        var request: Request?
        var verdict: DistributedError?
        /// Whether this process waits in an operation.
        var isWaiting = false
        /// Whether the thread has ended.
        var hasEnded = false
        /// The number of roll calls without a verdict.
        var fruitlessDiagnoses = 0
    }

    private let state = Monitor(State())
    private let environment: DistributedEnvironment
    private let hosts: [String]

    private static let interval = Duration.milliseconds(500)
    private static let patience = Duration.seconds(3)

    /// Starts the thread. The watch closes the store.
    init(_ store: Store, of environment: DistributedEnvironment, hosts: [String]) throws(DistributedError) {
        (self.environment, self.hosts) = (environment, hosts)
        guard WorkerThread.start("group watch", { self.run(store) }) else {
            throw DistributedError(.unsupported, "the system allows this process no more threads")
        }
    }

    /// The failure that ended the group.
    var verdict: DistributedError? { state.withLock { $0.verdict } }

    /// Runs an operation in which this process waits for others.
    func waiting<Result>(_ body: () -> Result) -> Result {
        state.withLock { $0.isWaiting = true }
        defer { state.withLock { $0.isWaiting = false } }
        return body()
    }

    /// Publishes that this process ends, and why.
    func publish(_ error: DistributedError) {
        _ = ask(.publish(error)) { $0.verdict }
    }

    /// Finds the process because of which an operation failed; nil if all are there.
    func diagnose(_ symptom: String) -> DistributedError? {
        let before = state.withLock { $0.fruitlessDiagnoses }
        let answer = ask(.diagnose(symptom: symptom)) { state -> DistributedError?? in
            if let verdict = state.verdict { return verdict }
            return state.fruitlessDiagnoses > before ? .some(nil) : nil
        }
        return answer ?? storeLoss
    }

    /// Ends the thread after the others had time to read what they need.
    func leave() { _ = ask(.leave) { $0.hasEnded ? () : nil } }

    /// Ends the thread without a word.
    func abandon() { state.update { $0.request = .abandon } }

    /// Asks the thread, and waits for it. It may be stuck in a call, if the store's host is unreachable.
    private func ask<Result>(_ request: Request, _ answer: (State) -> Result?) -> Result? {
        state.update { $0.request = request }
        let result = state.wait(atMost: Self.patience * 3) { state -> Result?? in
            if let result = answer(state) { return .some(result) }
            return state.hasEnded ? .some(nil) : nil
        }
        return result ?? nil
    }

    private func run(_ store: Store) {
        var hasAnswered = false
        var isGone = false
        while !isGone {
            let request = state.wait(atMost: Self.interval) { state -> Request? in
                defer { state.request = nil }
                return state.request
            }
            do throws(Store.Failure) {
                switch request {
                case .publish(let error):
                    adopt(try store.setOnce("failure", Self.encoded(error)))
                    try store.set("alarm")
                case .diagnose(let symptom): try callRoll(symptom, store)
                case .leave:
                    try sayGoodbye(store)
                    isGone = true
                case .abandon: isGone = true
                case nil: break
                }
                if !isGone, try store.has("alarm") { try answer(store, &hasAnswered) }
            } catch {
                // Only the main thread reports the loss, if an operation fails: a process that has all may end.
                if case .diagnose = request { state.update { $0.verdict = $0.verdict ?? storeLoss } }
                isGone = true
            }
        }
        store.close()
        state.update { $0.hasEnded = true }
    }

    /// Answers a roll call, and adopts its result if there is one.
    private func answer(_ store: Store, _ hasAnswered: inout Bool) throws(Store.Failure) {
        if !hasAnswered {
            let isWaiting = state.withLock { $0.isWaiting }
            try store.set("answer/\(environment.rank)", isWaiting ? "waiting" : "busy")
            hasAnswered = true
        }
        guard verdict == nil, try store.has("failure") else { return }
        adopt(try store.get("failure"))
        try store.set("left/\(environment.rank)")
    }

    private func adopt(_ failure: String) {
        let error = Self.decoded(failure)
        state.update { $0.verdict = $0.verdict ?? error }
    }

    /// Waits for the answers of all processes, and publishes who is missing.
    private func callRoll(_ symptom: String, _ store: Store) throws(Store.Failure) {
        guard verdict == nil else { return }
        try store.set("answer/\(environment.rank)", "waiting")
        try store.set("alarm")
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        var missing = Array(0..<environment.count)
        while !missing.isEmpty, clock.now < end {
            if try store.has("failure") { return adopt(try store.get("failure")) }
            var silent: [Int] = []
            for rank in missing where try !store.has("answer/\(rank)") { silent.append(rank) }
            missing = silent
            if !missing.isEmpty { _ = state.wait(atMost: .milliseconds(50)) { _ in Never?.none } }
        }
        var error = missing.first.map { lost($0, missing, symptom) }
        if error == nil, symptom.lowercased().utf8.firstRange(of: "timed out".utf8) != nil {
            for rank in 0..<environment.count where try store.get("answer/\(rank)") == "busy" {
                error = hangs(rank, symptom)
                break
            }
        }
        if let error {
            adopt(try store.setOnce("failure", Self.encoded(error)))
        } else {
            state.update { $0.fruitlessDiagnoses += 1 }
        }
    }

    /// Leaves the store. The process that runs it stays until the others have left, or for some seconds.
    private func sayGoodbye(_ store: Store) throws(Store.Failure) {
        try store.set("left/\(environment.rank)")
        guard case .tcp(_, _, false) = environment.rendezvous, environment.rank == 0 else { return }
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        for rank in 1..<environment.count where rank != verdict?.rank {
            while try !store.has("left/\(rank)"), clock.now < end {
                _ = state.wait(atMost: .milliseconds(20)) { _ in Never?.none }
            }
        }
    }

    // MARK: Verdicts

    private func lost(_ rank: Int, _ all: [Int], _ symptom: String) -> DistributedError {
        let others = all.dropFirst().map { "\($0) on host \(hosts[$0])" }
        let also = others.isEmpty ? "" : ", and so are \(others.joined(separator: ", "))"
        return DistributedError(
            .processLost,
            "rank \(rank) on host \(hosts[rank]) is lost\(also): it was killed or stopped, its machine failed, or its "
                + "network is cut (\(symptom))", rank: rank, host: hosts[rank])
    }

    private func hangs(_ rank: Int, _ symptom: String) -> DistributedError {
        DistributedError(
            .processHangs,
            "rank \(rank) on host \(hosts[rank]) hangs: it runs, but did not come to the operation in which the others "
                + "wait (\(symptom))", rank: rank, host: hosts[rank])
    }

    private var storeLoss: DistributedError {
        switch environment.rendezvous {
        case .tcp(_, _, false):
            DistributedError(
                .processLost,
                "rank 0 on host \(hosts[0]) is lost: it was killed, its machine failed, or its network is cut "
                    + "(the store that it runs does not answer)", rank: 0, host: hosts[0])
        case .tcp(let host, let port, _):
            DistributedError(
                .processLost,
                "the launcher's store at \(host):\(port) does not answer: the launcher or its machine has ended, or "
                    + "the network is cut", host: host)
        case .file(let path):
            DistributedError(.collective, "the file \(path), in which the processes meet, can't be used")
        }
    }

    // MARK: Values of the store

    private static func encoded(_ error: DistributedError) -> String {
        let rank = error.rank.map { "\($0)" } ?? ""
        return "\(error.code.rawValue)\n\(rank)\n\(error.host ?? "")\n\(error.message.prefix(4000))"
    }

    private static func decoded(_ text: String) -> DistributedError {
        let parts = text.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return DistributedError(.processFailed, text) }
        return DistributedError(
            DistributedError.Code(rawValue: parts[0]) ?? .processFailed, parts[3], rank: Int(parts[1]),
            host: parts[2].isEmpty ? nil : parts[2])
    }
}
