internal import LibC

/// The logits of a batch of images: a row for each image with a number for each class.
///
/// Values derived from a row are computed in float64.
package struct Logits: Sendable, RandomAccessCollection {
    private(set) var values: [Float] = []
    /// The number of classes.
    package let classes: Int

    /// Creates logits without images.
    init(classes: Int) { self.classes = classes }

    /// Creates the logits of images.
    ///
    /// - Parameter values: the rows, one after the other.
    /// - Throws: `ApusError` if the number of outputs is not the number of classes.
    package init(_ values: [Float], images: Int, classes: Int) throws {
        guard classes > 0, values.count == images * classes else {
            throw ApusError(
                .damagedFile,
                "the network has \(values.count / Swift.max(1, images)) outputs per image, but there are \(classes) "
                    + "classes",
                advice: "use another copy of the model file")
        }
        (self.values, self.classes) = (values, classes)
    }

    /// Adds an image.
    mutating func append(_ row: Row) { values += row.values }

    package var startIndex: Int { 0 }
    package var endIndex: Int { values.count / classes }
    package subscript(row: Int) -> Row { Row(values: values[row * classes..<(row + 1) * classes]) }

    /// The logits of an image.
    package struct Row: Sendable {
        /// The logit of each class.
        let values: ArraySlice<Float>

        package subscript(label: Int) -> Float { values[values.startIndex + label] }
    }
}

// MARK: The order of the classes

// Of equal logits, the first class comes first. NaN has no order; it shows in the probabilities.
extension Logits.Row {
    /// The class with the highest logit.
    package var best: Int {
        values.withUnsafeBufferPointer { values in
            var best = 0
            for label in values.indices where values[label] > values[best] { best = label }
            return best
        }
    }

    /// Returns the number of classes before a class.
    func rank(of label: Int) -> Int {
        values.withUnsafeBufferPointer { values in
            let value = values[label]
            var rank = 0
            for other in 0..<label { rank += values[other] >= value ? 1 : 0 }
            for other in label..<values.count { rank += values[other] > value ? 1 : 0 }
            return rank
        }
    }

    /// Returns the classes with the highest logits, the best first.
    func top(_ count: Int) -> [Int] {
        values.withUnsafeBufferPointer { values in
            // For few classes, repeated search is the fastest.
            guard count < values.count / 8 else {
                return Array(values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(count))
            }
            var (best, lowest) = ([Int](), Float.infinity)
            best.reserveCapacity(count)
            for label in values.indices {
                if best.count == count {
                    guard values[label] > lowest else { continue }
                    best.removeLast()
                }
                var place = best.count
                while place > 0, values[label] > values[best[place - 1]] { place -= 1 }
                best.insert(label, at: place)
                lowest = values[best[best.count - 1]]
            }
            return best
        }
    }
}

// MARK: Probabilities

extension Logits.Row {
    /// Returns the probability of a class in multi-label classification.
    func sigmoid(_ label: Int) -> Double { 1 / (1 + exp(-Double(self[label]))) }

    /// Returns the mean binary cross entropy of all classes, like PyTorch's `binary_cross_entropy_with_logits`.
    ///
    /// - Parameter isShown: whether the image has each label.
    func binaryCrossEntropy(_ isShown: [Bool]) -> Double {
        values.withUnsafeBufferPointer { values in
            var sum = 0.0
            for (label, value) in values.enumerated() {
                let logit = Double(value)
                let logSigmoid = min(logit, 0) - log1p(exp(-abs(logit)))
                sum += (isShown[label] ? 0 : 1) * logit - logSigmoid
            }
            return sum / Double(values.count)
        }
    }

    /// Returns the softmax of the logits.
    func softmax(temperature: Double = 1) -> Softmax { Softmax(self, temperature) }
}

/// The softmax of an image's logits divided by a temperature. A logit that is NaN or infinitely high makes all NaN.
struct Softmax: Sendable {
    private let row: Logits.Row
    private let temperature: Double
    private let highest: Double
    /// The sum of the weights and of their squares. The weight of the most probable class is 1.
    private let sum: Double, squares: Double
    /// The weighted sums of the distances of the logits from the highest one, and of their squares.
    private let distances: Double, squaredDistances: Double
    /// The most probable class.
    let best: Int

    fileprivate init(_ row: Logits.Row, _ temperature: Double) {
        (self.row, self.temperature, best) = (row, temperature, row.best)
        let highest = Double(row[best])
        self.highest = highest
        var (sum, squares, distances, squaredDistances) = (0.0, 0.0, 0.0, 0.0)
        row.values.withUnsafeBufferPointer { values in
            for value in values {
                let distance = Double(value) - highest
                let weight = exp(distance / temperature)
                sum += weight
                squares += weight * weight
                distances += weight * distance
                squaredDistances += weight * distance * distance
            }
        }
        (self.sum, self.squares) = (sum, squares)
        (self.distances, self.squaredDistances) = (distances, squaredDistances)
    }

    /// The probability of a class.
    subscript(label: Int) -> Double { exp((Double(row[label]) - highest) / temperature) / sum }

    /// Returns the logarithm of the probability of a class, which is exact for very small probabilities.
    func logarithm(_ label: Int) -> Double { (Double(row[label]) - highest) / temperature - log(sum) }

    /// The probability of the most probable class.
    var confidence: Double { 1 / sum }

    /// Returns the squared error of the probabilities for a true class, summed over the classes.
    func squaredError(_ label: Int) -> Double { squares / (sum * sum) - 2 * self[label] + 1 }

    /// Returns the difference between the mean logit, weighted by probability, and the logit of a class.
    func excess(over label: Int) -> Double { distances / sum - (Double(row[label]) - highest) }

    /// The variance of the logits, weighted by probability.
    var variance: Double { squaredDistances / sum - distances / sum * (distances / sum) }
}

/// Converts logits to probabilities. Prediction, evaluation, calibration, explanations and reports all use this type,
/// so that they agree.
package struct Probabilities: Sendable {
    /// Whether the classifier is multi-label, so that probabilities need not sum to 1.
    let isMultiLabel: Bool
    /// The temperature, by which logits are divided before the softmax.
    let temperature: Double

    /// Creates the conversion of a classifier: the sigmoid of each logit for multi-label, otherwise the softmax of the
    /// logits divided by the temperature.
    package init(of description: ModelDescription) {
        isMultiLabel = description.isMultiLabel
        temperature = description.isMultiLabel ? 1 : description.calibration?.temperature ?? 1
    }

    /// Creates the conversion of an uncalibrated classifier.
    package init(isMultiLabel: Bool) { (self.isMultiLabel, temperature) = (isMultiLabel, 1) }

    /// Returns the probabilities of some classes, rounded to float32.
    package func callAsFunction(_ row: Logits.Row, of labels: [Int]) -> [Float] {
        if isMultiLabel { return labels.map { Float(row.sigmoid($0)) } }
        let softmax = row.softmax(temperature: temperature)
        return labels.map { Float(softmax[$0]) }
    }
}
