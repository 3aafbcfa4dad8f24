/// Makes probabilities of logits. It is the one place that does: what predicts, evaluates, calibrates, explains and
/// reports asks here, so that all of them show the same.
package struct Probabilities: Sendable {
    /// Whether each output is a question of its own, so that probabilities need not sum to 1.
    let isMultiLabel: Bool
    /// What logits are divided by before the softmax.
    let temperature: Double

    /// Those of a classifier: the sigmoid of each logit where an image may show several classes; else the softmax of
    /// the logits divided by the temperature, where there is one.
    package init(of description: ModelDescription) {
        isMultiLabel = description.isMultiLabel
        temperature = description.isMultiLabel ? 1 : description.calibration?.temperature ?? 1
    }

    /// The probabilities of some classes, rounded to float32, in which logits come.
    package func callAsFunction(_ row: Logits.Row, of labels: [Int]) -> [Float] {
        if isMultiLabel { return labels.map { Float(row.sigmoid($0)) } }
        let softmax = row.softmax(temperature: temperature)
        return labels.map { Float(softmax[$0]) }
    }
}
