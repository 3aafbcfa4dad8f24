internal import Classifier
internal import Logging
internal import Platform
public import Serving

/// What requests mean, over HTTP and gRPC alike: the models, the threads that compute, and the limits.
final class ClassificationService: Sendable {
    let registry: ModelRegistry
    let pool: ComputePool
    let configuration: ServingConfiguration
    let metrics: ServerMetrics
    let explainer: Explainer?
    let logger: Logger
    /// The memory for the bodies of requests, and for the images that wait for their explanations.
    let memory: BodyMemory
    /// The number of explanations that wait or run.
    private let explanations = Monitor(0)
    private let draining = Monitor(false)

    init(
        registry: ModelRegistry, pool: ComputePool, configuration: ServingConfiguration, metrics: ServerMetrics,
        explainer: Explainer? = nil, logger: Logger
    ) {
        (self.registry, self.pool, self.configuration) = (registry, pool, configuration)
        (self.metrics, self.explainer, self.logger) = (metrics, explainer, logger)
        memory = BodyMemory(limit: configuration.limits.memory)
    }

    /// Whether load balancers should send requests.
    var isReady: Bool { !isDraining && registry.isReady }

    /// Whether the server stops: it answers the requests that it has, and is no longer ready.
    var isDraining: Bool { draining.withLock { $0 } }

    /// Checks readiness.
    ///
    /// - Throws: `ServingError` with the reason if the server is not ready.
    func demandReady() throws(ServingError) {
        try demandRunning()
        guard registry.isReady else {
            let isLoading = registry.states.contains { $0.state == .loading }
            throw ServingError(
                .notReady, isLoading ? "the models are loading; try again later" : "no model could be loaded",
                retryAfter: isLoading ? 1 : nil)
        }
    }

    private func demandRunning() throws(ServingError) {
        if isDraining { throw ServingError(.draining, "the server is shutting down; use another one", retryAfter: 1) }
    }

    /// Returns a model that is ready, for clients that ask only for its readiness, with a key or without.
    ///
    /// - Parameters:
    ///   - name: the name; nil for the only model.
    ///   - version: the version; nil for the latest.
    ///   - hasKeys: whether the server has API keys. Then errors contain no names of models and no reasons.
    /// - Throws: `ServingError` if the model is not ready, or if the server stops.
    func readyModel(_ name: String?, version: String?, hasKeys: Bool) throws(ServingError) -> ServedModel {
        try demandRunning()
        do throws(ServingError) {
            return try registry.model(name, version: version)
        } catch {
            guard hasKeys else { throw error }
            let message = error.code == .notFound ? "there is no such model or version" : "the model is not ready"
            throw ServingError(error.code, message, retryAfter: error.retryAfter)
        }
    }

    /// Ends readiness.
    func drain() { draining.update { $0 = true } }

    /// The inputs and outputs of a model, and its versions.
    func metadata(of model: ServedModel) -> ModelMetadata {
        let description = model.classifier.description
        return ModelMetadata(
            name: model.name, versions: registry.states.filter { $0.name == model.name }.map(\.version),
            side: description.preprocessing.cropSize, classes: description.classes.count)
    }

    /// The time at which a request that is complete now must be answered.
    var deadline: ContinuousClock.Instant { .now + configuration.limits.timeout }

    /// Classifies the images of a request.
    ///
    /// - Parameters:
    ///   - request: the images, and what to report.
    ///   - name: the name of the model; nil for the only one.
    ///   - version: the version; nil for the latest.
    ///   - deadline: the time at which the request fails.
    /// - Throws: `ServingError`. Of several images, only those fail that can't be read.
    func classify(
        _ request: ClassifyRequest, model name: String?, version: String?, deadline: ContinuousClock.Instant
    ) async throws(ServingError) -> ClassifyAnswer {
        if request.explain != nil, explainer == nil { throw .noExplainer }
        let model = try registry.model(name, version: version)
        let results = try await pool.outputs(
            of: request.images.map { .file($0.bytes) }, crops: request.crops, by: model, deadline: deadline)
        var items: [ClassifyAnswer.Item] = []
        for (image, result) in zip(request.images, results) {
            switch result {
            case .failure(let error):
                guard request.isList else { throw error }
                items.append(.failure(name: image.name, answerable(error)))
            case .success(let output):
                let prediction = try prediction(of: output, named: image.name, by: model, for: request)
                observe(output, of: model, label: prediction.label, isRejected: prediction.isRejected)
                let explanation = try await explanation(of: image, prediction, by: model, for: request, deadline)
                items.append(
                    .prediction(
                        prediction, duration: output.decoding + output.inference, explanation: explanation))
            }
        }
        return ClassifyAnswer(model: model, items: items, isList: request.isList)
    }

