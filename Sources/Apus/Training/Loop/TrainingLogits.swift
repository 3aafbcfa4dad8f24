internal import Torch

/// What a network answers in a step of training: the logits, and those of the heads that help.
@TensorActor
struct TrainingLogits {
    /// `[N, classes]`.
    let main: Tensor
    /// The same of each auxiliary head, with the share of its loss in the whole.
    let auxiliaries: [(logits: Tensor, share: Double)]

    init(_ main: Tensor, auxiliaries: [(logits: Tensor, share: Double)] = []) {
        (self.main, self.auxiliaries) = (main, auxiliaries)
    }

    /// As float32, in which losses are taken.
    func inFloat32() throws -> TrainingLogits {
        TrainingLogits(try main.to(.float32), auxiliaries: try auxiliaries.map { (try $0.to(.float32), $1) })
    }
}
