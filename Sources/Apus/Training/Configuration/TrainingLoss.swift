internal import Classifier
public import Torch

/// A custom loss function, in place of the cross entropy.
///
/// The function takes two float32 tensors of shape `[N, classes]` and returns the mean loss of the batch, a scalar:
///
/// - logits: the outputs of the network, before the softmax or the sigmoid.
/// - targets: 1 for each class that the image shows and 0 for the others. `mixup` and `cutmix` mix the targets of two
///   images, and label smoothing spreads a fraction of them over all classes.
///
/// The loss is used for training and validation, so `EpochMetrics` and the training curves contain its values. It runs
/// on `TensorActor`, also for each auxiliary head of the network.
///
/// ```swift
/// let squaredError = TrainingLoss("squared error") { logits, targets in
///     try mseLoss(logits.softmax(dim: 1), targets)
/// }
/// let run = try await ImageClassifier.train(on: "photos", configuration, loss: squaredError)
/// ```
public struct TrainingLoss: Sendable {
    /// The name in errors, logs and reports. A resumed run needs a loss of the same name.
    public let name: String
    private let function: @TensorActor @Sendable (Tensor, Tensor) throws -> Tensor

    /// A loss function with a name.
    ///
    /// - Parameters:
    ///   - name: one name for each function, with the parameters in it: `focal, gamma 2`.
    ///   - function: returns a scalar that depends on the logits by differentiable operations.
    public init(
        _ name: String,
        _ function: @escaping @TensorActor @Sendable (_ logits: Tensor, _ targets: Tensor) throws -> Tensor
    ) {
        (self.name, self.function) = (name, function)
    }

    /// Computes the loss and checks it.
    ///
    /// - Throws: `ApusError` with the name of the loss.
    @TensorActor
    func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        let loss = try CustomParts.run("the loss", name) { try function(logits, targets) }
        guard loss.count == 1 else {
            throw CustomParts.failure(
                "the loss", name, "returned a tensor of shape \(loss.shape), and the loss of a batch is a scalar",
                advice: "return the mean over the batch")
        }
        guard loss.requiresGradient || !logits.requiresGradient else {
            throw CustomParts.failure(
                "the loss", name, "has no gradient",
                advice: "compute it from the logits by differentiable operations")
        }
        return loss
    }
}
