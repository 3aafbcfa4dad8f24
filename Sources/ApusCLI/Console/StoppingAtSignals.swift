internal import Apus
internal import ArgumentParser
internal import Dispatch
internal import LibC
internal import Platform
internal import TorchVision

/// Runs work that signals end in order. Ctrl-C (SIGINT), SIGTERM and SIGHUP (the terminal closes) cancel its task: a
/// training saves its state, a video is closed. A second signal ends the process at once. SIGHUP stays ignored if it
/// was ignored before, as under nohup.
///
/// No code runs in a signal handler: the signals are ignored, and Dispatch reports them on its own thread, which
/// cancels the task and stores the signal number under a lock.
///
/// - Parameters:
///   - deadline: the longest time from the first signal to the end of the process; nil for no limit.
///   - cleanUp: a function that is called before anything is printed.
/// - Throws: `ExitCode` with 128 plus the number of the signal, whatever the error of the canceled work; without a
///   signal the error of the work.
func stoppingAtSignals<Result: Sendable>(
    within deadline: Duration? = nil, _ body: @escaping @Sendable () async throws -> Result, cleanUp: () -> Void
) async throws -> Result {
    // The signals are handled before the work begins: what it starts may be the cause of a signal.
    let stopped = Monitor<(number: Int32?, task: Task<Result, any Error>?)>((nil, nil))
    let sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number -> (Int32, any DispatchSourceSignal)? in
        if number == SIGHUP, isSignalIgnored(number) { return nil }
        // The source reports a signal even if the process ignores it.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            let task = stopped.withLock {
                $0.number = number
                return $0.task
            }
            task?.cancel()
            endAtSignal(number)
            if let deadline {
                DispatchQueue.global().asyncAfter(deadline: .now() + (deadline / .seconds(1))) { _exit(128 + number) }
            }
        }
        source.resume()
        return (number, source)
    }
    defer {
        for (number, source) in sources {
            source.cancel()
            endAtSignal(number)
        }
        cleanUp()
    }
    let task = stopped.withLock { stopped in
        let task = Task { try await body() }
        if stopped.number != nil { task.cancel() }
        stopped.task = task
        return task
    }
    do {
        return try await task.value
    } catch {
        guard let number = stopped.withLock({ $0.number }) else { throw error }
        cleanUp()
        switch error {
        // The work was canceled before it had anything to save.
        case is CancellationError: break
        case let error as WeightsError where error.code == .interrupted: break
        case is TrainingInterruption: Console.message(Hints.text(of: error))
        default: Console.message("apus: \(Hints.text(of: error))")
        }
        // The exit status that a shell reports for a process that the signal ended.
        throw ExitCode(128 + number)
    }
}

/// Lets a signal end the process.
///
/// The system ignores signals to the first process of a container, except for those with a handler. This one does
/// nothing but end the process.
func endAtSignal(_ number: Int32) {
    if getpid() == 1 { signal(number) { _exit(128 + $0) } } else { signal(number, SIG_DFL) }
}

/// Lets signals reach this thread, even if the process was started by a thread that blocks them: a program that runs
/// the command from a thread of Dispatch, as Foundation's `Process` does in a server, could not end it otherwise.
func unblock(_ numbers: [Int32]) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}
