extension Evaluation {
    /// What the tallies of both kinds have in common.
    struct Sums {
        let classes: [String]
        let results: [ClassResult]
        let count: Int
        let errors: Int
        /// For each k, the images of which a true class is among the k most probable. 1 and 5 are there.
        let topHits: [(k: Int, hits: Int)]
        let loss: Double
        let curves: [ClassCurves]
        let gallery: EvaluationGallery
    }

    /// Of images that show one class each.
    init(
        _ sums: Sums, confusion: ConfusionMatrix, uncalibrated: ConfidenceFigures, calibrated: ConfidenceFigures?,
        temperature: Double?, unknown: UnknownFigures?
    ) {
        self.init(
            sums, isMultiLabel: false, micro: nil, meanAveragePrecision: nil, confusion: confusion,
            uncalibrated: uncalibrated, calibrated: calibrated, temperature: temperature, unknown: unknown)
    }

    /// Of images that may show several classes.
    init(_ sums: Sums, meanAveragePrecision: Double) {
        let results = sums.results
        func total(_ property: KeyPath<ClassResult, Int>) -> Int { results.reduce(0) { $0 + $1[keyPath: property] } }
        let micro = ClassScores(
            correct: total(\.correct), predicted: total(\.predicted), support: total(\.support))
        self.init(
            sums, isMultiLabel: true, micro: micro, meanAveragePrecision: meanAveragePrecision, confusion: nil,
            uncalibrated: nil, calibrated: nil, temperature: nil, unknown: nil)
    }

    private init(
        _ sums: Sums, isMultiLabel: Bool, micro: ClassScores?, meanAveragePrecision: Double?,
        confusion: ConfusionMatrix?, uncalibrated: ConfidenceFigures?, calibrated: ConfidenceFigures?,
        temperature: Double?, unknown: UnknownFigures?
    ) {
        let told = sums.results.filter { $0.support > 0 || $0.predicted > 0 }
        let top = sums.topHits.map { TopAccuracy(k: $0.k, accuracy: ShareEstimate(hits: $0.hits, of: sums.count)) }
        func share(_ k: Int) -> Double { top.first { $0.k == k }?.accuracy.value ?? 0 }
        self.init(
            labels: sums.classes, isMultiLabel: isMultiLabel, count: sums.count, errors: sums.errors, top1: share(1),
            top5: share(5), topK: top, loss: sums.loss, classes: told,
            absentClasses: sums.results.filter { $0.support == 0 }.map(\.label),
            macro: ClassScores(meanOf: told.map(\.scores), weights: told.map { _ in 1 }),
            weighted: ClassScores(meanOf: told.map(\.scores), weights: told.map { Double($0.support) }), micro: micro,
            meanAveragePrecision: meanAveragePrecision, confusion: confusion, uncalibrated: uncalibrated,
            calibrated: calibrated, temperature: temperature, unknown: unknown, curves: sums.curves,
            gallery: sums.gallery)
    }
}

extension Evaluation.ClassResult {
    /// The results of all classes.
    ///
    /// - Parameter answers: those for each class, where curves are wanted, else none.
    static func results(
        _ classes: [String], supports: [Int], correct: [Int], predicted: [Int], answers: [ClassAnswers]
    ) -> [Self] {
        classes.indices.map { place in
            let curves = answers.isEmpty ? nil : answers[place]
            return Self(
                label: classes[place], index: place, support: supports[place], correct: correct[place],
                predicted: predicted[place],
                scores: ClassScores(
                    correct: correct[place], predicted: predicted[place], support: supports[place]),
                averagePrecision: curves?.averagePrecision, areaUnderROC: curves?.areaUnderROC)
        }
    }
}
