internal import Apus
internal import ArgumentParser
internal import Images

/// Computes features with a bar and the talk that goes with it, for the commands that want them.
struct FeatureWork {
    let extractor: FeatureExtractor
    private let watch: ImageWatch

    /// Opens the model and makes ready.
    init(model: String, pictures: Int, engine: EngineOptions, talk: TalkOptions) async throws {
        let classifier = try await engine.open(model, talk: talk)
        extractor = try await FeatureExtractor(classifier, forPictures: pictures, options: engine.pass())
        talk.report(extractor.report)
        extractor.report.tuneProcess(forPictures: pictures)
        watch = ImageWatch("features", total: pictures, talk: talk)
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

    /// Ends with status 1 where pictures could not be read.
    func finish() throws {
        if watch.unreadable > 0 { throw ExitCode(1) }
    }
}
