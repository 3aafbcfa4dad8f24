internal import ApusServer
internal import Classifier
internal import Platform
internal import Serving

/// What `apus serve` prints on standard error: each model, and the addresses when the server is ready.
final class ServerDisplay: Sendable {
    private struct State {
        var waiting: Int
        var ready: [String] = []
        var http: String?
        /// The other addresses, such as `gRPC 127.0.0.1:8081`.
        var others: [String] = []
        var isAnnounced = false
        var stop: (@Sendable () async -> Void)?
    }

    private let expectedOthers: Int
    private let scheme: String
    private let messages: MessageOptions
    private let state: Monitor<State>

    init(_ configuration: ServingConfiguration, messages: MessageOptions) {
        expectedOthers = [configuration.grpcPort, configuration.observation.metricsPort].count { $0 != nil }
        scheme = configuration.security.tlsCertificate == nil ? "http" : "https"
        self.messages = messages
        state = Monitor(State(waiting: configuration.models.count))
    }

    /// Keeps what stops the server if no model can be loaded.
    func whenNothingLoads(_ stop: @escaping @Sendable () async -> Void) { state.withLock { $0.stop = stop } }

    /// Whether no model could be loaded.
    var nothingLoaded: Bool { state.withLock { $0.waiting == 0 && $0.ready.isEmpty } }

    /// Shows the event of a model.
    func show(_ event: ModelEvent) {
        switch event {
        case .loaded(let model, let time):
            let count = model.classifier.classes.count
            messages.note(
                "\(title(model.specification)): \(model.summary), \(count.grouped) class\(count == 1 ? "" : "es"), "
                    + "\((time / .seconds(1)).fixed(2)) s")
            settle(model.name)
        case .failed(let model, let error):
            Console.message("apus: \(title(model)): \(Hints.text(of: error))")
            settle(nil)
        case .reloaded(let model, let time):
            messages.note("\(title(model.specification)): reloaded, \((time / .seconds(1)).fixed(2)) s")
        case .reloadFailed(let model, let error):
            Console.message("apus: \(title(model)): \(Hints.text(of: error)); the former model stays")
        }
    }

    private func title(_ model: ModelSpecification) -> String {
        model.version == "1" ? model.name : "\(model.name) \(model.version)"
    }

    /// Counts a model that is loaded, or failed (nil).
    private func settle(_ name: String?) {
        let stop = state.withLock { state in
            state.waiting -= 1
            if let name, !state.ready.contains(name) { state.ready.append(name) }
            return state.waiting == 0 && state.ready.isEmpty ? state.stop : nil
        }
        if let stop {
            Task { await stop() }
        } else {
            announce()
        }
    }

    /// Keeps an address, and shows all when the server is ready.
    func show(_ listening: ApusServer.Address) {
        let address = (listening.host.contains(":") ? "[\(listening.host)]" : listening.host) + ":\(listening.port)"
        state.withLock { state in
            switch listening.service {
            case .http: state.http = "\(scheme)://\(address)"
            case .grpc: state.others.append("gRPC \(address)")
            case .metrics: state.others.append("metrics http://\(address)/metrics")
            }
        }
        announce()
    }

    private func announce() {
        let text = state.withLock { state -> String? in
            guard !state.isAnnounced, state.waiting == 0, !state.ready.isEmpty, let http = state.http,
                state.others.count == expectedOthers
            else { return nil }
            state.isAnnounced = true
            let others = state.others.isEmpty ? "" : " (\(state.others.sorted().joined(separator: ", ")))"
            return "Serving \(state.ready.joined(separator: ", ")) at \(http)\(others)"
        }
        if let text { messages.note(text) }
    }
}
