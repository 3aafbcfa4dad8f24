internal import Classifier
internal import GRPCCore
internal import Platform
internal import Serving
internal import SwiftProtobuf
internal import Tracing

/// The service `inference.GRPCInferenceService` of the Open Inference Protocol.
struct InferenceService: RegistrableRPCService {
    let service: ClassificationService
    /// The API keys; nil for access without keys.
    let keys: APIKeys?
    /// A function that is called with each answer, for the access log.
    let onAnswer: @Sendable (RPCRecord) -> Void

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        register("ServerLive", in: &router, needsKey: false) { (_: Inference_ServerLiveRequest, _) in
            Inference_ServerLiveResponse.with { $0.live = true }
        }
        register("ServerReady", in: &router, needsKey: false) { (_: Inference_ServerReadyRequest, _) in
            Inference_ServerReadyResponse.with { $0.ready = service.isReady }
        }
        register("ModelReady", in: &router, needsKey: false) {
            (request: Inference_ModelReadyRequest, _) throws(ServingError) in
            let isReady = try isReady(request.name.nonEmpty, version: request.version.nonEmpty)
            return Inference_ModelReadyResponse.with { $0.ready = isReady }
        }
        register("ServerMetadata", in: &router) { (_: Inference_ServerMetadataRequest, _) in
            Inference_ServerMetadataResponse(ServerMetadata(version: apusVersion))
        }
        register("ModelMetadata", in: &router) { (request: Inference_ModelMetadataRequest, _) throws(ServingError) in
            let model = try service.registry.model(request.name.nonEmpty, version: request.version.nonEmpty)
            return Inference_ModelMetadataResponse(service.metadata(of: model))
        }
        register("ModelInfer", in: &router) { (request: Inference_ModelInferRequest, deadline) throws(ServingError) in
            let model = try service.registry.model(request.modelName.nonEmpty, version: request.modelVersion.nonEmpty)
            let inference = try InferenceRequest(request, for: model, limits: service.configuration.limits)
            let results = try await service.infer(
                inference.images, crops: inference.crops, by: model, deadline: deadline)
            return Inference_ModelInferResponse(
                InferenceAnswer(model: model.name, version: model.version, request: inference, results: results),
                results)
        }
    }

    /// Adds a method. Its answer must be there at the deadline, which the limits and the client set.
    private func register<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message, Transport>(
        _ name: String, in router: inout RPCRouter<Transport>, needsKey: Bool = true,
        answer: @escaping @Sendable (Request, ContinuousClock.Instant) async throws(ServingError) -> Response
    ) {
        router.registerHandler(
            forMethod: MethodDescriptor(
                service: ServiceDescriptor(fullyQualifiedService: "inference.GRPCInferenceService"), method: name),
            deserializer: ProtobufDeserializer<Request>(maximumSize: service.configuration.limits.maxMessage),
            serializer: ProtobufSerializer<Response>()
        ) { stream, context in
            let began = ContinuousClock.now
            let limit = service.configuration.limits.timeout
            let deadline = began + min(limit, stream.metadata.timeLimit ?? limit)
            let result = await result(until: deadline) {
                try await traced(name, stream.metadata) {
                    if needsKey { _ = try keyName(stream.metadata) }
                    return try await answer(ServerRequest(stream: stream).message, deadline)
                }
            }
            let code = if case .failure(let error) = result { error.code.name } else { "ok" }
            let seconds = (.now - began) / .seconds(1)
            service.metrics.rpc(method: name, code: code, seconds: seconds)
            onAnswer(
                RPCRecord(
                    method: name, client: Self.address(context.remotePeer), key: try? keyName(stream.metadata),
                    code: code,
                    seconds: seconds, id: stream.metadata.text("x-request-id"),
                    traceParent: stream.metadata.text("traceparent")))
            return StreamingServerResponse(single: ServerResponse(accepted: result.map { .init(message: $0) }))
        }
    }

    /// Whether a model is ready. Load balancers also ask while the server stops.
    private func isReady(_ name: String?, version: String?) throws(ServingError) -> Bool {
        do {
            _ = try service.readyModel(name, version: version, hasKeys: keys != nil)
            return true
        } catch  where [.notReady, .draining].contains(error.code) {
            return false
        }
    }

    /// Returns the address of a peer such as `ipv4:127.0.0.1:31415` or `ipv6:[::1]:31415`, without the kind and the port.
    private static func address(_ peer: String) -> String {
        let rest = peer.split(separator: ":", maxSplits: 1).last ?? ""
        let address = rest.lastIndex(of: ":").map { rest[..<$0] } ?? rest
        return address.filter { $0 != "[" && $0 != "]" }
    }

    /// The name of the client's API key; nil if no keys are needed.
    private func keyName(_ metadata: Metadata) throws(ServingError) -> String? {
        try keys?.name(authorization: metadata.text("authorization"), apiKey: metadata.text("x-api-key"))
    }

    /// Runs the work of a request, which ends early at the deadline or if the client has gone.
    private func result<Response: Sendable>(
        until deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () async throws -> Response
    ) async -> Result<Response, RPCError> {
        let work = Task { try await body() }
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            work.cancel()
        }
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await withRPCCancellationHandler {
                await work.result
            } onCancelRPC: {
                // A server that drains answers the requests that it has accepted.
                if !service.isDraining { work.cancel() }
            }
        } onCancel: {
            work.cancel()
        }
        return result.mapError { error in
            if deadline <= .now, (error as? RPCError)?.code != .invalidArgument {
                return RPCError(ServingError(.deadlineExceeded, "the request was not answered in time"))
            }
            return error as? RPCError ?? RPCError(service.answerable(error))
        }
    }

    /// Runs the work in a span of the trace that the client's `traceparent` names.
    private func traced<Response>(
        _ method: String, _ metadata: Metadata, _ body: () async throws -> Response
    ) async throws -> Response {
        var context = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(metadata, into: &context, using: MetadataExtractor())
        return try await withSpan(
            "inference.GRPCInferenceService/\(method)", context: context, ofKind: .server
        ) { _ in
            try await body()
        }
    }
}

/// An answered request, for the access log.
struct RPCRecord: Sendable {
    let method: String
    /// The IP address of the client.
    let client: String
    /// The name of the API key.
    let key: String?
    /// The name of gRPC's code.
    let code: String
    let seconds: Double
    /// The client's `x-request-id`.
    let id: String?
    /// The client's `traceparent`.
    let traceParent: String?
}

/// Finds the keys of a trace in metadata.
private struct MetadataExtractor: Extractor {
    func extract(key: String, from metadata: Metadata) -> String? { metadata.text(key) }
}

extension String {
    /// The text; nil if it is empty, as protobuf's fields that are not set.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
