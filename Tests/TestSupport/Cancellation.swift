import Foundation

/// Cancels a task as soon as a condition holds, on a thread of its own: Swift's threads may all be at work in other
/// tests, until what the task waits for fails for another reason.
public func cancel<Success, Failure>(
    _ task: Task<Success, Failure>, when condition: @escaping @Sendable () -> Bool
) {
    Thread.detachNewThread {
        while !condition() { usleep(2000) }
        task.cancel()
    }
}
