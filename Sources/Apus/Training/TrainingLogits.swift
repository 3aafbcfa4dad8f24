internal import Torch
internal import TorchNN

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

    /// The loss of the network's own answer, which is told, and the whole, whose gradient is followed.
    func losses(_ targets: Tensor) throws -> (main: Tensor, whole: Tensor) {
        let own = try crossEntropy(main, targets)
        let whole = try auxiliaries.reduce(own) { sum, head in
            try sum + crossEntropy(head.logits, targets) * head.share
        }
        return (own, whole)
    }
}
