public import Classifier
internal import Foundation
internal import Platform

/// The configuration of a server: what it serves, where, and within which limits.
///
/// As JSON, durations are numbers of seconds, and sizes are numbers of bytes:
/// `{"models": ["flowers.safetensors"], "port": 80, "limits": {"timeout": 2.5}}`. Values that are nil are left out, except
/// for `grpcPort`, whose `null` turns gRPC off.
public struct ServingConfiguration: Codable, Sendable, Hashable {
    /// The models.
    public var models: [ModelSpecification] = []
    /// The address on which the server listens.
    public var host = "127.0.0.1"
    /// The port for HTTP; 0 for any free one.
    public var port = 8080
    /// The port for gRPC; 0 for any free one, nil for no gRPC.
    public var grpcPort: Int? = 8081
    /// The limits.
    public var limits = Limits()
    /// The use of processors.
    public var compute = Compute()
    /// Access to the server.
    public var security = Security()
    /// Metrics and the access log.
    public var observation = Observation()
    /// Whether a model file that is replaced is loaded again.
    public var reload = false

    /// Creates a configuration with default values.
    public init() {}
}

extension ServingConfiguration {
    /// The limits of requests and connections.
    public struct Limits: Codable, Sendable, Hashable {
        /// The maximum size of a request's body in bytes.
        public var maxBody = 16_000_000
        /// The maximum number of pixels of an image.
        public var maxPixels = 89_478_485
        /// The maximum number of images that wait, and of explanations.
        public var maxQueue = 256
        /// The maximum number of images of a request.
        public var maxImages = 64
        /// The time until a request must be answered.
        public var timeout = Duration.seconds(10)
        /// The maximum number of connections.
        public var maxConnections = 1024
        /// The time in which the headers of a request must arrive.
        public var headerTimeout = Duration.seconds(10)
        /// The time after which a connection without requests is closed.
        public var idleTimeout = Duration.seconds(60)
        /// The time for accepted requests after the server is asked to stop.
        public var drain = Duration.seconds(30)
        /// The maximum size of all bodies in memory in bytes. By default a quarter of the machine's or the container's
        /// memory, at most 1 GiB.
        public var memory = min(1 << 30, max(64 << 20, SystemMemory.size / 4))

        /// Creates limits with default values.
        public init() {}
    }

    /// The use of processors.
    public struct Compute: Codable, Sendable, Hashable {
        /// The number of threads that decode and compute; 0 for the number of processors.
        public var workers = 0
        /// The maximum number of images that are computed together.
        public var maxBatch = 1
        /// The time that an image waits for others of its batch.
        public var batchDelay = Duration.zero

        /// Creates the default use.
        public init() {}
    }

    /// Access to the server.
    public struct Security: Codable, Sendable, Hashable {
        /// The path of a file with the hashes of API keys; nil for access without keys.
        public var apiKeys: String?
        /// The path of the certificate chain for TLS, PEM; nil for no TLS.
        public var tlsCertificate: String?
        /// The path of the private key for TLS, PEM.
        public var tlsKey: String?
        /// The origin whose pages may use the server (CORS), such as `https://example.org`; `*` for all; nil for none.
        public var allowedOrigin: String?

        /// Creates access without keys and TLS.
        public init() {}
    }

    /// Metrics and the access log.
    public struct Observation: Codable, Sendable, Hashable {
        /// The formats of the access log.
        public enum AccessLog: String, Codable, Sendable, Hashable, CaseIterable {
            case json
            case text
            case off
        }

        /// The port for `/metrics`; 0 for any free one, nil for the same port as the models.
        public var metricsPort: Int?
        /// The format of the access log.
        public var accessLog = AccessLog.text

        /// Creates the default observation.
        public init() {}
    }
}

// MARK: Reading and checking

extension ServingConfiguration {
    /// Reads a configuration from a JSON file. Settings that the file does not have are at their defaults.
    ///
    /// - Throws: `ApusError` that names the setting if one is unknown or has an invalid value.
    public static func read(_ path: String) throws(ApusError) -> ServingConfiguration {
        guard let bytes = try? fileBytes(path) else {
            throw ApusError(
                .unreadableFile, path: path, "no file to read a configuration from", advice: "give a JSON file")
        }
        do {
            return try JSONDecoder().decode(ServingConfiguration.self, from: Data(bytes))
        } catch let error as ApusError {
            throw error.naming(path: path)
        } catch let error as ServingError {
            throw ApusError(.invalidConfiguration, path: path, name: "models", error.message)
        } catch {
            throw ApusError(.damagedFile, path: path, "it is not JSON", advice: "correct it", underlyingError: error)
        }
    }

