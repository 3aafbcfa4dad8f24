internal import CTorch
internal import LibC

/// A process of a group: the name of its host, and the address at which the others reach it.
struct Member {
    let host: String
    var address: String
}

/// The meeting of processes in a store, before they are connected.
///
/// A launcher's store also has what the processes of earlier starts wrote, and launchers on several computers may count
/// starts differently. So rank 0 opens a room with a new name, each process enters it, and the room is complete when
/// rank 0 has seen all of them there: the room of an earlier start, whose rank 0 is gone, never becomes complete. The
/// keys: `room` with its name, and in it `member/RANK` and `complete`.
struct Rendezvous {
    private let environment: DistributedEnvironment
    private let timeout: Duration

    init(_ environment: DistributedEnvironment, timeout: Duration) {
        (self.environment, self.timeout) = (environment, timeout)
    }

    /// Opens a connection to the store. Rank 0 runs it with its first connection, which is in no room, unless the launcher
    /// does.
    func open(room: String? = nil) throws(DistributedError) -> Store {
        let (place, needsServer) =
            switch environment.rendezvous {
            case .tcp(let host, let port, let isHosted): ("the store at \(host):\(port)", !isHosted)
            case .file(let path): ("the file \(path)", false)
            }
        do throws(Store.Failure) {
            let store = try Store(
                environment.rendezvous, isHost: room == nil && needsServer && environment.rank == 0, timeout: timeout)
            if let room { try store.add(prefix: room) }
            return store
        } catch {
            let advice = needsServer && environment.rank > 0 ? "; rank 0 runs it" : ""
            throw DistributedError(
                .rendezvous, "rank \(environment.rank) can't use \(place)\(advice): \(error.message)",
                rank: environment.rank)
        }
    }

    /// Publishes this process's host and address, and waits for those of the others. Returns them by rank, and the room
    /// where they met, in which the store is from now on.
    func meet(in store: Store) throws(DistributedError) -> (room: String, members: [Member]) {
        let room: String
        let missing: [Int]
        var members: [Member] = []
        do throws(Store.Failure) {
            (room, missing) = try enter(store)
            try store.add(prefix: room)
            if missing.isEmpty { members = try self.members(in: store) }
        } catch {
            throw DistributedError(.rendezvous, "the store failed while the processes met: \(error.message)")
        }
        guard missing.isEmpty else {
            let ranks = missing.map { "\($0)" }.joined(separator: ", ")
            let reason = Task.isCancelled ? "canceled" : "not there after \(timeout.components.seconds) seconds"
            throw DistributedError(
                .rendezvous,
                "of \(environment.count) processes, these ranks are missing: \(ranks) (\(reason)). Check that they "
                    + "were started and that their machines reach the rendezvous", rank: missing[0])
        }
        // On its own host a name may mean the loopback interface, which the other machines do not reach.
        if Self.isLoopback(members[environment.rank].address),
            let other = members.first(where: { !Self.isLoopback($0.address) }),
            let address = Self.address(towards: other.address)
        {
            members[environment.rank].address = address
        }
        return (room, members)
    }

    /// Enters the room, and waits until it is complete. Returns its name, and who is missing at the end of the time.
    private func enter(_ store: Store) throws(Store.Failure) -> (room: String, missing: [Int]) {
        let isFirst = environment.rank == 0
        // Before a failure there may have been fewer processes, or more.
        let size = "\(environment.count)-"
        let mark = size + String(UInt64.random(in: .min ... .max), radix: 36)
        let address = Self.address(towards: masterHost) ?? "127.0.0.1"
        let entry = "\(Self.hostName)\n\(address)\n\(mark)"
        if isFirst { try store.set("room", mark) }
        var room = ""
        // In the room of an earlier start, another process has this rank.
        var isIn = false
        let clock = ContinuousClock()
        let end = clock.now + timeout
        while clock.now < end, !Task.isCancelled {
            if try store.has("room") {
                let current = try isFirst ? mark : store.get("room")
                if current != room, current.hasPrefix(size) {
                    room = current
                    isIn = try store.setOnce("\(room)/member/\(environment.rank)", entry) == entry
                }
                if isFirst, try absent(room, store).isEmpty { try store.set("\(room)/complete") }
                if isIn, try store.has("\(room)/complete") { return (room, []) }
            }
            usleep(20_000)
        }
        guard isIn else { return (room, (0..<environment.count).filter { $0 != environment.rank }) }
        let missing = try absent(room, store)
        // Where all are there, rank 0 has not seen it.
        return (room, missing.isEmpty ? [0] : missing)
    }

    private func absent(_ room: String, _ store: Store) throws(Store.Failure) -> [Int] {
        var absent: [Int] = []
        for rank in 0..<environment.count where try !store.has("\(room)/member/\(rank)") { absent.append(rank) }
        return absent
    }

    /// The members by rank, from a store that is in the room.
    private func members(in store: Store) throws(Store.Failure) -> [Member] {
        var members: [Member] = []
        for rank in 0..<environment.count {
            let parts = try store.get("member/\(rank)").split(separator: "\n").map(String.init)
            members.append(Member(host: parts.first ?? "?", address: parts.count > 1 ? parts[1] : ""))
        }
        return members
    }

    private var masterHost: String {
        switch environment.rendezvous {
        case .tcp(let host, _, _): host
        case .file: "127.0.0.1"
        }
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    private static func address(towards host: String) -> String? {
        text { ctorch_local_address(host, $0, $1) }
    }

    private static var hostName: String { text { gethostname($0, $1 - 1) == 0 } ?? "unknown" }

    private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int) -> Bool) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let isFilled = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { fill($0, buffer.count) } ?? false
        }
        return isFilled ? String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
