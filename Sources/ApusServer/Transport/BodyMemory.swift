internal import Platform
internal import Serving

/// The memory for the bodies of all requests that are not answered yet, and for the images of explanations that run
/// longer than their requests.
package final class BodyMemory: Sendable {
    private let used = Monitor(0)
    private let limit: Int

    /// - Parameter limit: the maximum size of all bodies in bytes.
    package init(limit: Int) { self.limit = limit }

    /// Reserves memory for more bytes of a body.
    ///
    /// - Throws: `ServingError` if there is not enough.
    func reserve(_ count: Int) throws(ServingError) {
        let fits = used.withLock { used in
            guard used + count <= limit else { return false }
            used += count
            return true
        }
        guard fits else {
            throw ServingError(
                .queueFull, "the bodies of other requests use all memory that the server has for them; try again later",
                retryAfter: 1)
        }
    }

    /// Returns memory.
    func release(_ count: Int) { used.withLock { $0 -= count } }
}
