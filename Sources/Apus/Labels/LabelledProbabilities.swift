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
