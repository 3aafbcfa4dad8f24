internal import Classifier
internal import HTTPTypes
internal import HummingbirdCore
internal import Images
internal import NIOCore
internal import Serving
internal import Tracing

/// Answers the requests of a port.
struct HTTPAnswers: Sendable {
    /// The routes of a port.
    enum Scope: Sendable {
        case all
        /// The metrics have a port of their own.
        case withoutMetrics
        /// The metrics and the health, without API keys.
        case metrics
    }

    let service: ClassificationService
    let scope: Scope
    let keys: APIKeys?
    let metrics: PrometheusMetrics
    let log: AccessLog

    private var limits: ServingConfiguration.Limits { service.configuration.limits }
    private var allowedOrigin: String? { service.configuration.security.allowedOrigin }

    /// Returns the response to a request.
    func response(to request: Request, on channel: any Channel) async -> Response {
        let began = ContinuousClock.now
        let route = Route(path: request.uri.path).flatMap { hasRoute($0) ? $0 : nil }
        let pattern = route?.pattern ?? "other"
        var exchange = Exchange(request, on: channel, memory: service.memory)
        defer { exchange.end() }
        var tracing = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &tracing, using: HeaderExtractor())
        var failure: ServingError?
        let operation = "\(request.method.rawValue) \(pattern)"
        var response = await withSpan(operation, context: tracing, ofKind: .server) { span in
            var response: Response
            do {
                response = try await answer(route, &exchange)
            } catch {
                let error = service.answerable(error)
                failure = error
                response = Response(error, allowing: route?.method)
            }
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["http.route"] = pattern
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error, message: failure?.message)) }
            return response
        }
        finish(&response, isPage: route?.isPage == true && failure == nil, exchange)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        service.metrics.request(
            route: pattern, method: request.method.rawValue, code: response.status.code, seconds: seconds)
        log.log(
            AccessLog.Entry(
                id: exchange.names.id, client: channel.remoteAddress?.ipAddress, key: exchange.key,
                method: request.method.rawValue, path: request.uri.path, status: response.status.code,
                code: failure?.code.rawValue, milliseconds: seconds * 1000, received: exchange.received,
                sent: response.body.contentLength ?? 0, trace: exchange.names.trace))
        return response
    }

    /// Adds the headers that all responses have.
    private func finish(_ response: inout Response, isPage: Bool, _ exchange: Exchange) {
        response.headers[.requestID] = exchange.names.id
        response.headers[.date] = HTTPDate.now.text
        response.secure(isPage: isPage)
        if let allowedOrigin { response.share(with: allowedOrigin, for: exchange.request) }
        if exchange.leavesBody { response.headers[.connection] = "close" }
        if exchange.request.method == .head { response = response.createHeadResponse() }
    }

    private func hasRoute(_ route: Route) -> Bool {
        switch (scope, route) {
        case (.metrics, .metrics), (.metrics, .live), (.metrics, .ready), (.all, _): true
        case (.metrics, _): false
        case (.withoutMetrics, _): route != .metrics
        }
    }

    private func answer(_ route: Route?, _ exchange: inout Exchange) async throws -> Response {
        let request = exchange.request
        guard let route else {
            throw ServingError(.notFound, "there is nothing at this path; /openapi.json describes all paths")
        }
        if let response = Response.preflight(request, allowing: allowedOrigin) { return response }
        guard request.method == route.method || request.method == .head && route.method == .get else {
            throw ServingError(
                .methodNotAllowed, "this path has no method \(request.method.rawValue.prefix(20)); use \(route.method)")
        }
        if !route.isOpen, scope != .metrics, let keys {
            exchange.key = try keys.name(
                authorization: request.headers[.authorization], apiKey: request.headers[.apiKey])
        }
        switch route {
        case .page(let name):
            guard let file = PageFile.all[name] else { throw ServingError(.notFound, "there is no such file") }
            return Response(file.bytes, type: file.type)
        case .metrics: return Response(metricsText().utf8, type: PrometheusMetrics.contentType)
        case .models: return try Response(json: service.registry.answers)
        case .model(let name, let version): return try Response(json: service.registry.answer(name, version: version))
        case .classify(let name, let version): return try await classify(name, version, &exchange)
        case .serverMetadata: return try Response(json: ServerMetadata(version: apusVersion))
        case .live: return try Response(json: ["live": true])
        case .ready:
            try service.demandReady()
            return try Response(json: ["ready": true])
        case .modelMetadata(let name, let version):
            return try Response(json: service.metadata(of: service.registry.model(name, version: version)))
        case .modelReady(let name, let version):
            let model = try service.readyModel(name, version: version, hasKeys: keys != nil)
            return Response("{\"name\":\(model.name.jsonLiteral),\"ready\":true}".utf8, type: "application/json")
        case .infer(let name, let version): return try await infer(name, version, &exchange)
        }
    }

    private func classify(_ name: String?, _ version: String?, _ exchange: inout Exchange) async throws -> Response {
        // Before the body is read.
        _ = try service.registry.model(name, version: version)
        let classifyRequest = try ClassifyRequest(
            body: try await exchange.body(limit: limits.maxBody), contentType: exchange.request.headers[.contentType],
            query: exchange.request.uri.query, maxImages: limits.maxImages)
        let answer = try await whileConnected {
            try await service.classify(classifyRequest, model: name, version: version, deadline: service.deadline)
        }
        return try Response(json: answer)
    }

    private func infer(_ name: String, _ version: String?, _ exchange: inout Exchange) async throws -> Response {
        let model = try service.registry.model(name, version: version)
        let length = exchange.request.headers[.headerLength]
        let headerLength = try length.map { text in
            guard let length = Int(text) else {
                throw ServingError(.invalidRequest, "Inference-Header-Content-Length is not a number")
            }
            return length
        }
        let request = try InferenceRequest(
            body: try await exchange.body(limit: limits.maxBody), headerLength: headerLength,
            side: model.classifier.description.preprocessing.cropSize, maxImages: limits.maxImages)
        let results = try await whileConnected {
            try await service.infer(request.images, crops: request.crops, by: model, deadline: service.deadline)
        }
        let answer = InferenceAnswer(model: model.name, version: model.version, request: request, results: results)
        let (bytes, answerLength) = answer.body()
        var response = Response(bytes, type: answerLength == nil ? "application/json" : "application/octet-stream")
        if let answerLength { response.headers[.headerLength] = String(answerLength) }
        return response
    }

    /// Does work until the client closes the connection.
    private func whileConnected<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let connection = Connection.current else { return try await work() }
        return try await connection.run(work)
    }

    private func metricsText() -> String {
        for state in service.registry.states {
            service.metrics.model(state.name, version: state.version, state: state.state.rawValue)
        }
        service.metrics.queueLength(service.pool.queueLength)
        return metrics.text()
    }
}

extension Route {
    fileprivate var isPage: Bool { if case .page = self { true } else { false } }
}
