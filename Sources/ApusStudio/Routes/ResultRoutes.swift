internal import Apus
internal import Platform
internal import StudioProject

/// The results of runs: metrics, mistakes, explanations and comparisons.
struct ResultRoutes: RouteGroup {
    /// The number of mistakes that are shown, and of photos of a cell.
    private static let (worstCount, cellCount) = (48, 1000)

    private let context: StudioContext
    private let runs: RunService
    private let results: ResultStore
    private let explanations: ExplanationStore

    /// What `GET /api/runs/NAME/results` answers.
    private struct Answer: Encodable {
        /// `none`, `running`, `ready` or `failed`.
        let state: String
        @OrNull var job: Job?
        let results: RunResults?
    }

    private struct Started: Encodable {
        let job: Job
    }

    private struct Items: Encodable {
        let items: [PageOutcome]
    }

    /// - Parameter models: the open models; nil to open them for this group alone.
    init(_ context: StudioContext, _ runs: RunService, models: RunModels? = nil) {
        let models = models ?? RunModels(runs)
        (self.context, self.runs) = (context, runs)
        results = ResultStore(context, runs, models)
        explanations = ExplanationStore(context.project, models)
    }

    func add(to routes: inout RouteTable) {
        routes.get("runs/:name/results") { request in
            let name = request.parameter("name")
            return try .json(try await onOwnThread("results") { try answer(for: name) })
        }
        routes.post("runs/:name/evaluate") { request in
            try .json(Started(job: try results.evaluate(request.parameter("name"))))
        }
        routes.get("runs/:name/cell") { request in
            let name = request.parameter("name")
            guard let truth = try request.int("truth"), let prediction = try request.int("prediction") else {
                throw StudioError(.invalid, "a cell has a truth and a prediction")
            }
            return try .json(try await onOwnThread("results") { try cell(of: name, truth, prediction) })
        }
        routes.get("runs/:name/explanation") { request in
            guard let photo = try request.int("photo") else {
                throw StudioError(.invalid, "an explanation needs a photo")
            }
            return .bytes(
                try await explanations.image(
                    of: photo, by: request.parameter("name"), class: try request.int("class")), type: "image/png")
        }
        routes.get("compare") { request in
            guard let a = request.query("a"), let b = request.query("b") else {
                throw StudioError(.invalid, "a comparison needs two runs, a and b")
            }
            return try await onOwnThread("results") {
                // Each starts if it is needed, so that the page can ask again.
                let started = [try results.evaluateIfNeeded(a), try results.evaluateIfNeeded(b)].compactMap(\.self)
                return try started.first.map { try .json(Pending(job: $0)) } ?? .json(comparison(a, b))
            }
        }
    }

    /// The evaluation that a comparison waits for.
    private struct Pending: Encodable {
        let job: Job
    }

    private func answer(for run: String) throws -> Answer {
        let job = try results.evaluateIfNeeded(run)
        guard let evaluated = try results.evaluated(run) else {
            let last = results.job(of: run)
            let state = job != nil ? "running" : last?.state == .failed ? "failed" : "none"
            return Answer(state: state, job: job ?? last, results: nil)
        }
        let worst = Array(evaluated.mistakes.prefix(Self.worstCount))
        return Answer(
            state: "ready", job: job,
            results: RunResults(evaluated, worst: try page(worst), isStale: try results.isStale(run)))
    }

    private func cell(of run: String, _ truth: Int, _ prediction: Int) throws -> Items {
        guard let evaluated = try results.evaluated(run) else { throw notEvaluated(run) }
        let outcomes = evaluated.outcomes.filter { $0.truth == truth && $0.prediction == prediction }
            .sorted { ($1.probability, $0.photo) < ($0.probability, $1.photo) }
        return Items(items: try page(Array(outcomes.prefix(Self.cellCount))))
    }

    private func page(_ outcomes: [EvaluatedRun.Outcome]) throws -> [PageOutcome] {
        zip(outcomes, try context.project.photos(outcomes.map(\.photo))).map { outcome, photo in
            PageOutcome(
                photo: PagePhoto(photo), truth: outcome.truth, prediction: outcome.prediction,
                probability: outcome.probability, truthProbability: outcome.truthProbability, loss: outcome.loss)
        }
    }

    private func notEvaluated(_ run: String) -> StudioError {
        StudioError(.conflict, "'\(run)' was not evaluated yet; open its results first")
    }

    // MARK: Comparison

    private func comparison(_ a: String, _ b: String) throws -> ComparedRuns {
        guard let first = try results.evaluated(a), let second = try results.evaluated(b) else {
            throw notEvaluated(try results.evaluated(a) == nil ? a : b)
        }
        let others = Dictionary(second.outcomes.map { ($0.photo, $0) }, uniquingKeysWith: { first, _ in first })
        let pairs = first.outcomes.compactMap { one in others[one.photo].map { (one, $0) } }
        guard !pairs.isEmpty else {
            throw StudioError(.conflict, "'\(a)' and '\(b)' were not evaluated on the same photos")
        }
        let onlyA = pairs.filter { $0.isCorrect && !$1.isCorrect }
        let onlyB = pairs.filter { !$0.isCorrect && $1.isCorrect }
        func flipped(_ pairs: [(EvaluatedRun.Outcome, EvaluatedRun.Outcome)]) throws -> [FlippedPhoto] {
            let sorted = pairs.sorted { max($0.0.loss, $0.1.loss) > max($1.0.loss, $1.1.loss) }.prefix(Self.cellCount)
            return zip(sorted, try context.project.photos(sorted.map(\.0.photo))).map { pair, photo in
                FlippedPhoto(
                    photo: PagePhoto(photo), truth: first.classes[pair.0.truth],
                    a: .init(class: first.classes[pair.0.prediction], probability: pair.0.probability),
                    b: .init(class: second.classes[pair.1.prediction], probability: pair.1.probability))
            }
        }
        return ComparedRuns(
            a: try runs.run(a), b: try runs.run(b), settings: try settings(a, b), count: pairs.count,
            accuracyA: Fraction(hits: pairs.count { $0.0.isCorrect }, of: pairs.count),
            accuracyB: Fraction(hits: pairs.count { $0.1.isCorrect }, of: pairs.count),
            onlyA: try flipped(onlyA), onlyB: try flipped(onlyB),
            pValue: mcNemarPValue(onlyA: onlyA.count, onlyB: onlyB.count))
    }

    /// The settings in which two runs differ.
    private func settings(_ a: String, _ b: String) throws -> [ComparedRuns.Setting] {
        let paths = [try runs.directory(of: a), try runs.directory(of: b)]
        // A run without a readable configuration has no settings to compare.
        let differences = (try? RunComparison(reading: paths).differences) ?? []
        return differences.filter { $0.setting != "data" && $0.values.count == 2 }.map {
            ComparedRuns.Setting(key: $0.setting, a: $0.values[0], b: $0.values[1])
        }
    }
}
