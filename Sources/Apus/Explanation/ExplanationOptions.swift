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
        func check(_ isRight: Bool, _ text: String) throws(ApusError) { if !isRight { throw ApusError(text) } }
        let most = 100_000
        try check((1...most).contains(samples), "the number of noisy copies is between 1 and \(most), not \(samples)")
        try check(noise >= 0 && noise.isFinite, "the noise is 0 or more, not \(noise)")
        try check((1...most).contains(steps), "the number of steps is between 1 and \(most), not \(steps)")
        try check((1...most).contains(batchSize), "the batch size is between 1 and \(most), not \(batchSize)")
        let window = window(side: side)
        try check(
            (1...side).contains(window), "the window is between 1 and the network's \(side) pixels, not \(window)")
        let stride = stride(side: side)
        try check(
            (1...window).contains(stride),
            "the stride is between 1 and the window's \(window) pixels, so that no pixel is left out, not \(stride)")
    }

    func window(side: Int) -> Int { window ?? max(1, side / 7) }

    func stride(side: Int) -> Int { stride ?? max(1, window(side: side) / 2) }
}
