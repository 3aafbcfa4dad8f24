internal import ApusStudio
internal import ArgumentParser
internal import Classifier
internal import LibC
internal import Logging
internal import Platform
internal import ServiceLifecycle

/// `apus studio`
struct StudioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studio",
        abstract: "From photos to a classifier, in the browser.",
        discussion: """
            Opens a web page for the photos in FOLDER: look at them, label and clean them, train, understand the \
            results, try the classifier and use it. The photos may be in a folder for each class, in a table, or \
            without labels. They are never moved, changed or uploaded; everything else is in FOLDER/.apus.

            The printed address works once, in one browser. For another one, press Enter in the terminal.

            EXAMPLES
              apus studio photos
              apus studio photos --no-open --port 9000
              apus studio photos --read-only

            Exit status: 0 after Ctrl-C or SIGTERM, 1 for a failure, also if another studio has the folder open, 2 for \
            invalid usage. Training that runs saves its state before the studio ends, and can be resumed.
            """)

    @Argument(help: "Folder with photos.")
    var folder = "."

    @Option(help: "Port of the page; 0 for any free one.")
    var port = 8090

    @Option(help: "Address to listen on. Others than those of this machine let others in.")
    var host = "127.0.0.1"

    @Flag(help: "Don't open the page in the browser of this machine.")
    var noOpen = false

    @Flag(help: "Allow nothing to be changed.")
    var readOnly = false

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be a number from 0 to 65535.") }
    }

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = messages.verbose ? .debug : .error
            return handler
        }
        if !Self.isLocal(host) {
            messages.warn("everyone who can reach \(host) and knows the address can use this studio")
        }
        guard let executable = executablePath else {
            throw ApusError(.systemFailure, "the system does not tell the path of this program", advice: "mount /proc")
        }
        var options = ApusStudio.Options()
        (options.host, options.port, options.isReadOnly) = (host, port, readOnly)
        let studio = try ApusStudio(
            folder: folder, options: options, executable: executable, logger: Logger(label: "apus")
        ) { studio, port in
            announce(studio, port)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: studio)], logger: Logger(label: "apus")))
        let signals = ServerSignals(
            stopping: "Stopping; training saves its state. A second signal ends the studio at once.",
            stop: { await group.triggerGracefulShutdown() }, messages: messages)
        defer { signals.end() }
        try await group.run()
    }

    /// Prints the address, opens it, and prints another one for each line that is entered.
    private func announce(_ studio: ApusStudio, _ port: Int) {
        let address = studio.address(port: port)
        try? Console.write("Studio: \(address)")
        if !noOpen { Self.showPage(at: studio.address(port: port)) }
        guard isatty(STDIN_FILENO) == 1 else { return }
        messages.note("Ctrl-C ends the studio. Press Enter for a new address.")
        _ = WorkerThread.start("addresses") {
            while readLine() != nil { try? Console.write("Studio: \(studio.address(port: port))") }
        }
    }

    /// Opens an address in the browser, if there is a desktop.
    private static func showPage(at address: String) {
        #if canImport(Darwin)
            let program = "open"
        #else
            let displays = ["DISPLAY", "WAYLAND_DISPLAY"]
            guard displays.contains(where: { (name: String) in getenv(name) != nil }) else { return }
            let program = "xdg-open"
        #endif
        guard let path = ExecutableFile.path(of: program) else { return }
        _ = WorkerThread.start("browser") {
            guard let browser = try? ChildProcess(path, [address]) else { return }
            // Some systems run the browser itself as this process, which ends with the object.
            while let event = try? browser.next(until: .now + .seconds(3600)) {
                if case .end = event { return }
            }
        }
    }

    private static func isLocal(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
