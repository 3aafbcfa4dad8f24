internal import Foundation
internal import Glibc

/// How many threads the system lets this process have.
///
/// Where no more may begin (`ulimit -u`, a container's limit), Swift's and OpenVINO's own pools wait for one, for ever or
/// until they fail. So it is found out before they are asked, by starting threads that do nothing.
package enum ThreadSupply {
    /// The threads that a program needs besides its first: those of Swift's concurrency, and the one for tensors.
    package static let needed = 4

    /// How many threads more can be started, as far as it matters: up to what reading and computing like to have.
    package static let available = started(atMost: needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2)

    /// Whether there are too few for reading images and computing side by side, or too little memory for their stacks, so
    /// that one thread does both.
    package static let isScarce =
        available < needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2 || AddressSpace.isScarce

    /// Starts so many threads, or as many as can be, and ends them all.
    private static func started(atMost count: Int) -> Int {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Hardly any memory, which is another limit.
        pthread_attr_setstacksize(&attributes, 1 << 16)
        let gate = NSLock()
        gate.lock()
        var threads: [pthread_t] = []
        for _ in 0..<count {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, &attributes,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<NSLock>.fromOpaque(argument).takeUnretainedValue().withLock {}
                    return nil
                }, Unmanaged.passUnretained(gate).toOpaque())
            guard status == 0 else { break }
            threads.append(thread)
        }
        gate.unlock()
        for thread in threads { pthread_join(thread, nil) }
        return threads.count
    }
}
