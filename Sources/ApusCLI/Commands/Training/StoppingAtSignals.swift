internal import Apus
internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import Platform
internal import TorchVision

/// Runs a training so that Ctrl-C (SIGINT), SIGTERM and SIGHUP (a terminal that closes) let it save and stop; a second one
/// ends the process at once. SIGHUP stays ignored where it was, as under nohup.
///
/// No code of ours runs in a signal handler: the signals are ignored, and Dispatch reports them on a thread of its own, which
/// cancels the task and remembers the number under a lock.
///
/// - Parameter cleanUp: called before anything is printed.
func stoppingAtSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result, cleanUp: () -> Void
) async throws -> Result {
    let task = Task { try await body() }
    let stopped = Monitor(SIGINT)
    let sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number -> (Int32, any DispatchSourceSignal)? in
        if number == SIGHUP, isIgnored(number) { return nil }
        // The source reports a signal although the process ignores it.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            stopped.withLock { $0 = number }
            task.cancel()
            signal(number, SIG_DFL)
        }
        source.resume()
        return (number, source)
    }
    defer {
        for (number, source) in sources {
            source.cancel()
            signal(number, SIG_DFL)
        }
        cleanUp()
    }
    do {
        return try await task.value
    } catch let interruption as TrainingInterruption {
        cleanUp()
        Console.tell(Hints.text(of: interruption))
        // As a shell has it of a process that the signal ended.
        throw ExitCode(128 + stopped.withLock { $0 })
    }
}

/// Whether the process was started with this signal ignored.
private func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}
