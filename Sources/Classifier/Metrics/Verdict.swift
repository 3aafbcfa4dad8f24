internal import Platform

extension Evaluation {
    /// The result in plain words, one to three sentences: "About 1 in 6 is wrong; mostly ants predicted as bees."
    ///
    /// It states the fraction of errors, a result that is no better than guessing, and the classes in which most of the
    /// errors are. Classes have their display names.
    public var verdict: String {
        let sentences = isMultiLabel ? labelSentences : imageSentences
        return (sentences + [smallness].compactMap(\.self)).joined(separator: " ")
    }

    /// Fewer images than this make no reliable result.
    private static let fewImages = 20

    private var smallness: String? {
        count < Self.fewImages ? "This is only a rough estimate, because there are few images." : nil
    }

    // MARK: One class per image

    private var imageSentences: [String] {
        let correct = classes.reduce(0) { $0 + $1.correct }
        let wrong = count - correct
        guard wrong > 0 else {
            return [count == 1 ? "The image is correct." : "All \(count.grouped) images are correct."]
        }
        var first = ErrorRate(wrong, of: count, "image").words
        if let errors = errorClasses(wrong) { first += "; \(errors)" }
        return [first + ".", guessing(correct)].compactMap(\.self)
    }

    /// The classes in which most of the errors are; nil if nothing is special about them.
    private func errorClasses(_ wrong: Int) -> String? {
        guard let confusion, let top = confusion.mostConfused(1).first else { return nil }
        let sums = confusion.columnSums
        if let only = sums.firstIndex(of: count), count > 1 {
            return "all images are predicted as \(displayName(of: only))"
        }
        let back = confusion.cells.first { $0.truth == top.prediction && $0.prediction == top.truth }?.count ?? 0
        let (truth, prediction) = (displayName(of: top.truth), displayName(of: top.prediction))
        // If both directions are about as frequent, naming only one of them would mislead.
        let isMutual = 2 * back >= top.count
        let pair =
            isMutual ? "\(truth) and \(prediction) confused with each other" : "\(truth) predicted as \(prediction)"
        return switch FrequentCase(isMutual ? top.count + back : top.count, of: wrong) {
        case .all where isMutual: "\(truth) and \(prediction) are confused with each other"
        case .all: wrong == 1 ? pair : "always \(pair)"
        case .most: "mostly \(pair)"
        case .many: "most often \(pair)"
        case .few: wrong < FrequentCase.fewest ? nil : "the errors are spread over several classes"
        }
    }

    /// A warning if the result is not better than chance.
    private func guessing(_ correct: Int) -> String? {
        guard count >= Self.fewImages, labels.count > 1 else { return nil }
        let accuracy = FractionEstimate(hits: correct, of: count)
        let chance = 1 / Double(labels.count)
        if accuracy.upper < chance {
            return "This is worse than guessing: check that the labels of the images match the classes of the model."
        }
        guard accuracy.lower <= chance else { return nil }
        return "This is no better than guessing: with \(labels.count.grouped) classes, a guess is right in 1 of "
            + "\(labels.count.grouped) cases."
    }

    // MARK: Several labels per image

    private var labelSentences: [String] {
        func total(_ property: KeyPath<ClassResult, Int>) -> Int { classes.reduce(0) { $0 + $1[keyPath: property] } }
        let (correct, predicted, support) = (total(\.correct), total(\.predicted), total(\.support))
        let (wrong, missed) = (predicted - correct, support - correct)
        guard predicted > 0 else {
            return [support > 0 ? "No labels are predicted." : "No labels are predicted, and the images have none."]
        }
        guard wrong > 0 || missed > 0 else {
            return [count == 1 ? "All labels of the image are correct." : "All labels of the images are correct."]
        }
        let first =
            wrong == 0
            ? "All predicted labels are correct" : ErrorRate(wrong, of: predicted, "predicted label").words
        guard missed > 0 else { return ["\(first); no label is missed."] }
        let worst = classes.max { ($0.support - $0.correct, $1.index) < ($1.support - $1.correct, $0.index) }
        var second = ErrorRate(missed, of: support, "true label", verbs: ("is missed", "are missed")).words
        if let worst {
            switch FrequentCase(worst.support - worst.correct, of: missed) {
            case .all where missed == 1: second += ": \(displayName(of: worst.index))"
            case .all where classes.count > 1: second += ", always \(displayName(of: worst.index))"
            case .most: second += ", mostly \(displayName(of: worst.index))"
            case .many: second += ", most often \(displayName(of: worst.index))"
            case .all, .few: break
            }
        }
        return [first + ".", second + "."]
    }
}

/// How many of the errors are of one kind.
private enum FrequentCase {
    case all, most, many, few

    /// Fewer errors than this show no pattern.
    static let fewest = 3

    init(_ count: Int, of errors: Int) {
        let fraction = Double(count) / Double(max(1, errors))
        self =
            switch fraction {
            case 1...: .all
            case _ where count < Self.fewest: .few
            case 0.5...: .most
            case 0.3...: .many
            default: .few
            }
    }
}

/// A fraction of errors in words.
private struct ErrorRate {
    let words: String

    /// - Parameters:
    ///   - noun: the counted things, such as `image`.
    ///   - verbs: what is said about one of them, and about several.
    init(
        _ errors: Int, of count: Int, _ noun: String, verbs: (one: String, several: String) = ("is wrong", "are wrong")
    ) {
        func verb(_ number: Int) -> String { number == 1 ? verbs.one : verbs.several }
        let rate = Double(errors) / Double(max(1, count))
        // Images need not be named: "About 1 in 6 is wrong".
        let things = noun == "image" ? "" : " \(noun)s"
        words =
            switch rate {
            case 1...: count == 1 ? "The \(noun) \(verbs.one)" : "All \(count.grouped) \(noun)s \(verbs.several)"
            case _ where count < Self.exactCount: "\(errors) of \(count) \(noun)s \(verb(errors))"
            case ..<0.01: "Fewer than 1 in 100\(things) \(verbs.one)"
            case 0.95...: "Nearly all\(things.isEmpty ? " images" : things) \(verbs.several)"
            default:
                "About \(Self.nearest(to: rate).few) in \(Self.nearest(to: rate).many)\(things) "
                    + verb(Self.nearest(to: rate).few)
            }
    }

    /// Smaller numbers are given exactly.
    private static let exactCount = 20

    /// The fractions that are easy to imagine.
    private static let simple: [(few: Int, many: Int)] =
        [(9, 10), (4, 5), (3, 4), (2, 3), (3, 5), (2, 5)]
        + [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100].map { (1, $0) }

    private static func nearest(to rate: Double) -> (few: Int, many: Int) {
        func distance(_ fraction: (few: Int, many: Int)) -> Double {
            abs(Double(fraction.few) / Double(fraction.many) / rate - 1)
        }
        return simple.min { distance($0) < distance($1) } ?? (1, 2)
    }
}
