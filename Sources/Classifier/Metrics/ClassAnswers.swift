/// The scores of a class for all images, with the truth.
struct ClassAnswers {
    /// The score of an image: a probability or a logit.
    struct Answer {
        let score: Double
        let isShown: Bool
    }

    private let shown: Int
    private let count: Int
    /// The true and false positives at each threshold, the highest first.
    private let steps: [(hits: Int, falseAlarms: Int)]

    /// Counts the steps. Images with equal scores form one step.
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

    /// The average precision Σ (Rₙ - Rₙ₋₁) Pₙ, like scikit-learn's `average_precision_score`. Nil without images of the
    /// class.
    var averagePrecision: Double? {
        guard shown > 0 else { return nil }
        var (sum, before) = (0.0, 0)
        for step in steps {
            sum += Double(step.hits - before) / Double(shown) * precision(step)
            before = step.hits
        }
        return sum
    }

    /// The area under the ROC curve by the trapezoidal rule, like scikit-learn's `roc_auc_score`. Nil if all or no
    /// images are of the class.
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

    /// Returns the curves; nil without images of the class.
    func curves(_ label: String, name: String?) -> ClassCurves? {
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
            label: label, name: name, areaUnderROC: areaUnderROC, averagePrecision: averagePrecision,
            roc: thinned(roc), precisionRecall: [.init(recall: 0, precision: 1)] + thinned(precisionRecall))
    }

    private func precision(_ step: (hits: Int, falseAlarms: Int)) -> Double {
        Double(step.hits) / Double(step.hits + step.falseAlarms)
    }

    /// The steps without inner points of straight lines.
    private var corners: [(hits: Int, falseAlarms: Int)] {
        steps.indices.filter { place in
            guard place > 0, place + 1 < steps.count else { return true }
            let (before, here, after) = (steps[place - 1], steps[place], steps[place + 1])
            return after.hits - 2 * here.hits + before.hits != 0
                || after.falseAlarms - 2 * here.falseAlarms + before.falseAlarms != 0
        }.map { steps[$0] }
    }

    /// Returns as many evenly spaced points as a plot can show, including the first and the last one.
    private func thinned<Point>(_ points: [Point]) -> [Point] {
        let most = 500
        guard points.count > most else { return points }
        return (0..<most).map { points[$0 * (points.count - 1) / (most - 1)] }
    }
}
