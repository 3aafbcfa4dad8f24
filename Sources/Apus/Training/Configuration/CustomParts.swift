internal import Classifier

/// The parts of a run that a program passes as code.
struct CustomParts: Sendable {
    /// The loss; nil for the cross entropy.
    var loss: TrainingLoss?
    /// The metrics in addition to the built-in ones.
    var metrics: [any TrainingMetric] = []

    /// Checks that the loss fits the configuration.
    func validateLoss(with configuration: TrainingConfiguration) throws(ApusError) {
        guard let loss, configuration.data.classBalancing == .weightedLoss else { return }
        throw ApusError(
            .invalidConfiguration, name: "data.classBalancing", value: "weightedLoss",
            "the custom loss '\(loss.name)' can't be combined with `data.classBalancing = .weightedLoss`, which weights the "
                + "cross entropy",
            advice: "weight the classes in the loss itself, or use `data.classBalancing = .weightedSampling`")
    }

    /// The columns of `metrics.csv`, and the names of built-in metrics in TensorBoard.
    private static let builtInNames = Set(RunDirectory.columns + ["loss", "accuracy", "mean_average_precision"])

    /// Checks that the parts fit each other and the configuration.
    func validate(with configuration: TrainingConfiguration) throws(ApusError) {
        try validateLoss(with: configuration)
        var names: Set<String> = []
        for metric in metrics {
            let isUsable = !metric.name.isEmpty && !metric.name.contains { ",\"|".contains($0) || $0.isNewline }
            let column = metric.name.lowercased().replacing(" ", with: "_")
            guard isUsable, !Self.builtInNames.contains(column), names.insert(metric.name).inserted else {
                throw ApusError(
                    .invalidConfiguration, name: "metrics", value: metric.name,
                    "a metric can't be called '\(metric.name)'",
                    advice: "use a name of its own without commas, quotes, bars and line breaks")
            }
        }
        if let name = configuration.metric.customName, !names.contains(name) {
            throw ApusError(
                .invalidConfiguration, name: "metric", value: name, suggestions: names.sorted(),
                "the best epoch is chosen by the metric '\(name)', which the run does not have",
                advice: "pass it as one of `metrics`, or use another criterion (`metric = .accuracy`)")
        }
    }

    /// Runs the code of a program, and names it in what it throws.
    static func run<Result>(_ kind: String, _ name: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw failure(kind, name, "failed: \(error)", underlyingError: error)
        }
    }

    /// A failure of a loss or a metric.
    static func failure(
        _ kind: String, _ name: String, _ problem: String, advice: String? = nil, underlyingError: (any Error)? = nil
    ) -> ApusError {
        ApusError(
            .customPartFailed, name: name, "\(kind) '\(name)' \(problem)", advice: advice,
            underlyingError: underlyingError)
    }
}

extension [any TrainingMetric] {
    /// Adds an image to each metric.
    mutating func update(_ image: ImageOutcome, probabilities: [Float]) throws {
        for place in indices {
            try CustomParts.run("the metric", self[place].name) {
                try self[place].update(image, probabilities: probabilities)
            }
        }
    }

    /// The values by name; nil without metrics.
    func values() throws -> [String: Double]? {
        guard !isEmpty else { return nil }
        return try reduce(into: [:]) { values, metric in
            let value = try CustomParts.run("the metric", metric.name) { try metric.compute() }
            guard value.isFinite else {
                throw CustomParts.failure(
                    "the metric", metric.name, "is \(value) for the validation images",
                    advice: "return a finite number, also for a class without images")
            }
            values[metric.name] = value
        }
    }
}
