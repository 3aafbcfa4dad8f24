internal import Glibc

/// A network's outputs for a batch of images: for each image a row with a number for each class.
///
/// Everything that follows from a row is computed in float64.
package struct Logits: Sendable, RandomAccessCollection {
    private(set) var values: [Float] = []
    /// The number of classes.
    package let classes: Int

    /// No image yet.
    init(classes: Int) { self.classes = classes }

    /// The outputs for a number of images.
    ///
    /// - Parameter values: the rows, one after the other.
    /// - Throws: `ApusError` where the network does not give a number for each class.
    package init(_ values: [Float], images: Int, classes: Int) throws {
        guard classes > 0, values.count == images * classes else {
            throw ApusError(
                .damagedFile,
                "the network gives \(values.count / Swift.max(1, images)) outputs for each image, and there are \(classes) "
                    + "classes",
                advice: "take another copy of the model file")
        }
        (self.values, self.classes) = (values, classes)
    }

    /// Adds an image.
    mutating func append(_ row: Row) { values += row.values }

    package var startIndex: Int { 0 }
    package var endIndex: Int { values.count / classes }
    package subscript(row: Int) -> Row { Row(values: values[row * classes..<(row + 1) * classes]) }

    /// The outputs for one image.
    package struct Row: Sendable {
        /// A number for each class.
        let values: ArraySlice<Float>

        package subscript(label: Int) -> Float { values[values.startIndex + label] }
    }
}

// MARK: The order of the classes

// Of equal logits that of the first class comes first. NaN has no place in an order: it shows in the probabilities.
extension Logits.Row {
    /// The class with the highest logit.
    package var best: Int {
        values.withUnsafeBufferPointer { values in
            var best = 0
            for label in values.indices where values[label] > values[best] { best = label }
            return best
        }
    }

    /// How many classes come before a class.
    func rank(of label: Int) -> Int {
        values.withUnsafeBufferPointer { values in
            let value = values[label]
            var rank = 0
            for other in 0..<label { rank += values[other] >= value ? 1 : 0 }
            for other in label..<values.count { rank += values[other] > value ? 1 : 0 }
            return rank
        }
    }

    /// The classes with the highest logits, best first.
    func top(_ count: Int) -> [Int] {
        values.withUnsafeBufferPointer { values in
            // A few are found soonest one by one.
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
    /// The probability of a class where each is a question of its own.
    func sigmoid(_ label: Int) -> Double { 1 / (1 + exp(-Double(self[label]))) }

    /// The mean binary cross entropy of all classes, as PyTorch's `binary_cross_entropy_with_logits`.
    ///
    /// - Parameter isShown: for each class, whether the image shows it.
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

    /// The probabilities of the classes of which the image shows one.
    func softmax(temperature: Double = 1) -> Softmax { Softmax(self, temperature) }
}

/// The softmax of an image's logits divided by a temperature. A logit that is NaN or infinitely high makes all NaN.
struct Softmax: Sendable {
    private let row: Logits.Row
    private let temperature: Double
    private let highest: Double
    /// Relative to the weight of the most probable class, which is 1: the weights' sum, and that of their squares.
    private let sum: Double, squares: Double
    /// Sums, times their weights, of the distances of the logits from the highest one, and of their squares.
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

    /// The logarithm of the probability of a class, which loses nothing where that is very small.
    func logarithm(_ label: Int) -> Double { (Double(row[label]) - highest) / temperature - log(sum) }

    /// The probability of the most probable class.
    var confidence: Double { 1 / sum }

    /// The squared error of the probabilities, summed over the classes, where the image shows this one.
    func squaredError(_ label: Int) -> Double { squares / (sum * sum) - 2 * self[label] + 1 }

    /// How far the mean of the logits by their probabilities lies above that of a class.
    func excess(over label: Int) -> Double { distances / sum - (Double(row[label]) - highest) }

    /// The variance of the logits by their probabilities.
    var variance: Double { squaredDistances / sum - distances / sum * (distances / sum) }
}
