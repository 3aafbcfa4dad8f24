// Values shared by the command's threads: progress and failures from decode workers, the number of a signal from
// Dispatch, and a task that the signal cancels. scripts/checks/threads runs this under ThreadSanitizer.
internal import Dispatch
internal import Foundation
internal import LibC

struct Shared {
    var done = 0
    var failures: [String: Int] = [:]
    var ended = 0
    var signal: Int32 = 0
}

let workers = 8
let images = 5000

func run() async -> Shared {
    let shared = Monitor(Shared())
    let task = Task {
        while !Task.isCancelled {
            shared.withLock { $0.done += 1 }
            try? await Task.sleep(nanoseconds: 100_000)
        }
    }
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT)
    source.setEventHandler {
        shared.update { $0.signal = SIGINT }
        task.cancel()
    }
    source.resume()
    for number in 0..<workers {
        Thread.detachNewThread {
            for image in 0..<images {
                shared.withLock { shared in
                    shared.done += 1
                    shared.failures["worker \(number)", default: 0] += image & 1
                }
            }
            shared.update { $0.ended += 1 }
        }
    }
    _ = shared.wait { $0.ended == workers ? true : nil }
    kill(getpid(), SIGINT)
    _ = shared.wait { $0.signal != 0 ? true : nil }
    await task.value
    return shared.withLock { $0 }
}

// Not on the main actor, which runs the top-level code of this file.
let shared = await Task.detached { await run() }.value
let failures = shared.failures.values.reduce(0, +)
print(shared.done >= workers * images, failures == workers * images / 2, shared.signal == SIGINT)
