internal import Glibc

/// A plain thread of the system. Decoding must not block the few threads of Swift's concurrency pool.
package struct WorkerThread {
    private let thread: pthread_t

    /// Starts a thread that runs the body; nil if the system allows no more threads, or so few that others need them.
    package init?(_ body: @escaping @Sendable () -> Void) {
        guard !ThreadSupply.isScarce else { return nil }
        let box = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            return nil
        }
        self.thread = thread
    }

    /// Waits until the body has returned. Call it only once.
    package func join() {
        pthread_join(thread, nil)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
