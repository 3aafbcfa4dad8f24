internal import LibC
internal import Platform
internal import TestSupport
import TorchDistributed

/// Runs the processes of a group as threads of this one, which meet in a file. Returns their results by rank.
///
/// The rank `lost` ends without closing its group, as a killed process does.
func withRanks<Result: Sendable>(
    _ count: Int, timeout: Duration = .seconds(60), lost: Int? = nil,
    _ body: @escaping @Sendable (ProcessGroup) throws -> Result
) async throws -> [Result] {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await withEnvironments(count, at: .file(folder.path("store"))) { environment in
        let group = try ProcessGroup(environment, timeout: timeout)
        defer { if group.rank != lost { group.close() } }
        return try body(group)
    }
}

/// Runs a body for each rank on a thread of its own.
func withEnvironments<Result: Sendable>(
    _ count: Int, at rendezvous: DistributedEnvironment.Rendezvous,
    _ body: @escaping @Sendable (DistributedEnvironment) throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { tasks in
        for rank in 0..<count {
            tasks.addTask {
                let environment = DistributedEnvironment(rank: rank, count: count, rendezvous: rendezvous)
                return (rank, try await onOwnThread("rank \(rank)") { try body(environment) })
            }
        }
        var results = [Result?](repeating: nil, count: count)
        for try await (rank, result) in tasks { results[rank] = result }
        return results.compactMap { $0 }
    }
}

/// The error of a body; nil if it returns.
func failure(_ body: () throws -> Void) -> DistributedError? {
    do { try body() } catch { return error as? DistributedError }
    return nil
}

/// A TCP port of this machine that no server uses.
func unusedPort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isBound else { throw DistributedError(.unsupported, "no port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
