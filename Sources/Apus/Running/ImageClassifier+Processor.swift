public import Classifier
internal import Torch

extension ImageClassifier {
    /// The name of the processor that computes the network: of the CPU with the number of its processors, or of the
    /// GPU. Nil if it is unknown.
    public nonisolated var processor: String? { Device(deviceDescription)?.processor }
}
