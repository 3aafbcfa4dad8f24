public import ArgumentParser
public import Serving

extension ServingConfiguration.Observation.AccessLog: ExpressibleByArgument {}

/// Where a server listens.
struct ServingAddressOptions: ParsableArguments {
    @Option(help: "Address to listen on; 0.0.0.0 or :: for all. Default: 127.0.0.1.")
    var host: String?

    @Option(help: "Port for HTTP; 0 for any free one. Default: 8080.")
    var port: Int?

    @Option(help: "Port for gRPC; 0 for any free one, or off. Default: 8081.")
    var grpcPort: PortChoice?

    func apply(to configuration: inout ServingConfiguration) {
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        if let grpcPort { configuration.grpcPort = grpcPort.port }
    }
}

/// The limits of requests and connections.
struct ServingLimitOptions: ParsableArguments {
    @Option(
        help: "Maximum size of the body of a request, such as 16MB. Default: 16MB.",
        transform: { try ByteCount($0) })
    var maxBody: ByteCount?

    @Option(help: "Maximum number of pixels of an image. Default: 89478485.")
    var maxPixels: Int?

    @Option(help: "Maximum number of images that wait. More are refused with status 429. Default: 256.")
    var maxQueue: Int?

    @Option(
        help: "Time in which a request must be answered, such as 500ms or 10s. Default: 10s.",
        transform: { try TimeSpan($0) })
    var timeout: TimeSpan?

    @Option(help: "Maximum number of connections. Default: 1024.")
    var maxConnections: Int?

    @Option(
        help: "Time for accepted requests after SIGTERM or Ctrl-C. Default: 30s.", transform: { try TimeSpan($0) })
    var drain: TimeSpan?

    func apply(to limits: inout ServingConfiguration.Limits) {
        if let maxBody { limits.maxBody = maxBody.bytes }
        if let maxPixels { limits.maxPixels = maxPixels }
        if let maxQueue { limits.maxQueue = maxQueue }
        if let timeout { limits.timeout = timeout.duration }
        if let maxConnections { limits.maxConnections = maxConnections }
        if let drain { limits.drain = drain.duration }
    }
}

/// The use of processors.
struct ServingComputeOptions: ParsableArguments {
    @Option(help: "Number of threads that decode and compute. Default: the number of processors.")
    var workers: Int?

    @Option(
        help: """
            Maximum number of images to compute together. Default: 1, because batches are not faster for most networks \
            on a CPU, and can change the last digits of probabilities.
            """)
    var maxBatch: Int?

    @Option(
        help: """
            Time that an image waits for others, such as 2ms. Single images on an idle server don't wait. Default: 0ms.
            """,
        transform: { try TimeSpan($0) })
    var batchDelay: TimeSpan?

    func apply(to compute: inout ServingConfiguration.Compute) {
        if let workers { compute.workers = workers }
        if let maxBatch { compute.maxBatch = maxBatch }
        if let batchDelay { compute.batchDelay = batchDelay.duration }
    }
}

/// Access to a server.
struct ServingAccessOptions: ParsableArguments {
    @Option(
        help: """
            File with the hashes of API keys, one NAME:HASH per line; see --hash-key. Default: no key is needed.
            """)
    var apiKeys: String?

    @Option(help: "Certificate chain for TLS (PEM), with --tls-key.")
    var tlsCert: String?

    @Option(help: "Private key for TLS (PEM), with --tls-cert.")
    var tlsKey: String?

    @Option(help: "Origin whose pages may use the server, such as https://example.org. Default: none.")
    var allowOrigin: String?

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key require each other.")
        }
    }

    func apply(to security: inout ServingConfiguration.Security) {
        if let apiKeys { security.apiKeys = apiKeys }
        if let tlsCert { security.tlsCertificate = tlsCert }
        if let tlsKey { security.tlsKey = tlsKey }
        if let allowOrigin { security.allowedOrigin = allowOrigin }
    }
}
