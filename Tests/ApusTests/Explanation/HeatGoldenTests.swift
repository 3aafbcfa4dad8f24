import Foundation
import Platform
import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import Apus
@testable import TorchVision

/// Small networks with weights from the formula, as in `scripts/goldens/explanation.py`.
@TensorActor
@Suite("Heat maps") struct HeatGoldenTests {
    nonisolated private static let side = 32
    nonisolated private static let target = 3

    private func network(_ name: String) throws -> (network: any ImageNetwork, layer: String) {
        switch name {
        case "vit":
            let network = try VisionTransformer(
                imageSize: Self.side, patchSize: 8, layers: 2, heads: 2, size: 8, hidden: 16, classes: 5)
            return (try Formula.fill(network), "encoder.layers.encoder_layer_1.ln_1")
        case "swin":
            let network = try SwinTransformer(
                SwinBlockV1.self, channels: 16, blocks: [2, 2, 2, 2], heads: [1, 2, 4, 8], window: 4,
                stochasticDepth: 0.1, classes: 5)
            return (try Formula.fill(network), "features.1.1.norm1")
        default:
            let network = try #require(Architecture.named(name)).makeNetwork(classes: 5)
            return (try Formula.fill(network), "features.4")
        }
    }

    private func heat(
        _ name: String, _ method: ExplanationMethod, isFrozen: Bool = false,
        progress: @escaping (Int, Int) -> Void = { _, _ in }
    ) throws -> Tensor {
        let (network, layer) = try network(name)
        network.eval()
        if isFrozen { try network.freeze() }
        var options = ExplanationOptions()
        (options.method, options.samples, options.noise, options.seed) = (method, 6, 0.2, 11)
        (options.steps, options.window, options.stride, options.batchSize) = (20, 8, 5, 3)
        let table = try LayerTable(of: network, side: Self.side, device: .cpu)
        let explainer = Explainer(
            network, options, layer: method.usesLayer ? try table.layers.named(layer, of: name) : nil,
            progress: progress)
        return try explainer.heat(Formula.tensor([1, 3, Self.side, Self.side]), target: Self.target)
    }

    nonisolated private static let cases: [(String, ExplanationMethod)] =
        ExplanationMethod.allCases.map { ("squeezenet1_1", $0) }
        + ["vit", "swin"].flatMap { name in ExplanationMethod.allCases.filter(\.usesLayer).map { (name, $0) } }

    @Test("Heat maps equal those of pytorch-grad-cam and Captum", arguments: cases)
    func golden(name: String, method: ExplanationMethod) throws {
        let golden = try #require(Goldens.tensors("explanation/heat.safetensors")["\(name)/\(method.rawValue)"])
        let scale: Double = try golden.abs().max().to(.float64).item()
        #expect(scale > 0)
        // Another number of threads rounds differently, and where a maximum is nearly a tie, another input has the gradient.
        try expectClose(heat(name, method), golden, within: 5e-3 * scale)
    }

    @Test("A frozen network is explained like any other", arguments: [ExplanationMethod.gradCAM, .gradient])
    func frozen(method: ExplanationMethod) throws {
        try expectClose(heat("squeezenet1_1", method, isFrozen: true), heat("squeezenet1_1", method), within: 1e-6)
    }

    @Test(
        "A canceled task ends after its batch",
        arguments: [ExplanationMethod.scoreCAM, .smoothGrad, .integratedGradients, .occlusion])
    func canceled(method: ExplanationMethod) async throws {
        let batches = Monitor(0)
        let task = Task {
            _ = try heat("squeezenet1_1", method) { _, _ in
                batches.withLock { $0 += 1 }
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(batches.withLock { $0 } == 1)
    }

    @Test(
        "Every family is explained at its default layer, frozen",
        arguments: [
            "googlenet", "inception_v3", "densenet121", "efficientnet_b0", "convnext_tiny", "regnet_y_400mf",
            "shufflenet_v2_x0_5", "mnasnet0_5", "mobilenet_v3_small", "swin_v2_t",
        ])
    func families(name: String) throws {
        let side = 128
        let network = try #require(Architecture.named(name)).makeNetwork(classes: 3)
        try network.freeze()
        let table = try LayerTable(of: network, side: side, device: .cpu)
        let layer = try table.layers.named(#require(table.defaultLayer), of: name)
        let explainer = Explainer(network, ExplanationOptions(), layer: layer, progress: { _, _ in })
        let heat = try explainer.heat(Formula.tensor([1, 3, side, side]), target: 1)
        #expect(heat.shape == [side, side])
        // Without evidence for a class the map is all zeros.
        let (least, greatest): (Float, Float) = try (heat.min().item(), heat.max().item())
        #expect(least >= 0 && greatest <= 1 && !greatest.isNaN)
    }

    @Test("Noise does not change LibTorch's random generator")
    func noise() throws {
        var (first, second, other) = (
            try NoiseSource(seed: 7), try NoiseSource(seed: 7), try NoiseSource(seed: 8)
        )
        let state = try RandomState.current().array(as: UInt8.self)
        let numbers = try first.normal([64])
        #expect(try RandomState.current().array(as: UInt8.self) == state)
        try expectClose(second.normal([64]), numbers, within: 0)
        #expect(try maximumDifference(first.normal([64]), numbers) > 0)
        #expect(try maximumDifference(other.normal([64]), numbers) > 0)
    }

    @Test("Nodes and weights of the quadrature equal NumPy's")
    func quadrature() {
        let three = GaussLegendre(count: 3)
        #expect(zip(three.nodes, [0.1127016653792583, 0.5, 0.8872983346207417]).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(zip(three.weights, [5.0 / 18, 8.0 / 18, 5.0 / 18]).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(GaussLegendre(count: 1).nodes == [0.5])
        // The quadrature is exact for polynomials up to degree 99.
        let fifty = GaussLegendre(count: 50)
        let integral = zip(fifty.nodes, fifty.weights).map { pow($0, 40) * $1 }.reduce(0, +)
        #expect(abs(integral - 1.0 / 41) < 1e-15)
    }
}
