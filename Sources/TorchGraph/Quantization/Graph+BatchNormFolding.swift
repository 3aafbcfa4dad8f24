internal import Torch

extension Graph {
    /// Folds each batch normalization that follows a convolution into the convolution: the weights are multiplied and
    /// the bias is shifted. The results are those of evaluation up to rounding; the factors are computed in float64.
    ///
    /// A normalization stays if its input has other uses, or if it does not follow a convolution.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public func foldingBatchNorm() throws -> Graph {
        var folded = self
        folded.nodes = []
        let uses = useCounts
        var convolutionAt: [Value: Int] = [:]
        for node in nodes {
            if let fold = BatchNormFold(node, in: self), let place = convolutionAt[fold.input], uses[fold.input] == 1,
                let convolution = try folded.folded(folded.nodes[place], fold, outputs: node.outputs, uses: uses)
            {
                folded.nodes[place] = convolution
                continue
            }
            if node.name == "conv2d", let output = node.outputs.first { convolutionAt[output] = folded.nodes.count }
            folded.nodes.append(node)
        }
        return folded
    }

    /// The number of uses of each value as an argument or output.
    var useCounts: [Value: Int] {
        (nodes.flatMap(\.inputs) + outputs).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Adds a constant tensor with a name, made unique if necessary.
    mutating func appendConstant(_ tensor: Tensor, named name: String) -> Value {
        let value = append(
            ValueDescription(name: name, dtype: tensor.dtype, shape: tensor.shape.map { Extent($0) }))
        constants[value] = tensor
        return value
    }

    /// Adds a value; a number at the end may make its name unique.
    mutating func append(_ description: ValueDescription) -> Value {
        let taken = Set(values.lazy.map(\.name).filter { $0.hasPrefix(description.name) })
        var (name, number) = (description.name, 1)
        while taken.contains(name) {
            number += 1
            name = "\(description.name)_\(number)"
        }
        values.append(ValueDescription(name: name, dtype: description.dtype, shape: description.shape))
        return Value(index: values.count - 1)
    }

    /// Returns a convolution with a normalization folded in, or nil if its weights are shared or not constant.
    private mutating func folded(
        _ convolution: Node, _ fold: BatchNormFold, outputs: [Value], uses: [Value: Int]
    ) throws -> Node? {
        guard case .value(let weight) = convolution.arguments[1], uses[weight] == 1, let kernel = constants[weight]
        else {
            return nil
        }
        var oldBias: Tensor?
        if convolution.arguments.count > 2, case .value(let bias) = convolution.arguments[2] {
            guard let tensor = constants[bias] else { return nil }
            oldBias = tensor
        }
        let (factor, bias) = try fold.factorAndBias(constants, oldBias)
        let channels = [-1] + Array(repeating: 1, count: kernel.rank - 1)
        constants[weight] = try kernel.detach() * factor.to(kernel.dtype).reshape(channels)
        let place = convolution.module.isEmpty ? "bias" : "\(convolution.module).bias"
        var arguments = convolution.arguments
        while arguments.count < 3 { arguments.append(.none) }
        arguments[2] = .value(appendConstant(try bias.to(kernel.dtype), named: place))
        return Node(
            name: convolution.name, qualifiedName: convolution.qualifiedName, arguments: arguments, outputs: outputs,
            module: convolution.module)
    }
}

extension Graph.Node {
    /// The tensors among the arguments, including those in lists.
    var inputs: [Graph.Value] {
        arguments.flatMap { argument -> [Graph.Value] in
            switch argument {
            case .value(let value): [value]
            case .values(let values): values.compactMap { $0 }
            default: []
            }
        }
    }
}

/// A batch normalization with fixed statistics: y = (x - mean) / √(variance + ε) · weight + bias.
private struct BatchNormFold {
    let input: Graph.Value
    private let weight: Graph.Value?
    private let bias: Graph.Value?
    private let mean: Graph.Value
    private let variance: Graph.Value
    private let epsilon: Double

    /// Reads `batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)`.
    init?(_ node: Graph.Node, in graph: Graph) {
        guard node.name == "batch_norm", node.arguments.count > 7, case .value(let input) = node.arguments[0],
            case .value(let mean) = node.arguments[3], case .value(let variance) = node.arguments[4],
            node.arguments[5] == .bool(false), case .double(let epsilon) = node.arguments[7]
        else { return nil }
        func parameter(_ place: Int) -> Graph.Value? {
            if case .value(let value) = node.arguments[place] { value } else { nil }
        }
        (self.input, self.mean, self.variance, self.epsilon) = (input, mean, variance, epsilon)
        (weight, bias) = (parameter(1), parameter(2))
        guard [weight, bias, mean, variance].allSatisfy({ $0.map { graph.constants[$0] != nil } ?? true }) else {
            return nil
        }
    }

    /// Returns the factor of the weights and the resulting bias, in float64.
    func factorAndBias(_ constants: [Graph.Value: Tensor], _ oldBias: Tensor?) throws -> (Tensor, Tensor) {
        func double(_ value: Graph.Value) throws -> Tensor {
            guard let tensor = constants[value] else {
                throw GraphError("a statistic of batch normalization is missing")
            }
            return try tensor.detach().to(.float64)
        }
        var factor = try 1 / (double(variance) + epsilon).sqrt()
        if let weight { factor = try factor * double(weight) }
        let center = try oldBias.map { try $0.detach().to(.float64) - double(mean) } ?? -double(mean)
        let shifted = try center * factor
        return (factor, try bias.map { try shifted + double($0) } ?? shifted)
    }
}
