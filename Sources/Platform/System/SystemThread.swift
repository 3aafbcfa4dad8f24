internal import LibC

/// A thread of the system.
package struct SystemThread: @unchecked Sendable {
    // `@unchecked` is safe because the handle is only a number or an address for the system.
    private let handle: pthread_t

    /// The smallest stack that every system allows: on ARM it is twice that of other processors.
    package static let smallestStack = 1 << 17

    /// Starts a thread that runs the body; nil if the system allows no more threads.
    ///
    /// - Parameter stackSize: The size of its stack in bytes; nil for the system's default.
    package init?(stackSize: Int? = nil, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
        let box = Unmanaged.passRetained(Body(run: body))
        #if canImport(Glibc)
            var handle = pthread_t()
        #else
            var handle: pthread_t?
        #endif
        let status = pthread_create(
            &handle, &attributes,
            { argument in
                // Not optional on every system.
                let argument: UnsafeMutableRawPointer? = argument
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        let started: pthread_t? = handle
        guard status == 0, let started else {
            box.release()
            return nil
        }
        self.handle = started
    }

    /// Waits until the body has returned. Call it once, or `detach`.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets the system forget the thread when its body has returned. Nothing may wait for it then.
    package func detach() {
        pthread_detach(handle)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
