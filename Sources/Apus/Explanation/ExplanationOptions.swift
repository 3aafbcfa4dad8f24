public import Classifier

/// Options for explanations.
public struct ExplanationOptions: Sendable {
    /// The method.
    public var method = ExplanationMethod.gradCAM
    /// The name of the layer of the activation maps; nil for the default of the network. Not for methods on pixels.
    public var layer: String?
    /// The class to explain; nil for the predicted one.
    public var target: ClassReference?
    /// SmoothGrad: the number of noisy copies.
    public var samples = 25
    /// SmoothGrad: the standard deviation of the noise, as a fraction of the range of the input.
    public var noise = 0.15
    /// SmoothGrad: the random seed of the noise.
    public var seed: UInt64 = 0
    /// Integrated gradients: the number of steps, at the nodes of the Gauss-Legendre quadrature.
    public var steps = 50
    /// Occlusion: the side of the covering square in pixels of the network's input; nil for a seventh of the input's
    /// side.
    public var window: Int?
    /// Occlusion: the step of the square in pixels; nil for half its side.
    public var stride: Int?
    /// The number of copies of an image in a batch, which limits the memory.
    public var batchSize = 16

    /// Creates the default options: Grad-CAM for the predicted class.
    public init() {}

    /// Checks the options.
    ///
    /// - Throws: `ApusError` for an invalid value.
    func check(side: Int) throws(ApusError) {
        func check(_ isRight: Bool, _ name: String, _ value: some Any, _ range: String) throws(ApusError) {
            guard !isRight else { return }
            throw ApusError(
                .invalidConfiguration, name: name, value: "\(value)", "`\(name)` must be \(range), not \(value)")
        }
        let most = 100_000
        try check((1...most).contains(samples), "samples", samples, "between 1 and \(most)")
        try check(noise >= 0 && noise.isFinite, "noise", noise, "0 or more")
        try check((1...most).contains(steps), "steps", steps, "between 1 and \(most)")
        try check((1...most).contains(batchSize), "batchSize", batchSize, "between 1 and \(most)")
        let window = window(side: side)
        try check((1...side).contains(window), "window", window, "between 1 and the network's \(side) pixels")
        let stride = stride(side: side)
        try check(
            (1...window).contains(stride), "stride", stride,
            "between 1 and the window's \(window) pixels, so that every pixel is covered")
    }

    func window(side: Int) -> Int { window ?? max(1, side / 7) }

    func stride(side: Int) -> Int { stride ?? max(1, window(side: side) / 2) }
}

/// The methods of explanation: how to find the evidence for a class in an image.
public enum ExplanationMethod: String, Sendable, Codable, CaseIterable {
    /// The maps of a layer, each weighted by the mean of its gradient. R. Selvaraju et al., 2016, arXiv:1610.02391.
    case gradCAM = "grad-cam"
    /// The same, with weights that account for several objects of a class. A. Chattopadhyay et al., 2017,
    /// arXiv:1710.11063.
    case gradCAMPlusPlus = "grad-cam++"
    /// The first principal component of the maps of a layer, independent of the class. M. Muhammad, M. Yeasin, 2020,
    /// arXiv:2008.00299.
    case eigenCAM = "eigen-cam"
    /// The maps of a layer, each weighted by the prediction for the image masked with it. H. Wang et al., 2019,
    /// arXiv:1910.01279.
    case scoreCAM = "score-cam"
    /// The magnitude of the gradient at each pixel. K. Simonyan et al., 2013, arXiv:1312.6034.
    case gradient
    /// The mean gradient magnitude over noisy copies of the image. D. Smilkov et al., 2017, arXiv:1706.03825.
    case smoothGrad = "smooth-grad"
    /// The gradient, integrated from an image of the mean color to the image. M. Sundararajan et al., 2017,
    /// arXiv:1703.01365.
    case integratedGradients = "integrated-gradients"
    /// The decrease of the class's output if a part of the image is covered. M. Zeiler, R. Fergus, 2013,
    /// arXiv:1311.2901.
    case occlusion

    /// Whether the method uses the maps of a layer. The others work on pixels.
    public var usesLayer: Bool {
        switch self {
        case .gradCAM, .gradCAMPlusPlus, .eigenCAM, .scoreCAM: true
        case .gradient, .smoothGrad, .integratedGradients, .occlusion: false
        }
    }

    /// The name of the method.
    public var title: String {
        switch self {
        case .gradCAM: "Grad-CAM"
        case .gradCAMPlusPlus: "Grad-CAM++"
        case .eigenCAM: "Eigen-CAM"
        case .scoreCAM: "Score-CAM"
        case .gradient: "Gradient"
        case .smoothGrad: "SmoothGrad"
        case .integratedGradients: "Integrated gradients"
        case .occlusion: "Occlusion"
        }
    }
}
