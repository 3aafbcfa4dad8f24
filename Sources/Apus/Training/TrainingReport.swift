internal import Foundation
internal import TorchVision

/// The figures of a run for people, in Markdown: what was trained on what, how each epoch went, and what to do next.
func trainingReport(
    _ result: TrainingResult, plan: TrainingPlan, configuration: TrainingConfiguration
) -> String {
    func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
    let rows = result.epochs.map { epoch in
        "| \(epoch.epoch)\(epoch.epoch == result.best.epoch ? " (best)" : "") | \(epoch.learningRate) | "
            + String(format: "%.4f", epoch.trainingLoss) + " | \(percent(epoch.trainingAccuracy)) | "
            + String(format: "%.4f", epoch.validationLoss) + " | \(percent(epoch.validationAccuracy)) |"
    }
    let unreadable =
        result.unreadable > 0 ? "\n- pictures that could not be read and were left out: \(result.unreadable)" : ""
    return """
        # \(plan.model) on \(plan.data)

        **\(percent(result.best.validationAccuracy))** \
        \(plan.isMultiLabel ? "mean average precision on" : "of") \(plan.validationPictures) validation \
        pictures\(plan.isMultiLabel ? "" : " are recognised") (epoch \(result.best.epoch)).

        - \(plan.classes.count) classes: \(plan.classes.prefix(20).joined(separator: ", "))\
        \(plan.classes.count > 20 ? ", …" : "")
        - \(plan.trainingPictures) training pictures, \(plan.validationPictures) for validation\(unreadable)
        - strategy \(configuration.strategy)\(plan.head == .lastLayer ? "" : ", head \(plan.head)"): \
        \(plan.trainableParameters) of \(plan.parameters) parameters trained
        - transforms \(plan.transforms)
        - \(configuration.optimizer.rawValue), learning rate \(configuration.learningRate), \(configuration.schedule)\
        \(configuration.stageRate == 1 ? "" : " (\(configuration.stageRate) of it from stage to stage)"), batches of \
        \(configuration.batchSize), seed \(configuration.seed), on \(plan.device)

        | epoch | learning rate | training loss | training accuracy | validation loss | validation accuracy |
        |---|---|---|---|---|---|
        \(rows.joined(separator: "\n"))

        ## What the curves tell

        ![Loss, accuracy and learning rate](curves.png)

        \(result.findings.map { "- \($0)" }.joined(separator: "\n"))

        ## Next

        ```
        apus predict \(result.directory.best) PICTURE...
        apus evaluate \(result.directory.best) DATA
        ```

        """
}
