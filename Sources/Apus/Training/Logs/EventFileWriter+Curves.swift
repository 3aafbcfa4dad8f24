public import TensorBoard

extension EventFileWriter {
    /// Writes what the last few steps came to: `loss/steps`, `accuracy/steps` and `learning_rate`.
    ///
    /// - Throws: `EventFileError` where the disk refuses.
    public func write(
        _ summary: StepSummary, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        try write(
            [
                .scalar("loss/steps", summary.loss), .scalar("accuracy/steps", summary.accuracy),
                .scalar("learning_rate", summary.learningRate),
            ], step: summary.step, time: time)
    }

    /// Writes the figures of an epoch: `loss/training`, `loss/validation`, `accuracy/training`, `accuracy/validation`
    /// and `epoch`.
    ///
    /// - Parameter step: how many steps of the whole run have been made.
    /// - Throws: `EventFileError` where the disk refuses.
    public func write(
        _ metrics: EpochMetrics, step: Int, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        try write(
            [
                .scalar("epoch", Double(metrics.epoch)),
                .scalar("loss/training", metrics.trainingLoss), .scalar("loss/validation", metrics.validationLoss),
                .scalar("accuracy/training", metrics.trainingAccuracy),
                .scalar("accuracy/validation", metrics.validationAccuracy),
            ], step: step, time: time)
    }
}
