internal import CTorch
internal import LibC
internal import Platform
public import TorchNN

/// The processes of a training, connected by LibTorch's c10d: Gloo for tensors on the CPU, and NCCL for those on CUDA
/// devices if LibTorch has it.
///
/// All processes call the same operations in the same order, with tensors of the same shapes and types. Like a tensor,
/// a group stays on the thread that created it.
///
/// If an operation fails because a process is gone, hangs, or has announced a failure, its error names the rank and the
/// host of that process, on all others alike. A process that is gone is noticed at once if its connections close, and
/// otherwise after the time-out. Afterwards the group can't be used any more.
public final class ProcessGroup {
    /// What the launcher has set.
    public let environment: DistributedEnvironment
    /// The name of each rank's host.
    public let hosts: [String]
    /// Whether tensors on CUDA devices are exchanged by NCCL. Otherwise they pass through the memory of the CPU.
    public let usesNCCL: Bool

    let handle: ctorch_group
    private let store: Store
    private let watch: GroupWatch
    private var isOpen = true
    private var hasFailedOperation = false

    /// Whether operations may be in progress that never end.
    var hasFailed: Bool { hasFailedOperation || watch.verdict != nil }

    /// The number of this process.
    public var rank: Int { environment.rank }
    /// The number of processes.
    public var count: Int { environment.count }

    /// Meets the other processes, and connects with them. Loads LibTorch.
    ///
    /// Gloo's connections use the network interface that is named by the environment variable `GLOO_SOCKET_IFNAME`, or
    /// the one by which this machine reaches the rendezvous.
    ///
    /// - Parameters:
    ///   - environment: What the launcher has set.
    ///   - timeout: The time to wait for the other processes, now and in each operation.
    ///   - device: The device of the tensors besides those on the CPU.
    /// - Throws: `DistributedError` with the code `rendezvous` if processes are missing.
    public init(
        _ environment: DistributedEnvironment, timeout: Duration = .seconds(600), device: Device = .cpu
    ) throws(DistributedError) {
        do throws(TorchError) { try LibTorch.load() } catch { throw DistributedError(.unsupported, error.message) }
        let rendezvous = Rendezvous(environment, timeout: timeout)
        let store = try rendezvous.open()
        do throws(DistributedError) {
            let (room, members) = try rendezvous.meet(in: store)
            handle = try Self.connect(environment, store, to: members, timeout: timeout, device: device)
            do throws(DistributedError) {
                watch = try GroupWatch(
                    rendezvous.open(room: room), of: environment, hosts: members.map(\.host))
            } catch {
                ctorch_group_close(handle)
                throw error
            }
            hosts = members.map(\.host)
        } catch {
            store.close()
            throw error
        }
        usesNCCL = ctorch_group_has_nccl(handle)
        (self.environment, self.store) = (environment, store)
    }

    deinit {
        // Without `close`, the others see a lost process, as if this one had ended.
        if isOpen { end { watch.abandon() } }
    }

    /// Announces why this process ends: operations of the others fail with this message. Call `close` or end the process
    /// afterwards.
    public func announce(failure: String) {
        watch.publish(
            DistributedError(
                .processFailed, "rank \(rank) on host \(hosts[rank]) failed: \(failure)", rank: rank, host: hosts[rank])
        )
    }

    /// Ends the connections. Waits some seconds at most. The group can't be used afterwards.
    public func close() {
        if isOpen { end { watch.leave() } }
    }

    private func end(_ leave: () -> Void) {
        isOpen = false
        closeConnections()
        leave()
        store.close()
    }

    /// Closes the connections, which the others notice. This waits for operations that have started, and those of a
    /// failed group may last until the time-out: then the process does not wait for them.
    private func closeConnections() {
        nonisolated(unsafe) let handle = handle
        let isClosed = Monitor(false)
        let hasStarted = WorkerThread.start("group end") {
            ctorch_group_close(handle)
            isClosed.update { $0 = true }
        }
        guard hasStarted else { return }
        _ = isClosed.wait(atMost: hasFailed ? .seconds(1) : .seconds(60)) { $0 ? () : nil }
    }

    private static func connect(
        _ environment: DistributedEnvironment, _ store: Store, to members: [Member], timeout: Duration, device: Device
    ) throws(DistributedError) -> ctorch_group {
        let interface = getenv("GLOO_SOCKET_IFNAME").map { String(cString: $0).prefix { $0 != "," } }
        var group: ctorch_group?
        let status = members[environment.rank].address.withCString { address in
            let device = ctorch_device(type: device.kind.rawValue, index: Int8(clamping: device.index))
            func open(_ interface: UnsafePointer<CChar>?) -> ctorch_status {
                ctorch_group_open(
                    store.handle, Int32(clamping: environment.rank), Int32(clamping: environment.count), interface,
                    address, device, timeout.milliseconds, &group)
            }
            guard let interface, !interface.isEmpty else { return open(nil) }
            return String(interface).withCString(open)
        }
        // A process that has all connections must not close them while others still connect.
        guard status == CTORCH_OK, let group, ctorch_group_barrier(group) == CTORCH_OK else {
            throw DistributedError(
                .rendezvous,
                "rank \(environment.rank) on host \(members[environment.rank].host) can't connect with the other "
                    + "processes from the address \(members[environment.rank].address): \(lastErrorLine()). The "
                    + "environment variable GLOO_SOCKET_IFNAME names a network interface that all machines reach",
                rank: environment.rank, host: members[environment.rank].host)
        }
        return group
    }

    // MARK: Failures

    /// Runs an operation of LibTorch in which this process waits for the others.
    func perform(_ operation: String, _ body: () -> ctorch_status) throws(DistributedError) {
        if let verdict = watch.verdict { throw verdict }
        guard isOpen else { throw DistributedError(.collective, "\(operation) in a closed process group") }
        let status = watch.waiting(body)
        guard status != CTORCH_OK else { return }
        hasFailedOperation = true
        let message = lastErrorLine()
        throw lostProcess(status, message) ?? DistributedError(.collective, "\(operation): \(message)")
    }

    /// Runs work that exchanges tensors, such as a backward pass.
    func performWork(_ body: () throws -> Void) throws {
        if let verdict = watch.verdict { throw verdict }
        do {
            try watch.waiting { Result(catching: body) }.get()
        } catch let error as TorchError {
            hasFailedOperation = true
            let status = error.code == .exception ? CTORCH_EXCEPTION : CTORCH_OPERATOR
            throw lostProcess(status, firstLine(ofMessage: error.message)) ?? error
        }
    }

    /// The failure of another process because of which an operation failed; nil if it failed by itself.
    private func lostProcess(_ status: ctorch_status, _ message: String) -> DistributedError? {
        // Gloo throws plain exceptions, NCCL those of LibTorch.
        guard count > 1, status == CTORCH_EXCEPTION || usesNCCL && status == CTORCH_OPERATOR else { return nil }
        return watch.diagnose(message)
    }
}
