/// Published weights as one value: where they lie, how pictures are prepared for them, and how good they are.
///
/// It follows torchvision's `Weights` enumerations.
public struct PretrainedWeights: Sendable {
    /// The name in torchvision's enumeration, `IMAGENET1K_V1`.
    public let name: String
    /// Address, file name and SHA-256.
    public internal(set) var file: WeightsFile
    /// How pictures are prepared.
    public let preprocessing: Preprocessing
    /// Published accuracy on ImageNet's validation set, in percent; nil where the classifier is not usable.
    public let accuracy: (top1: Double, top5: Double)?
    /// Multiply-adds for one picture, in thousand millions.
    public let gigaflops: Double

    init(
        _ name: String, _ fileName: String, top1: Double? = nil, top5: Double? = nil, gigaflops: Double,
        preprocessing: Preprocessing = .imageNet
    ) {
        self.name = name
        file = WeightsFile(url: "https://download.pytorch.org/models/\(fileName)")
        self.preprocessing = preprocessing
        accuracy = top1.flatMap { top1 in top5.map { (top1, $0) } }
        self.gigaflops = gigaflops
    }
}
