internal import Platform

/// Looks at what an operator's fixed sizes would make: windows without extent, permutations that are none, tensors
/// beyond all measure.
struct ONNXSizeCheck {
    private let node: ONNXFile.Node
    private let constants: [String: ONNXFile.Tensor]

    init(_ node: ONNXFile.Node, _ constants: [String: ONNXFile.Tensor]) {
        (self.node, self.constants) = (node, constants)
    }

    /// No side of anything that passes through a classifier is longer.
    private static let longest = 65_536
    /// Elements of what a fixed size alone makes.
    private static let most = 1 << 28

    func run() throws(ONNXError) {
        for attribute in node.attributes {
            guard attribute.integers.count <= 4096 else {
                throw ONNXError("its attribute '\(attribute.name.shown)' has \(attribute.integers.count) numbers")
            }
        }
        try checkWindow()
        switch node.type {
        case "Conv", "ConvTranspose": try checkConvolution()
        case "BatchNormalization": try checkSameLength(1...4)
        case "Transpose": try checkPermutation()
        case "Gemm": try checkRank(of: 1, 2)
        case "Expand", "Tile", "Reshape": try checkProduct(of: 1)
        case "ConstantOfShape": try checkProduct(of: 0)
        case "Resize": try checkProduct(of: 3)
        case "Pad": try checkEach(of: 1)
        case "OneHot": try checkEach(of: 1)
        case "Range": for place in 0..<3 { try checkEach(of: place) }
        default: break
        }
    }

    private func constant(_ place: Int) -> ONNXFile.Tensor? {
        place < node.inputs.count ? constants[node.inputs[place]] : nil
    }

    private func attribute(_ name: String) -> ONNXFile.Attribute? { node.attributes.first { $0.name == name } }

    /// Kernel, strides, dilations and padding of convolutions and pools.
    private func checkWindow() throws(ONNXError) {
        var rank: Int?
        for (name, least, sides) in [("kernel_shape", 1, 1), ("strides", 1, 1), ("dilations", 1, 1), ("pads", 0, 2)] {
            guard node.type != "Pad", let values = attribute(name)?.integers else { continue }
            guard values.allSatisfy({ (least...Self.longest).contains($0) }), values.count.isMultiple(of: sides),
                rank ?? (values.count / sides) == values.count / sides
            else { throw ONNXError("its \(name) \(values.prefix(8)) make no window") }
            rank = values.count / sides
        }
    }

    private func checkConvolution() throws(ONNXError) {
        guard let weight = constant(1) else { return }
        let group = attribute("group")?.integer ?? 1
        guard weight.dims.count >= 3, group >= 1, weight.dims[0] >= 1, weight.dims[1] >= 1,
            weight.dims[0].isMultiple(of: group)
        else { throw ONNXError("its weight of the sizes \(weight.dims) does not divide into \(group) groups") }
        if let kernel = attribute("kernel_shape")?.integers, kernel != Array(weight.dims[2...]) {
            throw ONNXError("its kernel_shape \(kernel.prefix(8)) is not its weight's, \(weight.dims)")
        }
        for name in ["strides", "dilations", "pads"] {
            guard let values = attribute(name)?.integers else { continue }
            guard values.count == (weight.dims.count - 2) * (name == "pads" ? 2 : 1) else {
                throw ONNXError("its \(name) \(values.prefix(8)) do not fit its weight, \(weight.dims)")
            }
        }
        guard let bias = constant(2) else { return }
        let channels = node.type == "Conv" ? weight.dims[0] : weight.dims[1] * group
        guard bias.dims == [channels] else {
            throw ONNXError("its bias of the sizes \(bias.dims) does not fit its weight, \(weight.dims)")
        }
    }

    private func checkSameLength(_ places: ClosedRange<Int>) throws(ONNXError) {
        let sizes = places.compactMap { constant($0)?.dims }
        guard sizes.allSatisfy({ $0.count == 1 && $0 == sizes[0] }) else {
            throw ONNXError("its parameters have different sizes: \(sizes)")
        }
    }

    private func checkPermutation() throws(ONNXError) {
        guard let order = attribute("perm")?.integers else { return }
        guard order.sorted() == Array(0..<order.count) else {
            throw ONNXError("its perm \(order.prefix(8)) is no order of dimensions")
        }
    }

    private func checkRank(of place: Int, _ rank: Int) throws(ONNXError) {
        guard let sizes = constant(place)?.dims, sizes.count != rank else { return }
        throw ONNXError("its parameter of the sizes \(sizes) must have \(rank) dimensions")
    }

    /// What the sizes multiply to; 0 and -1 stand for what is there.
    private func checkProduct(of place: Int) throws(ONNXError) {
        guard let sizes = constant(place)?.integers else { return }
        guard sizes.allSatisfy({ $0 >= -1 }), let count = ONNXFile.elementCount(sizes.map { max($0, 1) }),
            count <= Self.most
        else { throw ONNXError("its sizes \(sizes.prefix(8)) are beyond all measure") }
    }

    private func checkEach(of place: Int) throws(ONNXError) {
        guard let values = constant(place)?.integers else { return }
        guard values.allSatisfy({ $0.magnitude <= UInt(Self.longest) }) else {
            throw ONNXError("its sizes \(values.prefix(8)) are beyond all measure")
        }
    }
}
