public import TensorBoard

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
