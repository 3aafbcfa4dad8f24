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
