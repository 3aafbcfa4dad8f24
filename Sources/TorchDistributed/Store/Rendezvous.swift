internal import CTorch
internal import LibC

/// A process of a group: the name of its host, and the address at which the others reach it.
struct Member {
    let host: String
    var address: String
}

/// The meeting of processes in a store, before they are connected.
struct Rendezvous {
    private let environment: DistributedEnvironment
    private let timeout: Duration

    init(_ environment: DistributedEnvironment, timeout: Duration) {
        (self.environment, self.timeout) = (environment, timeout)
    }

    /// Opens a connection to the store, which rank 0 runs with its first connection unless the launcher does.
    func open(isHost: Bool) throws(DistributedError) -> Store {
        let (place, needsServer) =
            switch environment.rendezvous {
            case .tcp(let host, let port, let isHosted, _): ("the store at \(host):\(port)", !isHosted)
            case .file(let path): ("the file \(path)", false)
            }
        do throws(Store.Failure) {
            return try Store(
                environment.rendezvous, count: environment.count,
                isHost: isHost && needsServer && environment.rank == 0, timeout: timeout)
        } catch {
            let advice = needsServer && environment.rank > 0 ? "; rank 0 runs it" : ""
            throw DistributedError(
                .rendezvous, "rank \(environment.rank) can't use \(place)\(advice): \(error.message)",
                rank: environment.rank)
        }
    }

    /// Publishes this process's host and address, and waits for those of the others.
    func meet(in store: Store) throws(DistributedError) -> [Member] {
        let found: [Member?]
        do throws(Store.Failure) {
            found = try exchange(in: store)
        } catch {
            throw DistributedError(.rendezvous, "the store failed while the processes met: \(error.message)")
        }
        var members = found.compactMap { $0 }
        guard members.count == found.count else {
            let missing = found.indices.filter { found[$0] == nil }.map { "\($0)" }.joined(separator: ", ")
            let reason = Task.isCancelled ? "canceled" : "not there after \(timeout.components.seconds) seconds"
            throw DistributedError(
                .rendezvous,
                "of \(environment.count) processes, these ranks are missing: \(missing) (\(reason)). Check that they "
                    + "were started and that their machines reach the rendezvous",
                rank: found.firstIndex { $0 == nil })
        }
        // On its own host a name may mean the loopback interface, which the other machines do not reach.
        if Self.isLoopback(members[environment.rank].address),
            let other = members.first(where: { !Self.isLoopback($0.address) }),
            let address = Self.address(towards: other.address)
        {
            members[environment.rank].address = address
        }
        return members
    }

    /// The members of all ranks; nil for those that are missing at the end of the time.
    private func exchange(in store: Store) throws(Store.Failure) -> [Member?] {
        let own = Member(host: Self.hostName, address: Self.address(towards: masterHost) ?? "127.0.0.1")
        try store.set("member/\(environment.rank)", "\(own.host)\n\(own.address)")
        let clock = ContinuousClock()
        let end = clock.now + timeout
        var members: [Member?] = []
        for rank in 0..<environment.count {
            let key = "member/\(rank)"
            while try !store.has(key), clock.now < end, !Task.isCancelled { usleep(20_000) }
            guard try store.has(key) else {
                members.append(nil)
                continue
            }
            let parts = try store.get(key).split(separator: "\n").map(String.init)
            members.append(Member(host: parts.first ?? "?", address: parts.last ?? ""))
        }
        return members
    }

    private var masterHost: String {
        switch environment.rendezvous {
        case .tcp(let host, _, _, _): host
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
