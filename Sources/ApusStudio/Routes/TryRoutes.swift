internal import Classifier
internal import Platform
internal import StudioProject

/// Predictions of a run's model for images that are not in the project.
struct TryRoutes: RouteGroup {
    /// The largest image in bytes, and the largest number of classes and neighbors of an answer.
    private static let (imageSize, classCount, neighborCount) = (16 << 20, 10, 24)

    private let project: Project
    private let models: RunModels
    private let features: FeatureService
    private let neighborhood: Neighborhood

    /// What `POST /api/runs/NAME/predict` answers.
    private struct Answer: Encodable {
        struct Candidate: Encodable {
            let `class`: String
            let probability: Double
        }
        struct Neighbor: Encodable {
            let photo: PagePhoto
            let similarity: Double
        }

        let top: [Candidate]
        /// Whether the image is not like anything the model knows.
        let unknown: Bool
        /// The similarity of the nearest training photo.
        @OrNull var similarity: Double?
        let neighbors: [Neighbor]
        let milliseconds: Double
    }

    /// - Parameter models: the open models; nil to open them for this group alone.
    init(_ context: StudioContext, _ runs: RunService, _ features: FeatureService, models: RunModels? = nil) {
        (project, self.features) = (context.project, features)
        self.models = models ?? RunModels(runs)
        neighborhood = Neighborhood(context.project)
    }

    func add(to routes: inout RouteTable) {
        routes.post("runs/:name/predict", needsWriting: false) { request in
            let count = min(max(0, try request.int("neighbors") ?? 0), Self.neighborCount)
            let model = try await models.model(of: request.parameter("name"))
            return try .json(try await answer(for: try await image(of: request), by: model, neighbors: count))
        }
        routes.post("runs/:name/explain", needsWriting: false) { request in
            let model = try await models.model(of: request.parameter("name"))
            let image = try await image(of: request)
            return .bytes(try await ExplanationStore.image(explaining: image, by: model), type: "image/png")
        }
    }

    private func image(of request: APIRequest) async throws -> [UInt8] {
        let image = try await request.body(limit: Self.imageSize)
        guard !image.isEmpty else { throw StudioError(.invalid, "send the bytes of an image") }
        return image
    }

    private func answer(for image: [UInt8], by model: RunModel, neighbors count: Int) async throws -> Answer {
        let began = ContinuousClock.now
        let prediction: Prediction
        do {
            prediction = try await model.predict(image, top: Self.classCount)
        } catch {
            throw StudioError(ofModel: error)
        }
        let milliseconds = (.now - began) / .milliseconds(1)
        // A live camera asks for none: features would take longer than the prediction.
        let near = count > 0 ? await nearest(to: image, count) : nil
        let photos = try project.photos(near?.neighbors.map(\.photo) ?? [])
        return Answer(
            top: prediction.top.map { .init(class: $0.label, probability: $0.probability) },
            unknown: prediction.isRejected || near?.isFar == true, similarity: near?.similarity,
            neighbors: zip(photos, near?.neighbors ?? []).map {
                .init(photo: PagePhoto($0), similarity: $1.similarity)
            }, milliseconds: milliseconds)
    }

    /// Returns the training photos that are most like an image; nil without features of photos, or where those of the
    /// image can't be computed. The prediction needs none.
    private func nearest(to image: [UInt8], _ count: Int) async -> Neighborhood.Answer? {
        guard let store = try? features.store(), let values = try? await features.features(of: image) else {
            return nil
        }
        return try? await neighborhood.answer(for: values, in: store, count: count)
    }
}
