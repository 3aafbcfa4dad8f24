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
