internal import Classifier
public import Images
internal import TorchVision

/// A dataset with checked labels.
public struct CheckedLabels: Sendable {
    /// The results of the check.
    public let report: LabelReport
    /// The images, including unreadable ones.
    public let input: ImageInput
    private let unreadable: Set<Int>

    init(
        _ embeddings: Embeddings, _ probabilities: LabeledProbabilities, folds: Int, ranking: LabelReport.Ranking
    ) {
        input = embeddings.input
        unreadable = Set(embeddings.failures.map(\.index))
        let names = input.images.classNames
        let joint = ConfidentJoint(probabilities)
        let rows = probabilities.issues(joint)
        let issues = rows.map { row in
            let (given, likely) = (probabilities.labels[row], probabilities.likeliest(row))
            return LabelReport.Issue(
                image: embeddings.image(at: row), index: embeddings.places[row], given: names[given],
                likely: names[likely], givenProbability: probabilities[row, given],
                likelyProbability: probabilities[row, likely],
                normalizedMargin: probabilities.normalizedMargin(row))
        }.sorted {
            switch ranking {
            case .selfConfidence: ($0.givenProbability, $0.index) < ($1.givenProbability, $1.index)
            case .normalizedMargin: ($0.normalizedMargin, $0.index) < ($1.normalizedMargin, $1.index)
            }
        }
        let labels = probabilities.labels
        let found = Dictionary(grouping: rows) { labels[$0] }
        let counts = Dictionary(grouping: labels.indices) { labels[$0] }
        let agreed = labels.indices.count { probabilities.likeliest($0) == labels[$0] }
        let right = joint.counts.indices.reduce(0) { $0 + joint.counts[$1][$1] }
        let total = joint.counts.reduce(0) { $0 + $1.reduce(0, +) }
        report = LabelReport(
            images: labels.count, unreadable: unreadable.count, folds: folds,
            agreement: Double(agreed) / Double(labels.count),
            classes: names.enumerated().map { label, name in
                .init(
                    name: name, images: counts[label]?.count ?? 0, threshold: joint.thresholds[label],
                    issues: found[label]?.count ?? 0, estimatedTrueCounts: joint.counts[label])
            },
            issues: issues, estimatedNoise: total > 0 ? 1 - Double(right) / Double(total) : 0)
    }

    /// The treatment of labels that are likely wrong.
    public enum Treatment: String, Sendable, CaseIterable {
        /// Leave out the images.
        case drop
        /// Replace the labels by the likely ones.
        case relabel
    }

    /// Returns a table of the images for `openDataset`, without images whose labels are likely wrong or with their
    /// likely labels, and without unreadable images. The images themselves are not changed.
    ///
    /// - Parameters:
    ///   - treatment: the treatment of labels that are likely wrong.
    ///   - folder: the folder in which the table will be written; see `DatasetTable`.
    /// - Throws: `DatasetError` if an image has no file of its own.
    public func table(_ treatment: Treatment, in folder: String) throws(DatasetError) -> CorrectedTable {
        let places = Dictionary(
            input.images.classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let likely = Dictionary(
            report.issues.compactMap { issue in places[issue.likely].map { (issue.index, $0) } },
            uniquingKeysWith: { first, _ in first })
        let corrected = CorrectedDataset(base: input.images, corrections: likely)
        let kept = (0..<corrected.count).filter {
            !unreadable.contains($0) && (treatment == .relabel || likely[$0] == nil)
        }
        var parts: [(split: String?, images: any ImageDataset)] = []
        for (name, members) in kept.chunked(by: input.split) {
            parts.append((name, Subset(of: corrected, indices: members)))
        }
        return CorrectedTable(
            text: try DatasetTable.text(of: parts, in: folder), images: kept.count, changed: likely.count)
    }
}

/// A table of a dataset with corrected labels.
public struct CorrectedTable: Sendable {
    /// The CSV text with the columns `path` and `label`, and `split` if the data is split.
    public let text: String
    /// The number of images in the table.
    public let images: Int
    /// The number of images that were left out or relabeled.
    public let changed: Int
}

/// A dataset with some labels replaced.
struct CorrectedDataset: ImageDataset {
    let base: any ImageDataset
    /// The new labels by the index of the image.
    let corrections: [Int: Int]

    var classNames: [String] { base.classNames }
    var count: Int { base.count }
    func label(at index: Int) -> Int { corrections[index] ?? base.label(at: index) }
    func labels(at index: Int) -> [Int] { [label(at: index)] }
    func name(at index: Int) -> String { base.name(at: index) }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try base.image(at: index, options: options)
    }
    func encodedImage(at index: Int) throws -> EncodedImage? { try base.encodedImage(at: index) }
}

extension [Int] {
    /// Returns the runs of adjacent indices with the same name.
    fileprivate func chunked(by name: (Int) -> String?) -> [(String?, [Int])] {
        reduce(into: []) { runs, index in
            let name = name(index)
            if let last = runs.last, last.0 == name {
                runs[runs.count - 1].1.append(index)
            } else {
                runs.append((name, [index]))
            }
        }
    }
}

/// The labels of images, and out-of-sample probabilities of all classes for each image.
struct LabeledProbabilities {
    /// The given label of each image.
    let labels: [Int]
    /// The number of classes.
    let classes: Int
    /// The probabilities, a row for each image.
    private let values: [Double]

    init(labels: [Int], classes: Int, values: [Double]) {
        precondition(values.count == labels.count * classes, "There is one probability per image and class.")
        (self.labels, self.classes, self.values) = (labels, classes, values)
    }

    /// The probability of a class for an image.
    subscript(_ row: Int, _ label: Int) -> Double { values[row * classes + label] }

    /// Returns the most probable class of an image; the first one of equals.
    func likeliest(_ row: Int, except excluded: Int? = nil) -> Int {
        var best = excluded == 0 && classes > 1 ? 1 : 0
        for label in 0..<classes where label != excluded && self[row, label] > self[row, best] { best = label }
        return best
    }

    /// Returns the probability of the given label. The lower it is, the more likely the label is wrong.
    func selfConfidence(_ row: Int) -> Double { self[row, labels[row]] }

    /// Returns the margin of the given label over the most probable other one, from 0 to 1: (p(given) - p(other) + 1) /
    /// 2.
    func normalizedMargin(_ row: Int) -> Double {
        (selfConfidence(row) - self[row, likeliest(row, except: labels[row])] + 1) / 2
    }

    /// Returns the images whose labels are likely wrong, like cleanlab's `find_label_issues` with pruning by noise
    /// rate: for each pair of classes, the images with the widest margins, as many as the confident joint counts.
    func issues(_ joint: ConfidentJoint) -> [Int] {
        let members = Dictionary(grouping: labels.indices) { labels[$0] }
        var found: Set<Int> = []
        for (given, prunes) in joint.prunes.enumerated() {
            guard let rows = members[given], rows.count > 1 else { continue }
            for (other, count) in prunes.enumerated() where other != given && count > 0 {
                let ordered = rows.sorted {
                    let (first, second) = (self[$0, other] - self[$0, given], self[$1, other] - self[$1, given])
                    return (-first, $0) < (-second, $1)
                }
                found.formUnion(ordered.prefix(count))
            }
        }
        // A label that the model agrees with is not an issue.
        return found.filter { row in
            let given = labels[row]
            return self[row, likeliest(row, except: given)] > self[row, given] + 1e-6
        }.sorted()
    }
}
