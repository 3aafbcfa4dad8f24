internal import Classifier
internal import Foundation
internal import Torch
internal import TorchNN
internal import TorchVision

/// Explains the predictions of a network for images, one after the other.
struct Explainer {
    let network: any ImageNetwork
    let options: ExplanationOptions
    /// The class to explain; nil for the predicted one.
    let target: Int?
    /// The layer of the activation maps; nil for methods on pixels.
    let layer: NetworkLayer?
    /// Called after each batch with the number of finished copies of the image and the total.
    let progress: (Int, Int) -> Void

    private let recorder: LayerRecorder

    init(
        _ network: any ImageNetwork, _ options: ExplanationOptions, target: Int? = nil, layer: NetworkLayer?,
        progress: @escaping (Int, Int) -> Void
    ) {
        (self.network, self.options, self.target) = (network, options, target)
        (self.layer, self.progress) = (layer, progress)
        recorder = LayerRecorder(of: network)
    }

    /// Returns the heat map `[side, side]` for an image `[1, 3, side, side]`.
    func heat(_ input: Tensor, target: Int) throws -> Tensor {
        switch options.method {
        case .gradCAM, .gradCAMPlusPlus, .eigenCAM, .scoreCAM: try activationMap(input, target: target)
        case .gradient: try gradients(input, target: target).abs().sum(dims: [0, 1])
        case .smoothGrad: try smoothGrad(input, target: target)
        case .integratedGradients: try integratedGradients(input, target: target)
        case .occlusion: try occlusion(input, target: target)
        }
    }

    // MARK: Class activation maps

    private func activationMap(_ input: Tensor, target: Int) throws -> Tensor {
        let map: Tensor
        switch options.method {
        case .gradCAM:
            let (maps, gradient) = try mapsAndGradient(input, target: target)
            map = try ClassActivationMap.gradCAM(maps, gradient: gradient)
        case .gradCAMPlusPlus:
            let (maps, gradient) = try mapsAndGradient(input, target: target)
            map = try ClassActivationMap.gradCAMPlusPlus(maps, gradient: gradient)
        case .eigenCAM: map = try ClassActivationMap.eigenCAM(withoutGradient { try maps(input).maps })
        default: map = try withoutGradient { try scoreCAM(input, target: target) }
        }
        return try ClassActivationMap.scaled(map, side: input.shape[2])
    }

    /// Returns the maps of the layer, `[C, h, w]`, its output, and the logits.
    private func maps(_ input: Tensor) throws -> (maps: Tensor, output: LayerRecorder.Output, logits: Tensor) {
        let name = layer?.name ?? ""
        let (logits, output) = try recorder.run(keeping: name) { try network(input) }
        guard let output, let maps = try output.maps(images: 1) else {
            throw ApusError(
                .unsuitableLayer, name: name, "the layer '\(name)' has no maps for this image",
                advice: "choose another layer")
        }
        return try (maps[0], output, logits)
    }

    private func mapsAndGradient(_ input: Tensor, target: Int) throws -> (maps: Tensor, gradient: Tensor) {
        // In a frozen network, only the input makes autograd record the activation.
        let input = try input.detach().requiresGradient(true)
        let (maps, output, logits) = try withGradient { try self.maps(input) }
        guard let gradient = try logits[0, target].gradients(withRespectTo: [output.tensor])[0],
            let places = try output.maps(ofGradient: gradient, images: 1)
        else {
            throw ApusError(
                .unsuitableLayer, name: output.name,
                "the prediction does not depend on the layer '\(output.name)'", advice: "choose another layer")
        }
        return try (maps, places[0])
    }

    private func scoreCAM(_ input: Tensor, target: Int) throws -> Tensor {
        let maps = try maps(input).maps
        let masks = try ClassActivationMap.masks(maps, side: input.shape[2])
        var scores: [Float] = []
        try forEachBatch(of: masks.shape[0]) { range in
            let masked = try input * masks.narrow(dim: 0, from: range.lowerBound, length: range.count).unsqueeze(dim: 1)
            scores += try network(masked).select(dim: 1, index: target).array(as: Float.self)
        }
        return try ClassActivationMap.weighted(maps, by: Tensor(scores).softmax(dim: 0).to(maps.device))
    }

    // MARK: Pixels

    /// Returns the gradients of the class's output with respect to each image, `[N, 3, side, side]`.
    private func gradients(_ input: Tensor, target: Int) throws -> Tensor {
        let input = try input.detach().requiresGradient(true)
        let score = try withGradient { try network(input).select(dim: 1, index: target).sum() }
        guard let gradient = try score.gradients(withRespectTo: [input])[0] else {
            throw ApusError(.unsuitableLayer, "the prediction does not depend on the image")
        }
        return gradient
    }

    /// Returns the mean absolute gradients of noisy copies, like Captum's `NoiseTunnel` around `Saliency`.
    private func smoothGrad(_ input: Tensor, target: Int) throws -> Tensor {
        let distance: Double = try (input.max() - input.min()).to(.float64).item()
        // The noise is generated on the CPU, so that it is the same for every device.
        var noise = try NoiseSource(seed: options.seed)
        let sum = try input.zerosLike()
        try forEachBatch(of: options.samples) { range in
            let drawn = try noise.normal([range.count] + input.shape.dropFirst()).to(input.device)
            try sum += gradients(input + drawn * (options.noise * distance), target: target).abs()
                .sum(dim: 0, keepDim: true)
        }
        return try sum.sum(dims: [0, 1]) / Double(options.samples)
    }

