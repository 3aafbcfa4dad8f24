internal import Apus
internal import ArgumentParser
internal import Dispatch
internal import Glibc

/// Runs a training so that Ctrl-C (SIGINT) and SIGTERM let it save and stop; a second one ends the process at once.
///
/// - Parameter cleanUp: called before anything is told.
func stoppingAtSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result, cleanUp: () -> Void
) async throws -> Result {
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
        // The source is told of a signal that the process ignores.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
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
        // As a shell has it of a process that SIGINT ended.
        throw ExitCode(128 + SIGINT)
    }
}
