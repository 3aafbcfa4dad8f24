/// The publication of a network.
public struct Paper: Sendable, Hashable, Codable {
    /// The title.
    public let title: String
    /// The authors; only the first one if there are many.
    public let authors: String
    /// The year in which it appeared on arXiv.
    public let year: Int
    /// The number on arXiv, `1512.03385`.
    public let arXiv: String

    /// The URL of the page.
    public var url: String { "https://arxiv.org/abs/\(arXiv)" }
}

extension Architecture {
    /// The publication of the network, or nil if there is none.
    public var paper: Paper? {
        isOwn ? nil : Paper.ofNetworks.first { name.hasPrefix($0.prefix) }?.paper
    }
}

extension Paper {
    private init(_ title: String, _ authors: String, _ year: Int, _ arXiv: String) {
        self.init(title: title, authors: authors, year: year, arXiv: arXiv)
    }

    /// The publications by the start of a network's name; longer names come before shorter ones.
    fileprivate static let ofNetworks: [(prefix: String, paper: Paper)] = [
        (
            "alexnet",
            Paper("One weird trick for parallelizing convolutional neural networks", "Krizhevsky", 2014, "1404.5997")
        ),
        (
            "vgg",
            Paper(
                "Very Deep Convolutional Networks for Large-Scale Image Recognition", "Simonyan, Zisserman", 2014,
                "1409.1556")
        ),
        (
            "resnext",
            Paper("Aggregated Residual Transformations for Deep Neural Networks", "Xie et al.", 2016, "1611.05431")
        ),
        ("resnet", Paper("Deep Residual Learning for Image Recognition", "He et al.", 2015, "1512.03385")),
        ("wide_resnet", Paper("Wide Residual Networks", "Zagoruyko, Komodakis", 2016, "1605.07146")),
        ("densenet", Paper("Densely Connected Convolutional Networks", "Huang et al.", 2016, "1608.06993")),
        ("googlenet", Paper("Going Deeper with Convolutions", "Szegedy et al.", 2014, "1409.4842")),
        (
            "inception",
            Paper("Rethinking the Inception Architecture for Computer Vision", "Szegedy et al.", 2015, "1512.00567")
        ),
        (
            "mnasnet",
            Paper("MnasNet: Platform-Aware Neural Architecture Search for Mobile", "Tan et al.", 2018, "1807.11626")
        ),
        (
            "mobilenet_v2",
            Paper("MobileNetV2: Inverted Residuals and Linear Bottlenecks", "Sandler et al.", 2018, "1801.04381")
        ),
        ("mobilenet_v3", Paper("Searching for MobileNetV3", "Howard et al.", 2019, "1905.02244")),
        (
            "shufflenet_v2",
            Paper(
                "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", "Ma et al.", 2018,
                "1807.11164")
        ),
        (
            "squeezenet",
            Paper(
                "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", "Iandola et al.",
                2016, "1602.07360")
        ),
        (
            "efficientnet_v2",
            Paper("EfficientNetV2: Smaller Models and Faster Training", "Tan, Le", 2021, "2104.00298")
        ),
        (
            "efficientnet",
            Paper(
                "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", "Tan, Le", 2019,
                "1905.11946")
        ),
        ("convnext", Paper("A ConvNet for the 2020s", "Liu et al.", 2022, "2201.03545")),
        ("regnet", Paper("Designing Network Design Spaces", "Radosavovic et al.", 2020, "2003.13678")),
        (
            "vit",
            Paper(
                "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", "Dosovitskiy et al.",
                2020, "2010.11929")
        ),
        ("swin_v2", Paper("Swin Transformer V2: Scaling Up Capacity and Resolution", "Liu et al.", 2021, "2111.09883")),
        (
            "swin",
            Paper(
                "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", "Liu et al.", 2021,
                "2103.14030")
        ),
    ]
}
