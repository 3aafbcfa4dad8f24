internal import Apus
internal import ApusServer
internal import ArgumentParser
internal import Classifier
internal import Inference
internal import LibC
internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Serving
internal import Torch
internal import TorchVision

/// `apus serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve classifiers over HTTP and gRPC.",
        discussion: """
            MODEL is a model file from 'apus train', the name of a pretrained network, or one of them with a name and \
            a version for clients: name=FILE, name@2=FILE. A photo sent to /classify, or to \
            /v1/models/NAME/classify, is answered with what 'apus predict --format json' prints. / is a page to try \
            it, /docs describes all routes, /v2 and gRPC follow the Open Inference Protocol, and /metrics is for \
            Prometheus.

            The server answers until SIGTERM or Ctrl-C. Then it answers the requests that it has accepted, for at \
            most --drain, and ends. A second signal ends it at once. SIGHUP loads model files that changed; the old \
            ones answer meanwhile, and stay if a new one is broken.

            Only this machine can reach the server unless --host is given. Use --api-keys and --tls-cert before you \
            open it to others.

            EXAMPLES
              apus serve runs/mobilenet_v2-1/best.safetensors
              apus serve flowers=flowers.safetensors flowers@2=new.safetensors
              apus serve mobilenet_v2 --port 80 --host 0.0.0.0 --api-keys keys
              apus serve --config serve.json --access-log json
              apus serve flowers.safetensors --tls-cert cert.pem --tls-key key.pem
              apus serve --hash-key camera < key >> keys

            Exit status: 0 after SIGTERM or Ctrl-C, 1 for a failure, also if no model can be loaded, 2 for invalid \
            usage.
            """)

    @Argument(help: "Model files and names of pretrained networks, also as name=FILE or name@2=FILE.")
    var models: [String] = []

    @OptionGroup(title: "Address")
    var address: ServingAddressOptions

    @OptionGroup(title: "Limits")
    var limits: ServingLimitOptions

    @OptionGroup(title: "Compute")
    var compute: ServingComputeOptions

    @OptionGroup(title: "Access")
    var access: ServingAccessOptions

    @Option(help: "Read settings from a JSON file. Other flags override them, and models replace its models.")
    var config: String?

    @Flag(help: "Load model files that change, as SIGHUP does.")
    var reload = false

    @Option(help: "Port for /metrics, without API keys. Default: the same port as the models.")
    var metricsPort: Int?

    @Option(help: "Format of the access log on standard error: json, text or off. Default: text.")
    var accessLog: ServingConfiguration.Observation.AccessLog?

    @Flag(
        help: """
            Read an API key from standard input, print its line for the file of --api-keys, and end. MODEL is the name \
            of the key.
            """)
    var hashKey = false

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        let given = GivenFlags()
        if hashKey {
            let others = given.names.filter { $0 != "--hash-key" }
            guard others.isEmpty else {
                throw ValidationError("\(others[0]) can't be combined with --hash-key.")
            }
            return try KeyLine.check(names: models)
        }
        if models.isEmpty, config == nil { throw ValidationError("Missing expected argument '<models> ...'") }
        // The settings of the file are known only later.
        guard config == nil else { return }
        do {
            let configuration = try configuration()
            try check(given, configuration)
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError(text(of: error))
        }
    }

    /// The settings of the file, with those of the flags.
    private func configuration() throws -> ServingConfiguration {
        var configuration = try config.map { try ServingConfiguration.read($0) } ?? ServingConfiguration()
        if !models.isEmpty { configuration.models = try models.map { try ModelSpecification(argument: $0) } }
        address.apply(to: &configuration)
        limits.apply(to: &configuration.limits)
        compute.apply(to: &configuration.compute)
        access.apply(to: &configuration.security)
        if reload { configuration.reload = true }
        if let metricsPort { configuration.observation.metricsPort = metricsPort }
        if let accessLog { configuration.observation.accessLog = accessLog }
        if messages.quiet, accessLog == nil, config == nil { configuration.observation.accessLog = .off }
        try configuration.validate()
        guard !configuration.models.isEmpty else {
            throw ApusError(.invalidConfiguration, path: config, "it has no models", advice: "add them, or a MODEL")
        }
        return configuration
    }

    private func check(_ given: GivenFlags, _ configuration: ServingConfiguration) throws {
        try given.refuse(
            "--batch-delay", where: configuration.compute.maxBatch == 1, "without --max-batch, which collects images")
    }

    /// The text of an error about settings, with flags in place of their names.
    private func text(of error: any Error) -> String {
        guard let error = error as? ApusError, let name = error.name, let flag = Self.flags[name] else {
            return "\(Hints.text(of: error))."
        }
        return "\(Hints.text(of: error).replacing("the setting '\(name)'", with: flag))."
    }

    private static let flags = [
        "port": "--port", "grpcPort": "--grpc-port", "host": "--host", "limits.maxBody": "--max-body",
        "limits.maxPixels": "--max-pixels", "limits.maxQueue": "--max-queue", "limits.timeout": "--timeout",
        "limits.maxConnections": "--max-connections", "limits.drain": "--drain", "compute.workers": "--workers",
        "compute.maxBatch": "--max-batch", "compute.batchDelay": "--batch-delay",
        "security.allowedOrigin": "--allow-origin", "observation.metricsPort": "--metrics-port",
    ]

    func run() async throws {
        if hashKey { return try KeyLine.printLine(name: models.first) }
        let configuration = try configuration()
        if config != nil { try check(GivenFlags(), configuration) }
        let level: Logger.Level = messages.verbose ? .debug : messages.quiet ? .error : .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        if !configuration.isLocal, configuration.security.apiKeys == nil {
            messages.warn(
                "everyone who can reach \(configuration.host) can use this server; add --api-keys, or keep the default "
                    + "--host")
        }
        try await serve(configuration)
    }

    private func serve(_ configuration: ServingConfiguration) async throws {
        // The studio starts servers.
        ParentProcess.endWithIt()
        // A connection is an open file: those of HTTP and of gRPC, and the files of models.
        ResourceLimit.openFiles.raise(to: 2 * configuration.limits.maxConnections + 256)
        let display = ServerDisplay(configuration, messages: messages)
        let server = try ApusServer(
            configuration, logger: Logger(label: "apus"), explainer: explainPrediction,
            open: { [messages] model in
                try await ImageClassifier.open(
                    model, device: .cpu, inference: InferenceOptions(engine: .openvino), messages: messages)
            }, events: { display.show($0) }, onListening: { display.show($0) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: Logger(label: "apus")))
        display.whenNothingLoads { await group.triggerGracefulShutdown() }
        let signals = ServerSignals(
            stopping: "Stopping after the accepted requests; a second signal ends the server at once.",
            stop: { await group.triggerGracefulShutdown() }, reload: { await server.registry.reloadChanged() },
            messages: messages)
        defer { signals.end() }
        try await group.run()
        if display.nothingLoaded { throw ExitCode(1) }
    }
}

extension ServingConfiguration {
    /// Whether only this machine can reach the server.
    fileprivate var isLocal: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
