internal import Platform

/// Checks the effect of an operator's constant sizes: empty windows, invalid permutations, and tensors that are far too
/// large.
struct ONNXSizeCheck {
    private let node: ONNXFile.Node
    private let constants: [String: ONNXFile.Tensor]

    init(_ node: ONNXFile.Node, _ constants: [String: ONNXFile.Tensor]) {
        (self.node, self.constants) = (node, constants)
    }

    /// The maximum side of any tensor in a classifier.
    private static let longest = 65_536
    /// The maximum number of elements of a tensor with a constant size.
    private static let most = 1 << 28

    func run() throws(ONNXError) {
        for attribute in node.attributes {
            guard attribute.integers.count <= 4096 else {
                throw ONNXError("its attribute '\(attribute.name.shown)' has too many values")
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

    /// Checks kernel, strides, dilations and padding of convolutions and pooling.
    private func checkWindow() throws(ONNXError) {
        var rank: Int?
        for (name, least, sides) in [("kernel_shape", 1, 1), ("strides", 1, 1), ("dilations", 1, 1), ("pads", 0, 2)] {
            guard node.type != "Pad", let values = attribute(name)?.integers else { continue }
            guard values.allSatisfy({ (least...Self.longest).contains($0) }), values.count.isMultiple(of: sides),
                rank ?? (values.count / sides) == values.count / sides
            else { throw ONNXError("its \(name) \(values.prefix(8)) are not a valid window") }
            rank = values.count / sides
        }
    }

    private func checkConvolution() throws(ONNXError) {
        guard let weight = constant(1) else { return }
        let group = attribute("group")?.integer ?? 1
        guard weight.dims.count >= 3, group >= 1, weight.dims[0] >= 1, weight.dims[1] >= 1,
            weight.dims[0].isMultiple(of: group)
        else { throw ONNXError("its weight of sizes \(weight.dims) cannot be split into \(group) groups") }
        if let kernel = attribute("kernel_shape")?.integers, kernel != Array(weight.dims[2...]) {
            throw ONNXError("its kernel_shape \(kernel.prefix(8)) does not match its weight, \(weight.dims)")
        }
        for name in ["strides", "dilations", "pads"] {
            guard let values = attribute(name)?.integers else { continue }
            guard values.count == (weight.dims.count - 2) * (name == "pads" ? 2 : 1) else {
                throw ONNXError("its \(name) \(values.prefix(8)) do not match its weight, \(weight.dims)")
            }
        }
        guard let bias = constant(2) else { return }
        let channels = node.type == "Conv" ? weight.dims[0] : weight.dims[1] * group
        guard bias.dims == [channels] else {
            throw ONNXError("its bias of sizes \(bias.dims) does not match its weight, \(weight.dims)")
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
            throw ONNXError("its perm \(order.prefix(8)) is not a permutation of dimensions")
        }
    }

    private func checkRank(of place: Int, _ rank: Int) throws(ONNXError) {
        guard let sizes = constant(place)?.dims, sizes.count != rank else { return }
        throw ONNXError("its parameter of sizes \(sizes) must have \(rank) dimensions")
    }

    /// The product of the sizes. 0 and -1 mean existing sizes.
    private func checkProduct(of place: Int) throws(ONNXError) {
        guard let sizes = constant(place)?.integers else { return }
        guard sizes.allSatisfy({ $0 >= -1 }), let count = ONNXFile.elementCount(sizes.map { max($0, 1) }),
            count <= Self.most
        else { throw ONNXError("its sizes \(sizes.prefix(8)) are too large") }
    }

    private func checkEach(of place: Int) throws(ONNXError) {
        guard let values = constant(place)?.integers else { return }
        guard values.allSatisfy({ $0.magnitude <= UInt(Self.longest) }) else {
            throw ONNXError("its sizes \(values.prefix(8)) are too large")
        }
    }
}
