public import Classifier
internal import Platform
public import TensorBoard
internal import Torch

/// The curve of a run's steps, as a table that spreadsheets read: `steps.csv`.
///
/// It holds no times, so that equal runs write equal files.
public final class CurveLog {
    private static let header = "epoch,step,learning_rate,loss,accuracy,pictures"

    private let file: LineFile

    /// Begins a table, which must not be there yet.
    ///
    /// - Throws: `FileError`.
    public init(creating path: String) throws {
        file = try LineFile(creating: path)
        try file.append(Self.header)
    }

    /// Goes on with a table, or begins it where it is not there; rows of later steps are taken off.
    ///
    /// - Throws: `FileError`, also where the file is none of these tables.
    public init(resuming path: String, afterStep step: Int) throws {
        try Self.check(path)
        file = try LineFile(resuming: path) { line, _ in
            line == Self.header || StepSummary(csv: line).map { $0.step <= step } ?? false
        }
        if file.length == 0 { try file.append(Self.header) }
    }

    /// Appends a row.
    ///
    /// - Throws: `FileError` where the disk refuses; the file is then as it was.
    public func write(_ summary: StepSummary) throws { try file.append(summary.csv) }

    /// Waits until the disk has the rows.
    ///
    /// - Throws: `FileError`.
    public func synchronize() throws { try file.synchronize() }

    /// The rows of a table.
    ///
    /// - Throws: `FileError`, also where the file is none of these tables.
    public static func read(_ path: String) throws -> [StepSummary] {
        try check(path)
        return try LineFile.lines(of: path).dropFirst().enumerated().map { number, line in
            guard let summary = StepSummary(csv: line) else {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 2) has not the columns \(header)",
                    advice: "delete the line")
            }
            return summary
        }
    }

    /// A table that is there begins as ours do.
    private static func check(_ path: String) throws {
        guard fileExists(path), let first = try LineFile.lines(of: path).first, first != header else { return }
        throw FileError(
            path: path, operation: "read", reason: "it does not begin with the columns \(header)",
            advice: "move it out of the way")
    }
}

extension StepSummary {
    fileprivate var csv: String { "\(epoch),\(step),\(learningRate),\(loss),\(accuracy),\(pictures)" }

    fileprivate init?(csv line: Substring) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 6, let epoch = Int(cells[0]), let step = Int(cells[1]), let rate = Double(cells[2]),
            let loss = Double(cells[3]), let accuracy = Double(cells[4]), let pictures = Int(cells[5])
        else { return nil }
        self.init(epoch: epoch, step: step, learningRate: rate, loss: loss, accuracy: accuracy, pictures: pictures)
    }
}

/// What the last few steps of a run came to.
public struct StepSummary: Sendable, Codable, Equatable {
    /// The epoch, from 1.
    public var epoch: Int
    /// How many steps of the whole run have been made.
    public var step: Int
    /// The learning rate of the last of them.
    public var learningRate: Double
    /// The mean loss of the pictures of these steps.
    public var loss: Double
    /// The share of those pictures that were recognised.
    public var accuracy: Double
    /// How many pictures the steps had.
    public var pictures: Int

    /// A summary of its figures.
    public init(epoch: Int, step: Int, learningRate: Double, loss: Double, accuracy: Double, pictures: Int) {
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.loss = loss
        self.accuracy = accuracy
        self.pictures = pictures
    }
}

/// Makes summaries of steps out of an epoch's running means.
///
/// A trainer reads its running sums now and then; the difference of two readings is what lay between them. The state is
/// saved with a checkpoint, so that a resumed run summarises the same steps together.
public struct StepSummaries: Sendable, Codable, Equatable {
    /// How many steps a summary has at least.
    public let interval: Int
    private var epoch = 0
    private var summarized = 0
    private var pictures = 0
    private var lossSum = 0.0
    private var correct = 0.0

    /// A summary for each `interval` steps; an epoch's last one may have fewer.
    public init(every interval: Int) { self.interval = max(1, interval) }

    /// Takes a reading of an epoch's means.
    ///
    /// - Parameters:
    ///   - progress: the means of the epoch so far.
    ///   - step: how many steps of the whole run have been made.
    /// - Returns: the summary of the steps since the last one, where they are enough or the epoch is over.
    public mutating func take(_ progress: TrainingProgress, step: Int) -> StepSummary? {
        if progress.epoch != epoch {
            (epoch, summarized, pictures, lossSum, correct) = (progress.epoch, step - progress.step, 0, 0, 0)
        }
        let new = progress.pictures - pictures
        guard new > 0, step - summarized >= interval || progress.step == progress.steps else { return nil }
        let sums = (
            loss: progress.loss * Double(progress.pictures), correct: progress.accuracy * Double(progress.pictures)
        )
        defer { (summarized, pictures, lossSum, correct) = (step, progress.pictures, sums.loss, sums.correct) }
        return StepSummary(
            epoch: epoch, step: step, learningRate: progress.learningRate, loss: (sums.loss - lossSum) / Double(new),
            accuracy: (sums.correct - correct) / Double(new), pictures: new)
    }
}

extension StepSummary {
    /// What TensorBoard shows of it: `loss/steps`, `accuracy/steps` and `learning_rate`, at its step.
    public var summaryValues: [SummaryValue] {
        [
            .scalar("loss/steps", loss), .scalar("accuracy/steps", accuracy), .scalar("learning_rate", learningRate),
        ]
    }
}

extension EpochMetrics {
    /// What TensorBoard shows of it: `epoch`, loss and accuracy of training and validation, and the mean average precision
    /// where there is one.
    public var summaryValues: [SummaryValue] {
        [
            .scalar("epoch", Double(epoch)),
            .scalar("loss/training", trainingLoss), .scalar("loss/validation", validationLoss),
            .scalar("accuracy/training", trainingAccuracy), .scalar("accuracy/validation", validationAccuracy),
        ] + (validationMeanAveragePrecision.map { [.scalar("mean_average_precision/validation", $0)] } ?? [])
    }
}
