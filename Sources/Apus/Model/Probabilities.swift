internal import Torch

/// Makes probabilities of logits. It is the one place that does: what predicts, evaluates, calibrates, explains and
/// reports asks here, so that all of them tell the same.
struct Probabilities {
    /// Whether each output is a question of its own, so that probabilities need not sum to 1.
    let isMultiLabel: Bool
    /// What logits are divided by before the softmax.
    let temperature: Double

    /// Those of a classifier that tells one class, with a temperature.
    init(temperature: Double = 1) { (isMultiLabel, self.temperature) = (false, temperature) }

    /// Those of a classifier: the sigmoid of each logit where a picture may show several classes; else the softmax of the
    /// logits divided by the temperature, where there is one.
    init(of description: ModelDescription) {
        isMultiLabel = description.isMultiLabel
        temperature = description.isMultiLabel ? 1 : description.calibration?.temperature ?? 1
    }

    /// Those of a classifier that tells several classes.
    static let multiLabel = Probabilities(isMultiLabel: true)

    private init(isMultiLabel: Bool) { (self.isMultiLabel, temperature) = (isMultiLabel, 1) }

    /// The probabilities `[…, classes]` of logits `[…, classes]`.
    func callAsFunction(_ logits: Tensor) throws -> Tensor {
        isMultiLabel ? try logits.sigmoid() : try scaled(logits).softmax(-1)
    }

    /// The logarithms of the probabilities, which lose nothing where one is very small.
    func logarithms(_ logits: Tensor) throws -> Tensor { try scaled(logits).logSoftmax(-1) }

    private func scaled(_ logits: Tensor) throws -> Tensor { temperature == 1 ? logits : try logits / temperature }
}
