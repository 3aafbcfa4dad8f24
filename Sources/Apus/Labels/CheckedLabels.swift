internal import Classifier
public import Images
internal import TorchVision

/// A dataset whose labels have been checked.
public struct CheckedLabels: Sendable {
    /// What was found.
    public let report: LabelReport
    /// The images, also those that could not be read.
    public let input: ImageInput
    private let unreadable: Set<Int>

    init(
        _ embeddings: Embeddings, _ probabilities: LabelledProbabilities, folds: Int, ranking: LabelReport.Ranking
    ) {
        input = embeddings.input
        unreadable = Set(embeddings.failures.map(\.index))
        let names = input.images.classNames
        let joint = ConfidentJoint(probabilities)
        let rows = probabilities.issues(joint)
        let issues = rows.map { row in
            let (given, likely) = (probabilities.labels[row], probabilities.likeliest(row))
            return LabelReport.Issue(
                picture: embeddings.picture(at: row), index: embeddings.places[row], given: names[given],
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
            pictures: labels.count, unreadable: unreadable.count, folds: folds,
            agreement: Double(agreed) / Double(labels.count),
            classes: names.enumerated().map { label, name in
                .init(
                    name: name, pictures: counts[label]?.count ?? 0, threshold: joint.thresholds[label],
                    issues: found[label]?.count ?? 0, estimatedTrueCounts: joint.counts[label])
            },
            issues: issues, estimatedNoise: total > 0 ? 1 - Double(right) / Double(total) : 0)
    }

    /// What becomes of labels that are likely wrong.
    public enum Treatment: String, Sendable, CaseIterable {
        /// Their pictures are left out.
        case drop
        /// They are replaced by the likely ones.
        case relabel
    }

    /// The pictures as a table that `openDataset` reads, without those whose labels are likely wrong, or with the likely
    /// labels; without those that can't be read. No picture is touched.
    ///
    /// - Parameters:
    ///   - treatment: what is done with labels that are likely wrong.
    ///   - folder: where the table will lie; see `DatasetTable`.
    /// - Throws: `DatasetError` where a picture has no file of its own.
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
        var parts: [(split: String?, pictures: any ImageDataset)] = []
        for (name, members) in kept.chunked(by: input.split) {
            parts.append((name, Subset(of: corrected, indices: members)))
        }
        return CorrectedTable(
            text: try DatasetTable.text(of: parts, in: folder), pictures: kept.count, changed: likely.count)
    }
}

/// A table of a dataset whose labels were corrected.
public struct CorrectedTable: Sendable {
    /// The CSV: `path,label`, and `split` where the data is split.
    public let text: String
    /// How many pictures it names.
    public let pictures: Int
    /// How many pictures were left out, or have another label.
    public let changed: Int
}

/// A dataset some of whose labels are others.
struct CorrectedDataset: ImageDataset {
    let base: any ImageDataset
    /// The new label of each picture that has one, by its place.
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
    /// Runs of neighbours that have the same name.
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

/// The labels of pictures, and the probabilities of all classes that a model gave each without having seen it.
struct LabelledProbabilities {
    /// The given class of each picture.
    let labels: [Int]
    /// How many classes there are.
    let classes: Int
    /// A row of probabilities for each picture, one after the other.
    private let values: [Double]

    init(labels: [Int], classes: Int, values: [Double]) {
        precondition(values.count == labels.count * classes, "Each picture has a probability for each class.")
        (self.labels, self.classes, self.values) = (labels, classes, values)
    }

    /// The probability of a class for a picture.
    subscript(_ row: Int, _ label: Int) -> Double { values[row * classes + label] }

    /// The most probable class of a picture; of equal ones the first.
    func likeliest(_ row: Int, except excluded: Int? = nil) -> Int {
        var best = excluded == 0 && classes > 1 ? 1 : 0
        for label in 0..<classes where label != excluded && self[row, label] > self[row, best] { best = label }
        return best
    }

    /// The probability of the given label: the lower, the more likely the label is wrong.
    func selfConfidence(_ row: Int) -> Double { self[row, labels[row]] }

    /// How much more probable the given label is than any other, brought to 0 to 1: (p(given) - p(other) + 1) / 2.
    func normalizedMargin(_ row: Int) -> Double {
        (selfConfidence(row) - self[row, likeliest(row, except: labels[row])] + 1) / 2
    }

    /// The pictures whose labels are likely wrong, as cleanlab's `find_label_issues` finds them when it prunes by noise
    /// rate: for each pair of classes as many as the confident joint counts, those with the widest margins.
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
        // What the model agrees with is no issue.
        return found.filter { row in
            let given = labels[row]
            return self[row, likeliest(row, except: given)] > self[row, given] + 1e-6
        }.sorted()
    }
}
