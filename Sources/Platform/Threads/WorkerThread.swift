internal import CPlatform
internal import LibC

/// A plain thread of the system. Decoding must not block the few threads of Swift's concurrency pool.
package struct WorkerThread {
    private let thread: SystemThread

    /// Starts a thread that runs the body; nil if the system allows no more threads, or so few that others need them.
    package init?(_ body: @escaping @Sendable () -> Void) {
        guard !ThreadSupply.isScarce, let thread = Self.create(body) else { return nil }
        self.thread = thread
    }

    /// Starts a thread with a name that runs the body, and that nothing waits for. It is started even if others need
    /// threads. Returns false if the system allows no more.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let thread = create {
            cplatform_name_thread(name)
            body()
        }
        guard let thread else { return false }
        thread.detach()
        return true
    }

    private static func create(_ body: @escaping @Sendable () -> Void) -> SystemThread? {
        // Backward passes of deep networks recurse; 8 MiB, as for a main thread, are safe.
        SystemThread(stackSize: 8 << 20, body)
    }

    /// Waits until the body has returned. Call it only once.
    package func join() {
        thread.join()
    }
}
