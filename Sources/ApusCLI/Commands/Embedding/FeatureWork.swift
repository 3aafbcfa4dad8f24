internal import Apus
internal import ArgumentParser
internal import Images
internal import TorchVision

/// Computes features with a bar and the talk that goes with it, for the commands that want them.
struct FeatureWork {
    let extractor: FeatureExtractor
    private let bar: ProgressBar
    private let unreadable = UnreadablePictures()

    /// Opens the model and makes ready.
    init(model: String, pictures: Int, engine: EngineOptions, talk: TalkOptions) async throws {
        let classifier = try await engine.open(model, talk: talk)
        var options = FeatureExtractor.Options()
        options.batchSize = engine.batchSize
        options.decoding = engine.decoding
        options.workers = engine.readers
        options.maximumUnreadable = engine.maxUnreadable
        extractor = try await FeatureExtractor(classifier, forPictures: pictures, options: options)
        talk.report(extractor.report)
        extractor.report.tuneProcess(forPictures: pictures)
        bar = ProgressBar("features", total: pictures, isQuiet: talk.quiet)
    }

    func embeddings(of collection: PictureCollection) async throws -> Embeddings {
        defer { bar.clear() }
        let embeddings = try await extractor.embeddings(
            of: collection, progress: { bar.update($0) }, onFailure: tell)
        bar.clear()
        unreadable.warn(of: collection.pictures)
        return embeddings
    }

    func writeCSV(of collection: PictureCollection, to path: String) async throws -> Int {
        defer { bar.clear() }
        let count = try await extractor.writeCSV(
            of: collection, to: path, progress: { bar.update($0) }, onFailure: tell)
        bar.clear()
        unreadable.warn(of: collection.pictures)
        return count
    }

    /// Ends with status 1 where pictures could not be read.
    func finish() throws {
        if unreadable.count > 0 { throw ExitCode(1) }
    }

    private func tell(_ failure: SampleFailure) {
        bar.clear()
        Console.tell("apus: \(failure)")
        unreadable.add(failure)
    }
}
