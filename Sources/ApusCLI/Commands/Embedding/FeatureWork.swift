internal import Apus
internal import ArgumentParser
internal import Images

/// Computes features and shows the progress, for the commands that need them.
struct FeatureWork {
    let extractor: FeatureExtractor
    private let watch: ImageWatch

    /// Opens and prepares the model.
    init(model: String, images: Int, engine: EngineOptions, messages: MessageOptions) async throws {
        let classifier = try await engine.open(model, messages: messages)
        extractor = try await FeatureExtractor(classifier, forImages: images, options: engine.pass())
        messages.report(extractor.report)
        extractor.report.tuneProcess(forImages: images)
        watch = ImageWatch("features", total: images, messages: messages)
    }

    func embeddings(of input: ImageInput) async throws -> Embeddings {
        let embeddings = try await extractor.embeddings(of: input) { [watch] in try await watch.read($0) }
        watch.warn(of: input.images)
        return embeddings
    }

    func writeCSV(of input: ImageInput, to path: String) async throws -> Int {
        let count = try await extractor.writeCSV(of: input, to: path) { [watch] in try await watch.read($0) }
        watch.warn(of: input.images)
        return count
    }

    /// Ends with exit status 1 if images were unreadable.
    func finish() throws {
        if watch.unreadable > 0 { throw ExitCode(1) }
    }
}
