internal import Apus
internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs a training so that Ctrl-C (SIGINT), SIGTERM and SIGHUP (a terminal that closes) let it save and stop; a second one
/// ends the process at once. SIGHUP stays ignored where it was, as under nohup.
///
/// - Parameter cleanUp: called before anything is told.
func stoppingAtSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result, cleanUp: () -> Void
) async throws -> Result {
    let task = Task { try await body() }
    let stopped = Mutex(SIGINT)
    let sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number -> (Int32, any DispatchSourceSignal)? in
        if number == SIGHUP, isIgnored(number) { return nil }
        // The source is told of a signal that the process ignores.
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
        Console.tell("\(interruption)")
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
