internal import Classifier
internal import Serving

extension InferenceAnswer.Results {
    /// Creates the results of a model from the outputs of its network.
    ///
    /// - Throws: `ServingError` if the number of outputs is not the number of classes.
    init(of outputs: [ImageOutput], by model: ServedModel) throws(ServingError) {
        let classes = model.classifier.classes
        let logits = outputs.flatMap(\.logits)
        let rows: Logits
        do {
            rows = try Logits(logits, images: outputs.count, classes: classes.count)
        } catch {
            throw ServingError(.internalError, "\(error)")
        }
        let rule = Probabilities(of: model.classifier.description)
        let all = Array(classes.indices)
        let best = rows.map(\.best)
        self.init(
            labels: best.map { classes[$0] }, indices: best, probabilities: rows.flatMap { rule($0, of: all) },
            logits: logits)
    }

    /// Returns whether an image is rejected as unknown.
    func isRejected(_ image: Int, by model: ServedModel) -> Bool {
        let description = model.classifier.description
        guard !description.isMultiLabel, let threshold = description.calibration?.unknownThreshold else { return false }
        return Double(probabilities[image * description.classes.count + indices[image]]) < threshold
    }
}
