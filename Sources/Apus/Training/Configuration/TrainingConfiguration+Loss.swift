internal import TorchVision

extension TrainingConfiguration {
    /// In which way the training loss is not the validation loss, in one sentence; nil where both are the same function.
    var lossNote: String? {
        let ways = [
            balancesLoss ? "weighs the classes" : nil,
            balancesSampling ? "is taken over images that are drawn by class" : nil,
            labelSmoothing > 0 ? "smooths the labels by \(labelSmoothing.short)" : nil,
            trainingTransforms?.batch.isEmpty ?? true ? nil : "is taken over mixed images",
        ].compactMap(\.self)
        guard !ways.isEmpty else { return nil }
        return
            "The training loss \(ways.joined(separator: ", ")); the validation loss does not, so their values are not "
            + "comparable."
    }
}
