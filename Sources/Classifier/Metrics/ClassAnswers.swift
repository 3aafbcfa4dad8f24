/// How sure a classifier is that each image shows a class, and whether it does.
struct ClassAnswers {
    /// One image. Any score will do that is the higher the surer: a probability, or a logit.
    struct Answer {
        let score: Double
        let isShown: Bool
    }

    private let shown: Int
    private let count: Int
    /// At each threshold, the highest first: how many images of the class reach it, and how many others.
    private let steps: [(hits: Int, falseAlarms: Int)]

    /// Images with equal scores count together.
    init(_ answers: [Answer]) {
        let sorted = answers.sorted { $0.score > $1.score }
        var (steps, hits) = ([(hits: Int, falseAlarms: Int)](), 0)
        for place in sorted.indices {
            hits += sorted[place].isShown ? 1 : 0
            guard place + 1 == sorted.count || sorted[place + 1].score < sorted[place].score else { continue }
            steps.append((hits, place + 1 - hits))
        }
        (self.steps, shown, count) = (steps, hits, answers.count)
    }

    /// The area under the curve of precision over recall, Σ (Rₙ - Rₙ₋₁) Pₙ, as scikit-learn's `average_precision_score`.
    /// Nil where nothing is to be found.
    var averagePrecision: Double? {
        guard shown > 0 else { return nil }
        var (sum, before) = (0.0, 0)
        for step in steps {
            sum += Double(step.hits - before) / Double(shown) * precision(step)
            before = step.hits
        }
        return sum
    }

    /// The area under the receiver operating characteristic by trapezoids, as scikit-learn's `roc_auc_score`. Nil where
    /// all images show the class, or none.
    var areaUnderROC: Double? {
        let others = count - shown
        guard shown > 0, others > 0 else { return nil }
        var (area, before) = (0.0, (hits: 0, falseAlarms: 0))
        for step in steps {
            area += Double(step.falseAlarms - before.falseAlarms) * Double(step.hits + before.hits) / 2
            before = step
        }
        return area / (Double(shown) * Double(others))
    }

    /// The curves; nil where nothing is to be found.
    func curves(_ label: String) -> ClassCurves? {
        guard let averagePrecision else { return nil }
        let others = count - shown
        let corners = others == 0 ? [] : [(hits: 0, falseAlarms: 0)] + self.corners
        let roc = corners.map {
            ClassCurves.ROCPoint(
                falsePositiveRate: Double($0.falseAlarms) / Double(others),
                truePositiveRate: Double($0.hits) / Double(shown))
        }
        let precisionRecall = steps.map {
            ClassCurves.PrecisionRecallPoint(recall: Double($0.hits) / Double(shown), precision: precision($0))
        }
        return ClassCurves(
            label: label, areaUnderROC: areaUnderROC, averagePrecision: averagePrecision, roc: thinned(roc),
            precisionRecall: [.init(recall: 0, precision: 1)] + thinned(precisionRecall))
    }

    private func precision(_ step: (hits: Int, falseAlarms: Int)) -> Double {
        Double(step.hits) / Double(step.hits + step.falseAlarms)
    }

    /// The steps without those in the midst of a straight line.
    private var corners: [(hits: Int, falseAlarms: Int)] {
        steps.indices.filter { place in
            guard place > 0, place + 1 < steps.count else { return true }
            let (before, here, after) = (steps[place - 1], steps[place], steps[place + 1])
            return after.hits - 2 * here.hits + before.hits != 0
                || after.falseAlarms - 2 * here.falseAlarms + before.falseAlarms != 0
        }.map { steps[$0] }
    }

    /// As many points as an image can show, evenly chosen, the first and the last with them.
    private func thinned<Point>(_ points: [Point]) -> [Point] {
        let most = 500
        guard points.count > most else { return points }
        return (0..<most).map { points[$0 * (points.count - 1) / (most - 1)] }
    }
}