    /// Computes the outputs of a request of the Open Inference Protocol.
    ///
    /// - Parameters:
    ///   - images: the images.
    ///   - crops: the crops of each image file, whose outputs are averaged.
    ///   - model: the model, which `registry` returned.
    ///   - deadline: the time at which the request fails.
    /// - Throws: `ServingError`, also if one of the images can't be read.
    func infer(
        _ images: [ImageContent], crops: TestCrops = .center, by model: ServedModel,
        deadline: ContinuousClock.Instant
    ) async throws(ServingError) -> InferenceAnswer.Results {
        let results = try await pool.outputs(of: images, crops: crops, by: model, deadline: deadline)
        var outputs: [ImageOutput] = []
        for (index, result) in results.enumerated() {
            switch result {
            case .success(let output): outputs.append(output)
            case .failure(let error):
                throw ServingError(
                    error.code, results.count > 1 ? "image \(index): \(error.message)" : error.message,
                    retryAfter: error.retryAfter)
            }
        }
        let answer = try InferenceAnswer.Results(of: outputs, by: model)
        for (index, output) in outputs.enumerated() {
            observe(output, of: model, label: answer.labels[index], isRejected: answer.isRejected(index, by: model))
        }
        return answer
    }

    /// Returns an error as clients may see it. The reasons of internal errors, which may have paths of the machine, are
    /// in the server's log only.
    func answerable(_ error: any Error) -> ServingError {
        if let error = error as? ServingError, error.code != .internalError { return error }
        if error is CancellationError { return ServingError(.canceled, "the request was canceled") }
        logger.error("A request failed: \(error)")
        return ServingError(.internalError, "the server failed; its log has the reason")
    }

    private func observe(_ output: ImageOutput, of model: ServedModel, label: String, isRejected: Bool) {
        metrics.image(output, model: model.name, version: model.version, label: label, isRejected: isRejected)
    }

    private func prediction(
        of output: ImageOutput, named name: String, by model: ServedModel, for request: ClassifyRequest
    ) throws(ServingError) -> Prediction {
        do {
            let predictions = try model.classifier.predictions(
                [(name, nil)], output.logits, top: request.top ?? 5, includesLogits: request.includesLogits)
            return predictions[0]
        } catch {
            throw ServingError(.internalError, "\(error)")
        }
    }

    private func explanation(
        of image: Upload, _ prediction: Prediction, by model: ServedModel, for request: ClassifyRequest,
        _ deadline: ContinuousClock.Instant
    ) async throws(ServingError) -> [UInt8]? {
        guard let method = request.explain, let explainer else { return nil }
        guard deadline > .now else { throw .tooLate }
        // Explanations wait for each other. One that runs may not notice at once that it is canceled.
        try beginExplanation(of: image)
        let (results, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let work = Task {
            let result: Result<[UInt8], any Error>
            do {
                result = .success(try await explainer(model, image.bytes, prediction.index, method))
            } catch {
                result = .failure(error)
            }
            endExplanation(of: image)
            continuation.yield(with: result)
            continuation.finish()
        }
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            continuation.finish(throwing: ServingError.tooLate)
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        do {
            for try await result in results { return result }
            // The sequence of a canceled task ends without a result.
            throw CancellationError()
        } catch let error as ServingError {
            throw error
        } catch is CancellationError {
            throw ServingError(.canceled, "the request was canceled")
        } catch {
            throw ServingError(.internalError, "the explanation failed: \(error)")
        }
    }

    /// Counts an explanation and its memory until it ends, which may be after its request.
    ///
    /// - Throws: `ServingError` if there are too many.
    private func beginExplanation(of image: Upload) throws(ServingError) {
        try memory.reserve(image.bytes.count)
        let fits = explanations.withLock { count in
            guard count < configuration.limits.maxQueue else { return false }
            count += 1
            return true
        }
        guard fits else {
            memory.release(image.bytes.count)
            throw ServingError(.queueFull, "too many explanations are waiting; try again later", retryAfter: 1)
        }
    }

    private func endExplanation(of image: Upload) {
        explanations.withLock { $0 -= 1 }
        memory.release(image.bytes.count)
    }
}

/// Explains a prediction: returns a PNG file that shows the parts of the image on which it depends.
///
/// It throws a `ServingError` that clients see, such as `.noExplanations` or `.invalidRequest`. Clients do not see the
/// reason of other errors.
///
/// - Parameters:
///   - model: the model.
///   - image: the bytes of the image file.
///   - classIndex: the index of the class.
///   - method: the method, such as `grad-cam`.
public typealias Explainer =
    @Sendable (_ model: ServedModel, _ image: [UInt8], _ classIndex: Int, _ method: String) async throws -> [UInt8]

extension ServingError {
    fileprivate static let noExplainer = ServingError(
        .noExplanations, "this server has no explanations, which need LibTorch; leave out 'explain'")

    fileprivate static let tooLate = ServingError(
        .deadlineExceeded, "the request was not answered in time; try again later")
}
