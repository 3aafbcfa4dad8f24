public import Classifier

/// How pictures are explained.
public struct ExplanationOptions: Sendable {
    /// How it is found out.
    public var method = ExplanationMethod.gradCAM
    /// The layer whose maps are looked at, by its name; nil for the network's default. Methods on pixels have none.
    public var layer: String?
    /// The class whose grounds are looked for; nil for the predicted one.
    public var target: ClassReference?
    /// SmoothGrad: how many noisy copies.
    public var samples = 25
    /// SmoothGrad: the noise's deviation, as a share of the distance between the input's least and greatest value.
    public var noise = 0.15
    /// SmoothGrad: what the noise depends on.
    public var seed: UInt64 = 0
    /// Integrated gradients: how many steps, at the nodes of the Gauss-Legendre quadrature.
    public var steps = 50
    /// Occlusion: the side of the square that is covered, in the network's pixels; nil for a seventh of the input's.
    public var window: Int?
    /// Occlusion: how far the square moves; nil for half its side.
    public var stride: Int?
    /// How many copies of a picture pass the network at once; it bounds the memory.
    public var batchSize = 16

    /// Grad-CAM for the predicted class.
    public init() {}

    /// Throws `ApusError` for a number with which nothing can be computed.
    func check(side: Int) throws(ApusError) {
        func check(_ isRight: Bool, _ name: String, _ value: some Any, _ range: String) throws(ApusError) {
            guard !isRight else { return }
            throw ApusError(
                .invalidConfiguration, name: name, value: "\(value)", "`\(name)` is \(range), not \(value)")
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
            "between 1 and the window's \(window) pixels, so that no pixel is left out")
    }

    func window(side: Int) -> Int { window ?? max(1, side / 7) }

    func stride(side: Int) -> Int { stride ?? max(1, window(side: side) / 2) }
}

/// How it is found out which places of a picture speak for a class.
public enum ExplanationMethod: String, Sendable, Codable, CaseIterable {
    /// A layer's maps, each weighed by the mean of its gradient. R. Selvaraju et al., 2016, arXiv:1610.02391.
    case gradCAM = "grad-cam"
    /// The same with weights that heed how often a class is there. A. Chattopadhyay et al., 2017, arXiv:1710.11063.
    case gradCAMPlusPlus = "grad-cam++"
    /// The first principal component of a layer's maps, whatever the class. M. Muhammad, M. Yeasin, 2020,
    /// arXiv:2008.00299.
    case eigenCAM = "eigen-cam"
    /// A layer's maps, each weighed by how the class fares where the picture shines through it alone. H. Wang et al.,
    /// 2019, arXiv:1910.01279.
    case scoreCAM = "score-cam"
    /// The size of the gradient at each pixel. K. Simonyan et al., 2013, arXiv:1312.6034.
    case gradient
    /// The mean of that over noisy copies of the picture. D. Smilkov et al., 2017, arXiv:1706.03825.
    case smoothGrad = "smooth-grad"
    /// The gradient summed on the way from a picture of one colour. M. Sundararajan et al., 2017, arXiv:1703.01365.
    case integratedGradients = "integrated-gradients"
    /// How far the class falls where a part is covered. M. Zeiler, R. Fergus, 2013, arXiv:1311.2901.
    case occlusion

    /// Whether it looks at the maps of a layer; the others look at pixels.
    public var usesLayer: Bool {
        switch self {
        case .gradCAM, .gradCAMPlusPlus, .eigenCAM, .scoreCAM: true
        case .gradient, .smoothGrad, .integratedGradients, .occlusion: false
        }
    }

    /// The name as the papers write it.
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