    /// Returns the integrated gradients, with the mean color as baseline, which is zero after normalization.
    private func integratedGradients(_ input: Tensor, target: Int) throws -> Tensor {
        let quadrature = GaussLegendre(count: options.steps)
        let sum = try input.zerosLike()
        try forEachBatch(of: options.steps) { range in
            let shape = [range.count, 1, 1, 1]
            let nodes = try Tensor(quadrature.nodes[range].map(Float.init), shape: shape).to(input.device)
            let weights = try Tensor(quadrature.weights[range].map(Float.init), shape: shape).to(input.device)
            try sum += (gradients(input * nodes, target: target) * weights).sum(dim: 0, keepDim: true)
        }
        return try (sum * input).sum(dims: [0, 1])
    }

    /// Returns the mean decrease of the output over all squares of the mean color that cover a pixel.
    private func occlusion(_ input: Tensor, target: Int) throws -> Tensor {
        let side = input.shape[2]
        let (window, stride) = (options.window(side: side), options.stride(side: side))
        let starts = Array(Swift.stride(from: 0, through: side - window, by: stride))
        // As in Captum, the last square extends to the edge, even if it covers only a part.
        let edges = (side - window) % stride == 0 ? starts : starts + [starts[starts.count - 1] + stride]
        let squares = edges.flatMap { y in edges.map { x in (x: x, y: y) } }
        return try withoutGradient {
            let whole = try network(input).select(dim: 1, index: target)
            let (falls, counts) = (
                try Tensor.zeros([side, side], device: input.device),
                try Tensor.zeros([side, side], device: input.device)
            )
            func part(_ tensor: Tensor, _ square: (x: Int, y: Int)) throws -> Tensor {
                try tensor.narrow(dim: -2, from: square.y, length: min(window, side - square.y))
                    .narrow(dim: -1, from: square.x, length: min(window, side - square.x))
            }
            try forEachBatch(of: squares.count) { range in
                let covered = try input.expand([range.count, -1, -1, -1]).clone()
                for (place, square) in squares[range].enumerated() {
                    try part(covered[place], square).fill(0)
                }
                let fall = try whole - network(covered).select(dim: 1, index: target)
                for (place, square) in squares[range].enumerated() {
                    try part(falls, square) += fall[place]
                    try part(counts, square) += 1
                }
            }
            return try falls / counts
        }
    }

    /// Calls `body` with the range of each batch, and reports the progress. Ends if the task is canceled.
    private func forEachBatch(of count: Int, _ body: (Range<Int>) throws -> Void) throws {
        for start in stride(from: 0, to: count, by: options.batchSize) {
            try Task.checkCancellation()
            let end = min(start + options.batchSize, count)
            try body(start..<end)
            progress(end, count)
        }
    }
}

/// The nodes and weights of the Gauss-Legendre quadrature on 0...1. `numpy.polynomial.legendre.leggauss` returns them
/// on -1...1.
struct GaussLegendre {
    /// The nodes in ascending order.
    let nodes: [Double]
    /// The weights, with sum 1.
    let weights: [Double]

    /// Finds the zeros of the Legendre polynomial of degree `count` by Newton's method.
    init(count: Int) {
        var pairs: [(node: Double, weight: Double)] = []
        for index in 1...count {
            var x = -cos(Double.pi * (Double(index) - 0.25) / (Double(count) + 0.5))
            var slope = 0.0
            // Five steps are enough for full precision.
            for _ in 0..<8 {
                let (value, derivative) = Self.polynomial(count, at: x)
                slope = derivative
                x -= value / derivative
            }
            pairs.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
        }
        nodes = pairs.map(\.node)
        weights = pairs.map(\.weight)
    }

    /// Returns the Legendre polynomial and its derivative by the three-term recurrence.
    private static func polynomial(_ degree: Int, at x: Double) -> (value: Double, derivative: Double) {
        var (before, value) = (1.0, x)
        if degree > 1 {
            for n in 2...degree {
                (before, value) = (value, (Double(2 * n - 1) * x * value - Double(n - 1) * before) / Double(n))
            }
        }
        return (value, Double(degree) * (x * value - before) / (x * x - 1))
    }
}

/// Normal random numbers of LibTorch's generator from a seed. The state of the generator for other uses does not
/// change.
struct NoiseSource {
    private var state: Tensor

    init(seed: UInt64) throws {
        let others = try RandomState.current()
        try RandomState.seed(seed)
        state = try RandomState.current()
        try RandomState.restore(others)
    }

    /// Returns the next numbers, on the CPU.
    mutating func normal(_ shape: [Int]) throws -> Tensor {
        let others = try RandomState.current()
        try RandomState.restore(state)
        let numbers = try Tensor.randn(shape, device: .cpu)
        state = try RandomState.current()
        try RandomState.restore(others)
        return numbers
    }
}
