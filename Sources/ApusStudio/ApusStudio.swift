internal import ApusServer
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
public import ServiceLifecycle
internal import Serving
internal import StudioProject

/// A local web studio: from a folder of photos to a classifier, in the browser.
///
/// The project lives in `.apus` in the folder. Photos are never moved, changed or uploaded.
public struct ApusStudio: Service {
    /// Where the studio listens, and what it may do.
    public struct Options: Sendable, Hashable {
        /// The address on which the studio listens. Other addresses than those of this machine let others in.
        public var host = "127.0.0.1"
        /// The port; 0 for any free one.
        public var port = 8090
        /// Whether nothing can be changed.
        public var isReadOnly = false

        /// Creates the default options.
        public init() {}
    }

    private let options: Options
    private let logger: Logger
    private let context: StudioContext
    private let session: StudioSession
    private let features: FeatureService
    private let labels: LabelService
    private let runs: RunService
    private let use: UseRoutes
    private let onListening: @Sendable (ApusStudio, Int) -> Void

    /// Opens the project of a folder. The studio does not listen yet.
    ///
    /// - Parameters:
    ///   - folder: the folder with photos. It becomes a project if it is none.
    ///   - options: where the studio listens, and what it may do.
    ///   - executable: the path of the program `apus`, which trains, exports and serves.
    ///   - logger: the log.
    ///   - onListening: called with the studio and its port when it listens.
    /// - Throws: an error if there is no such folder, it can't be written, or another studio has it open.
    public init(
        folder: String, options: Options = Options(), executable: String, logger: Logger,
        onListening: @escaping @Sendable (ApusStudio, Int) -> Void = { _, _ in }
    ) throws {
        (self.options, self.logger, self.onListening) = (options, logger, onListening)
        let project = try Project(at: folder, isReadOnly: options.isReadOnly)
        context = try StudioContext(project, executable: executable)
        session = StudioSession(project)
        features = FeatureService(context)
        labels = LabelService(context, features)
        runs = RunService(context)
        use = UseRoutes(context, runs)
    }

    /// Returns an address for a browser, with a token that works once.
    ///
    /// - Parameter port: the port on which the studio listens.
    public func address(port: Int) -> String {
        let host = ["0.0.0.0", "::"].contains(options.host) ? "127.0.0.1" : options.host
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/?token=\(session.makeToken())"
    }

    /// Serves the page until a graceful shutdown has ended, or the task is canceled. Runs in training save their state.
    ///
    /// - Throws: `ApusError` if the port can't be used.
    public func run() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            try await withGracefulShutdownHandler {
                try await serve(on: loops)
            } onGracefulShutdown: { [hub = context.hub] in
                hub.close()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        context.hub.close()
        await context.jobs.close()
        await use.stopAll()
        await runs.stopAll()
        try? await loops.shutdownGracefully()
        try result.get()
    }

    private func serve(on loops: MultiThreadedEventLoopGroup) async throws {
        var limits = ServingConfiguration.Limits()
        limits.maxConnections = 256
        let answers = StudioAnswers(
            session: session, routes: routes, isReadOnly: options.isReadOnly, host: options.host,
            memory: BodyMemory(limit: limits.memory), logger: logger)
        let listener = try HTTPListener(
            host: options.host, port: options.port, limits: limits, on: loops, logger: logger,
            respond: { await answers.response(to: $0, on: $1) }, onListening: { onListening(self, $1) })
        if !options.isReadOnly { _ = DataRoutes.scan(context) { [labels] in labels.photosChanged() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: .seconds(15))) != nil { context.hub.ping() }
            }
            try await listener.run()
            group.cancelAll()
        }
    }

    private var routes: RouteTable {
        let models = RunModels(runs)
        let groups: [any RouteGroup] = [
            StateRoutes(context: context, features: features, labels: labels, runs: runs),
            DataRoutes(context, onEdit: { [labels] in labels.photosChanged() }),
            LabelRoutes(context, labels, features), CleanRoutes(context, features),
            TrainRoutes(context, runs, onDelete: { [use] in await use.forget($0) }),
            ResultRoutes(context, runs, models: models), TryRoutes(context, runs, features, models: models), use,
        ]
        var table = RouteTable()
        for group in groups { group.add(to: &table) }
        return table
    }
}
