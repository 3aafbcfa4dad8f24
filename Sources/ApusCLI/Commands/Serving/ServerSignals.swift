internal import Dispatch
internal import LibC
internal import Platform

/// The signals of a server: SIGTERM and SIGINT (Ctrl-C) stop it in order, and a second one ends the process at once.
/// SIGHUP reloads its models, or stops a server that has none.
///
/// No code runs in a signal handler: Dispatch reports the signals on its own thread.
struct ServerSignals {
    private let sources: [any DispatchSourceSignal]

    /// Begins to receive the signals.
    ///
    /// - Parameters:
    ///   - stopping: what is printed when the server stops.
    ///   - stop: stops the server.
    ///   - reload: loads models that changed; nil if there are none.
    ///   - messages: prints notes.
    init(
        stopping: String, stop: @escaping @Sendable () async -> Void,
        reload: (@Sendable () async -> Void)? = nil, messages: MessageOptions
    ) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // The source reports a signal even if the process ignores it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if number == SIGHUP, let reload {
                    messages.note("SIGHUP: looking for model files that changed")
                    Task { await reload() }
                    return
                }
                messages.note(stopping)
                for number in [SIGINT, SIGTERM] { endAtSignal(number) }
                Task { await stop() }
            }
            source.resume()
            return source
        }
    }

    /// Ends the receipt of signals: they end the process from now on.
    func end() {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM, SIGHUP] { endAtSignal(number) }
    }
}
