internal import Classifier
internal import Platform
internal import StudioProject

/// The results of runs: evaluates their models on the test photos, and keeps the outcome of each photo.
final class ResultStore: Sendable {
    private struct Cached: Sendable {
        let key: String
        let counts: Counts
        let evaluated: EvaluatedRun
    }

    /// The number of photos that are computed before other work of networks gets its turn.
    private static let chunk = 128
    /// The number of runs whose results stay in memory.
    private static let capacity = 4
    /// The setting with the run whose mistakes are shown.
    private static let mistakesKey = "results.mistakes"

    private let context: StudioContext
    private let runs: RunService
    private let models: RunModels
    private let cache = Monitor<[String: Cached]>([:])

    init(_ context: StudioContext, _ runs: RunService, _ models: RunModels) {
        (self.context, self.runs, self.models) = (context, runs, models)
    }

    private var project: Project { context.project }

    // MARK: Reading

    /// Returns the results of a run with the present labels; nil if it was not evaluated.
    func evaluated(_ run: String) throws -> EvaluatedRun? {
        let path = StoredResults.path(in: try runs.directory(of: run))
        guard let version = RunModel.version(of: path) else { return nil }
        let (key, counts) = ("\(version) \(project.revision)", project.counts)
        if let cached = cache.withLock({ $0[run] }), cached.key == key, cached.counts == counts {
            return cached.evaluated
        }
        guard let stored = StoredResults(path) else { return nil }
        let evaluated = try stored.evaluated(in: project)
        cache.withLock { cache in
            if cache.count >= Self.capacity, cache[run] == nil, let other = cache.keys.first { cache[other] = nil }
            cache[run] = Cached(key: key, counts: counts, evaluated: evaluated)
        }
        if !project.isReadOnly {
            let facts = runs.facts(run)
            if facts.evaluated != evaluated.accuracy || facts.evaluatedSplit != evaluated.split {
                runs.setEvaluated(run, evaluated.accuracy, on: evaluated.split)
            }
            if project.setting(Self.mistakesKey) == run { try showMistakes(of: evaluated, run) }
        }
        return evaluated
    }

    /// Whether there are other photos now than those that were evaluated, or another model.
    func isStale(_ run: String) throws -> Bool {
        let directory = try runs.directory(of: run)
        guard let header = StoredResults.header(StoredResults.path(in: directory)) else { return true }
        guard header.model == RunModel.version(of: directory + "/best.safetensors") else { return true }
        let known = Dictionary((header.photos + header.unreadable).map { ($0.id, $0.version) }) { first, _ in first }
        let seen = Set(header.seen)
        let test = try testPhotos().filter { !seen.contains($0.id) }
        if header.split == .test { return test.contains { known[$0.id] != $0.version } }
        return try !test.isEmpty || project.photos(Array(known.keys)).contains { known[$0.id] != $0.version }
    }

    /// The work that evaluates a run, or did so last.
    func job(of run: String) -> Job? { context.jobs.all.last { $0.kind == "evaluate" && $0.run == run } }

    /// Starts the evaluation of a run that has ended and was not evaluated since. It does not start again by itself
    /// after it failed.
    ///
    /// - Returns: the work, if it waits or runs.
    func evaluateIfNeeded(_ run: String) throws -> Job? {
        let job = job(of: run)
        if let job, !job.state.isOver { return job }
        let directory = try runs.directory(of: run)
        guard !project.isReadOnly, job == nil || job?.state == .done, try !runs.run(run).state.isLive,
            let model = RunModel.version(of: directory + "/best.safetensors"),
            StoredResults.header(StoredResults.path(in: directory))?.model != model
        else { return nil }
        return try evaluate(run)
    }

    // MARK: Evaluation

    /// Starts the evaluation of a run.
    func evaluate(_ run: String) throws -> Job {
        guard RunModel.version(of: try runs.directory(of: run) + "/best.safetensors") != nil else {
            throw StudioError.noModel(run)
        }
        return context.jobs.start("evaluate", lane: .compute, run: run) { [self] progress in
            try await compute(run, progress)
        }
    }

