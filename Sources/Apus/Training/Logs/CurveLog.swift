public import Classifier
internal import Platform
public import TensorBoard
internal import Torch

/// The metrics of the steps of a run as a CSV file: `steps.csv`.
///
/// It has no times, so that equal runs write equal files.
package final class CurveLog {
    private static let header = "epoch,step,learning_rate,loss,accuracy,images"
    /// The header that Apus 0.1 wrote.
    private static let formerHeader = "epoch,step,learning_rate,loss,accuracy,pictures"

    private let file: LineFile

    /// Creates a new file, which must not exist.
    ///
    /// - Throws: `FileError`.
    package init(creating path: String) throws {
        file = try LineFile(creating: path)
        try file.append(Self.header)
    }

    /// Opens a file, or creates it if it does not exist. Rows of later steps are removed.
    ///
    /// - Throws: `FileError`, also if the file is not such a table.
    package init(resuming path: String, afterStep step: Int) throws {
        try Self.check(path)
        file = try LineFile(resuming: path) { line, _ in
            line == Self.header || line == Self.formerHeader || StepSummary(csv: line).map { $0.step <= step } ?? false
        }
        if file.length == 0 { try file.append(Self.header) }
    }

    /// Appends a row.
    ///
    /// - Throws: `FileError` if the disk fails. The file is then unchanged.
    package func write(_ summary: StepSummary) throws { try file.append(summary.csv) }

    /// Waits until the rows are on the disk.
    ///
    /// - Throws: `FileError`.
    package func synchronize() throws { try file.synchronize() }

    /// Reads the rows of a file.
    ///
    /// - Throws: `FileError`, also if the file is not such a table.
    package static func read(_ path: String) throws -> [StepSummary] {
        try check(path)
        return try LineFile.lines(of: path).dropFirst().enumerated().map { number, line in
            guard let summary = StepSummary(csv: line) else {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 2) does not have the columns \(header)",
                    advice: "delete the line")
            }
            return summary
        }
    }

    /// Checks the header of an existing file.
    private static func check(_ path: String) throws {
        guard fileExists(path), let first = try LineFile.lines(of: path).first, first != header,
            first != formerHeader
        else { return }
        throw FileError(
            path: path, operation: "read", reason: "it does not begin with the columns \(header)",
            advice: "move it away")
    }
}

extension StepSummary {
    fileprivate var csv: String { "\(epoch),\(step),\(learningRate),\(loss),\(accuracy),\(images)" }

    fileprivate init?(csv line: Substring) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 6, let epoch = Int(cells[0]), let step = Int(cells[1]), let rate = Double(cells[2]),
            let loss = Double(cells[3]), let accuracy = Double(cells[4]), let images = Int(cells[5])
        else { return nil }
        self.init(epoch: epoch, step: step, learningRate: rate, loss: loss, accuracy: accuracy, images: images)
    }
}

/// The metrics of a few steps of a run.
public struct StepSummary: Sendable, Codable, Equatable {
    /// The epoch, from 1.
    public var epoch: Int
    /// The number of steps of the whole run so far.
    public var step: Int
    /// The learning rate of the last step.
    public var learningRate: Double
    /// The mean loss of the images of these steps.
    public var loss: Double
    /// The fraction of these images that are correctly classified.
    public var accuracy: Double
    /// The number of images of these steps.
    public var images: Int

    /// Creates a summary from its metrics.
    public init(epoch: Int, step: Int, learningRate: Double, loss: Double, accuracy: Double, images: Int) {
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.loss = loss
        self.accuracy = accuracy
        self.images = images
    }
}

/// Summarizes steps by the running means of an epoch: the difference of two readings is the summary of the steps
/// between them.
///
/// The state is saved with a checkpoint, so that a resumed run writes the same summaries.
package struct StepSummaries: Sendable, Codable, Equatable {
    /// The smallest number of steps in a summary.
    package let interval: Int
    private var epoch = 0
    private var summarized = 0
    private var images = 0
    private var lossSum = 0.0
    private var correct = 0.0

    /// Creates a summary for every `interval` steps. The last summary of an epoch may have fewer steps.
    package init(every interval: Int) { self.interval = max(1, interval) }

    /// Reads the means of an epoch.
    ///
    /// - Parameters:
    ///   - progress: The means of the epoch so far.
    ///   - step: The number of steps of the whole run so far.
    /// - Returns: The summary of the steps since the last one; nil if they are too few and the epoch has not ended.
    package mutating func take(_ progress: TrainingProgress, step: Int) -> StepSummary? {
        if progress.epoch != epoch {
            (epoch, summarized, images, lossSum, correct) = (progress.epoch, step - progress.step, 0, 0, 0)
        }
        let new = progress.images - images
        guard new > 0, step - summarized >= interval || progress.step == progress.steps else { return nil }
        let sums = (
            loss: progress.loss * Double(progress.images), correct: progress.accuracy * Double(progress.images)
        )
        defer { (summarized, images, lossSum, correct) = (step, progress.images, sums.loss, sums.correct) }
        return StepSummary(
            epoch: epoch, step: step, learningRate: progress.learningRate, loss: (sums.loss - lossSum) / Double(new),
            accuracy: (sums.correct - correct) / Double(new), images: new)
    }
}

extension StepSummary {
    /// The values for TensorBoard: `loss/steps`, `accuracy/steps` and `learning_rate`, at its step.
    public var summaryValues: [SummaryValue] {
        [
            .scalar("loss/steps", loss), .scalar("accuracy/steps", accuracy), .scalar("learning_rate", learningRate),
        ]
    }
}

extension InitialMetrics {
    /// The values for TensorBoard: loss and accuracy of validation, and the mean average precision of multi-label data.
    var summaryValues: [SummaryValue] {
        [.scalar("loss/validation", validationLoss), .scalar("accuracy/validation", validationAccuracy)]
            + (validationMeanAveragePrecision.map { [.scalar("mean_average_precision/validation", $0)] } ?? [])
    }
}

extension EpochMetrics {
    /// The values for TensorBoard: `epoch`, loss and accuracy of training and validation, and the mean average
    /// precision of multi-label data.
    public var summaryValues: [SummaryValue] {
        [
            .scalar("epoch", Double(epoch)),
            .scalar("loss/training", trainingLoss), .scalar("loss/validation", validationLoss),
            .scalar("accuracy/training", trainingAccuracy), .scalar("accuracy/validation", validationAccuracy),
        ] + (validationMeanAveragePrecision.map { [.scalar("mean_average_precision/validation", $0)] } ?? [])
            + (custom ?? [:]).sorted { $0.key < $1.key }.map { .scalar("\($0)/validation", $1) }
    }
}