    /// Throws an error if a value, or a combination of values, is invalid.
    ///
    /// - Throws: `ApusError` that names the setting.
    public func validate() throws(ApusError) {
        try limits.demandValid(in: "limits.")
        try compute.demandValid(in: "compute.")
        try security.demandValid(in: "security.")
        try observation.demandValid(in: "observation.")
        try demandValid()
        if (security.tlsCertificate == nil) != (security.tlsKey == nil) {
            throw ApusError(
                .invalidConfiguration, name: "security.tlsKey",
                "TLS needs both a certificate and its private key", advice: "set tlsCertificate and tlsKey")
        }
        let ports = [port, grpcPort, observation.metricsPort].compactMap(\.self).filter { $0 != 0 }
        guard Set(ports).count == ports.count else {
            throw ApusError(
                .invalidConfiguration, name: "port", "HTTP, gRPC and metrics can't share a port",
                advice: "use another port for each")
        }
        var names: Set<[String]> = []
        for model in models where !names.insert([model.name, model.version]).inserted {
            throw ApusError(
                .invalidConfiguration, name: "models", value: model.name,
                "there are two models '\(model.name)' of version \(model.version)",
                advice: "give each a name or a version: name=FILE, name@2=FILE")
        }
    }
}

extension ServingConfiguration: SettingGroup {
    static let settings: [Setting<Self>] = [
        Setting("models", \.models, "a list of files, names of networks, or objects with model, name and version"),
        Setting("host", \.host, "an address") { !$0.isEmpty },
        Setting("port", \.port, ports),
        Setting("grpcPort", \.grpcPort, "a port from 0 to 65535, or null") { $0.map(ports.contains) ?? true },
        Setting("limits", group: \.limits),
        Setting("compute", group: \.compute),
        Setting("security", group: \.security),
        Setting("observation", group: \.observation),
        Setting("reload", \.reload, "true or false"),
    ]
}

extension ServingConfiguration.Limits: SettingGroup {
    static let settings: [Setting<Self>] = [
        Setting("maxBody", \.maxBody, 1...1 << 32),
        Setting("maxPixels", \.maxPixels, 1...1 << 31),
        Setting("maxQueue", \.maxQueue, 1...1 << 20),
        Setting("maxImages", \.maxImages, 1...1 << 16),
        Setting("timeout", seconds: \.timeout, 0.001...longest),
        Setting("maxConnections", \.maxConnections, 1...1 << 20),
        Setting("headerTimeout", seconds: \.headerTimeout, 0.001...longest),
        Setting("idleTimeout", seconds: \.idleTimeout, 0.001...longest),
        Setting("drain", seconds: \.drain, 0...longest),
        Setting("memory", \.memory, 1...1 << 44),
    ]
}

extension ServingConfiguration.Compute: SettingGroup {
    static let settings: [Setting<Self>] = [
        Setting("workers", \.workers, 0...1024),
        Setting("maxBatch", \.maxBatch, 1...1024),
        Setting("batchDelay", seconds: \.batchDelay, 0...60),
    ]
}

extension ServingConfiguration.Security: SettingGroup {
    static let settings: [Setting<Self>] = [
        Setting("apiKeys", optional: \.apiKeys, "the path of a file"),
        Setting("tlsCertificate", optional: \.tlsCertificate, "the path of a file"),
        Setting("tlsKey", optional: \.tlsKey, "the path of a file"),
        Setting(
            "allowedOrigin", optional: \.allowedOrigin,
            "an origin such as https://example.org, without a path or a slash at the end, or *"
        ) { $0 == "*" || isOrigin($0) },
    ]
}

extension ServingConfiguration.Observation: SettingGroup {
    static let settings: [Setting<Self>] = [
        Setting("metricsPort", optional: \.metricsPort, "a port from 0 to 65535") { ports.contains($0) },
        Setting("accessLog", \.accessLog, "json, text or off"),
    ]
}

private let ports = 0...65535

/// Whether a text is a scheme and a host, as the header `Origin` has them.
private func isOrigin(_ text: String) -> Bool {
    guard let separator = text.firstRange(of: "://"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        return false
    }
    let host = text[separator.upperBound...]
    return !host.isEmpty && !host.contains { "/?#".contains($0) }
}

/// A year in seconds, so that deadlines can be computed.
private let longest = 31_536_000.0