    private func compute(_ run: String, _ progress: JobProgress) async throws {
        let model = try await models.model(of: run)
        let (photos, paths, split, seen) = try await onOwnThread("evaluate") {
            let chosen = try choose(for: run)
            return (chosen.photos, chosen.photos.map { try? project.absolutePath(of: $0) }, chosen.split, chosen.seen)
        }
        var (read, unreadable): ([StoredResults.Entry], [StoredResults.Entry]) = ([], [])
        var logits: [Float] = []
        // Chunks of the same size: the engine for a few images is another one.
        let chunks = (photos.count + Self.chunk - 1) / Self.chunk
        for number in 0..<chunks {
            try Task.checkCancellation()
            let range = photos.count * number / chunks..<photos.count * (number + 1) / chunks
            let outputs = Monitor<[String: [Float]]>([:])
            do {
                try await model.classifier.predict(PhotoFiles(paths: Array(paths[range])), top: 1, includesLogits: true)
                {
                    results in
                    for await case .prediction(let prediction) in results {
                        let count = outputs.withLock { outputs in
                            outputs[prediction.file] = prediction.logits
                            return outputs.count
                        }
                        progress.report(done: range.lowerBound + count, total: photos.count)
                    }
                }
            } catch {
                throw StudioError(ofModel: error)
            }
            for (place, photo) in photos[range].enumerated() {
                let entry = StoredResults.Entry(id: photo.id, version: photo.version)
                if let row = outputs.withLock({ $0["\(place)"] }) {
                    read.append(entry)
                    logits += row
                } else {
                    unreadable.append(entry)
                }
            }
            progress.report(done: range.upperBound, total: photos.count)
        }
        guard !read.isEmpty else {
            throw StudioError(.failed, "none of the \(photos.count.grouped) photos can be read")
        }
        // A run that was trained elsewhere has only the names.
        let ids = runs.facts(run).classIDs ?? project.classIDs
        let classes = model.classifier.classes
        let header = StoredResults.Header(
            model: model.version, split: split, classes: classes, classIDs: classes.map { ids[$0] },
            calibration: model.classifier.description.calibration, photos: read, unreadable: unreadable, seen: seen)
        let stored = StoredResults(header: header, logits: logits)
        try await onOwnThread("evaluate") {
            try stored.write(to: StoredResults.path(in: try runs.directory(of: run)))
            try project.set(setting: Self.mistakesKey, to: run)
            _ = try evaluated(run)
        }
        context.hub.changed("runs", "findings")
    }

    /// The labeled photos of the test set.
    private func testPhotos() throws -> [Photo] {
        try project.photos(PhotoFilter(isLabeled: true, split: .one(.test)), offset: 0, limit: .max)
            .filter { $0.state != .unreadable }
    }

    /// The photos for the evaluation of a run: those of the test set that it has not seen, or else its validation
    /// photos.
    private func choose(for run: String) throws -> (photos: [Photo], split: Split, seen: [Int]) {
        guard let table = RunTable(of: run, in: project) else {
            throw StudioError(
                .conflict, "the table of '\(run)' can't be read, so nobody knows which photos it has learned from")
        }
        let test = try testPhotos()
        let fresh = test.filter { !table.hasSeen($0) }
        let seen = test.filter { table.hasSeen($0) }.map(\.id)
        guard fresh.isEmpty else { return (fresh, .test, seen) }
        let validation = try project.photos(PhotoFilter(isLabeled: true), offset: 0, limit: .max)
            .filter { table.isValidation($0) && $0.state != .unreadable }
        guard !validation.isEmpty else {
            throw StudioError(
                .conflict, "there are no labeled photos that '\(run)' has not learned from; label some of the test set")
        }
        return (validation, .val, seen)
    }

    /// Shows the mistakes of a run next to the other findings.
    private func showMistakes(of evaluated: EvaluatedRun, _ run: String) throws {
        try project.replaceFindings(
            of: [.mistake],
            by: evaluated.mistakes.map { mistake in
                Finding(
                    photo: mistake.photo, kind: .mistake, score: mistake.probability,
                    likelyClass: evaluated.classIDs[mistake.prediction], probability: mistake.probability,
                    note: "predicted as \(evaluated.classes[mistake.prediction].printable) by \(run)")
            })
    }
}
