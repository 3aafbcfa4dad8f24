/// Takes the metrics of every few batches, as differences of the sums of an epoch.
///
/// It is not saved with the state, because its metrics are for the user and in no file. A run that resumes within an
/// epoch begins with the first batch after it.
struct BatchReports {
    /// The number of batches in a report; nil for no reports.
    let interval: Int?
    private let clock = ContinuousClock()
    private var began = ContinuousClock.now
    private var (done, sums) = (0, EpochSums())

    init(every interval: Int?) { self.interval = interval }

    /// Begins an epoch, or the rest of one.
    mutating func begin(afterBatch batch: Int, _ sums: EpochSums) {
        (began, done, self.sums) = (clock.now, batch, sums)
    }

    /// Whether a report is due after a batch.
    func isDue(afterBatch batch: Int, of batches: Int) -> Bool {
        guard let interval, batch > done else { return false }
        return batch / interval > done / interval || batch >= batches
    }

    /// Whether a report is due at the end of an epoch: its last batches could not be read, so that none was due after
    /// them.
    func isDueAtEnd(afterBatch batch: Int) -> Bool { interval != nil && batch > done }

    /// Returns the metrics of the batches since the last report; nil if none of their images could be read.
    mutating func take(
        epoch: Int, batch: Int, of batches: Int, _ sums: EpochSums, learningRate: Double
    ) -> BatchMetrics? {
        let (now, images) = (clock.now, sums.images - self.sums.images)
        defer { (began, done, self.sums) = (now, batch, sums) }
        guard images > 0 else { return nil }
        return BatchMetrics(
            epoch: epoch, batch: batch, batches: batches, images: images,
            loss: (sums.loss - self.sums.loss) / Double(images),
            accuracy: (sums.correct - self.sums.correct) / Double(images), learningRate: learningRate,
            duration: now - began)
    }
}
