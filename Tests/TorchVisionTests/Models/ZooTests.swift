import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// Every network equals torchvision's: its state dict, initial weights, logits, and a training step.
///
/// A new family needs one name here and its file from `scripts/goldens/zoo.py`. One network runs at a time, and one
/// large one, because the largest needs gigabytes.
@Suite("Networks against torchvision", .serialized) struct ZooTests {
    static let families = [
        "alexnet", "vgg", "resnet", "densenet", "googlenet", "inception", "mnasnet", "mobilenet", "shufflenet",
        "squeezenet", "efficientnet", "convnext", "regnet", "vit", "swin", "small",
    ]

    /// The rows to compare: all, or those of the families that `APUS_ZOO` names.
    static let rows: [ZooRow] = {
        let wanted = ProcessInfo.processInfo.environment["APUS_ZOO"]?.split(separator: ",").map(String.init)
        return (wanted ?? families).flatMap { family in
            (try? Goldens.json("zoo/\(family).json", as: ZooFile.self))?.networks ?? []
        }
    }()

    /// Every family has its file, every row its network, and every network its row.
    @Test("Every network is compared") func completeness() throws {
        let golden = try Self.families.flatMap { try Goldens.json("zoo/\($0).json", as: ZooFile.self).networks }
        #expect(golden.map(\.name).sorted() == Architecture.all.map(\.name).sorted())
    }

    @Test("The file of stages has those of each network")
    @TensorActor func stages() throws {
        let lines = try withDefaultDevice(.meta) {
            try Architecture.all.map { architecture in
                let network = try architecture.makeNetwork(classes: architecture.weights.isEmpty ? 10 : 1000)
                return "\(architecture.name)\t\(network.stages.map(\.name).joined(separator: " "))"
            }
        }
        let names = Architecture.stageNames
        let found = Architecture.all.map { "\($0.name)\t\((names[$0.name] ?? []).joined(separator: " "))" }
        #expect(
            found == lines && names.count == lines.count,
            "Sources/TorchVision/Resources/stages.tsv must be:\n\(lines.joined(separator: "\n"))")
    }

    @Test("Each network equals torchvision's", arguments: rows.filter { !$0.isLarge })
    func equalsTorchvision(_ row: ZooRow) async {
        await expectTorchvisions(row)
    }

    @Test("Channels-last gives the same logits", arguments: ["resnet18", "mobilenet_v2", "small_cnn"])
    @TensorActor func channelsLast(_ name: String) throws {
        guard let row = Self.rows.first(where: { $0.name == name }) else { return }
        let network = try #require(Architecture.named(name)).makeNetwork(classes: name == "small_cnn" ? 10 : 1000)
        try Formula.fill(network)
        network.eval()
        try network.to(.channelsLast)
        let images = try Formula.tensor([2, 3, row.side, row.side]).contiguous(.channelsLast)
        let logits = try network(images)
        try expectLogits(logits, row.evaluation, name)
    }
}

/// The large networks, in parallel with the others, because each computes on one thread.
@Suite("Large networks against torchvision", .serialized) struct LargeZooTests {
    @Test("Each network equals torchvision's", arguments: ZooTests.rows.filter(\.isLarge))
    func equalsTorchvision(_ row: ZooRow) async {
        await expectTorchvisions(row)
    }
}

/// A separate process keeps other tests from drawing from LibTorch's only generator, and releases the memory.
private func expectTorchvisions(_ row: ZooRow) async {
    await #expect(processExitsWith: .success) { [row] in
        // Waiting threads slow each other down while other tests run.
        try LibTorch.setThreadCount(1)
        let architecture = try #require(Architecture.named(row.name), "\(row.name) is not there")
        try RandomState.seed(0)
        let network = try architecture.makeNetwork(classes: row.name == "small_cnn" ? 10 : 1000)
        #expect(architecture.parameterCount == row.parameters)
        #expect(network.parameters.map(\.count).reduce(0, +) == row.parameters)
        #expect(hashOfKeys(network) == row.keys, "keys, types or shapes of \(row.name)")
        try expectFingerprint(network.stateDict.map(\.tensor), row.fresh, within: 2e-6, "fresh \(row.name)")

        try Formula.fill(network)
        let images = try Formula.tensor([2, 3, row.side, row.side])
        network.eval()
        try expectLogits(try withInferenceMode { try network(images) }, row.evaluation, "\(row.name)")
        try expectStep(network, images, row)
    }
}

/// A golden file of a family.
struct ZooFile: Decodable {
    let networks: [ZooRow]
}

/// torchvision's results for a network.
struct ZooRow: Codable, Sendable, CustomTestStringConvertible {
    struct Logits: Codable, Sendable {
        let sum: Double
        let largest: Double
        /// Eight logits of each image, evenly spaced.
        let some: [Double]
    }

    let name: String
    let side: Int
    let parameters: Int
    let keys: String
    let fresh: [Double]
    let evaluation: Logits
    let training: Logits
    let auxiliaries: [Logits]?
    let buffers: [Double]
    let loss: Double?
    let gradients: [TensorDigest]?

    /// Half of all parameters are in these networks.
    var isLarge: Bool { parameters > 130_000_000 }
    var testDescription: String { name }
}

/// A step with batch statistics and without dropout, whose random numbers would hide other differences.
private func expectStep(_ network: any ImageNetwork, _ images: Tensor, _ row: ZooRow) throws {
    network.train()
    for case let module as any ModeDependent in network.namedModules.map(\.module) where !(module is BatchNorm2d) {
        module.isTraining = false
    }
    func forward() throws -> (logits: Tensor, auxiliaries: [(logits: Tensor, weight: Double)]) {
        if let network = network as? any AuxiliaryNetwork { return try network.forwardWithAuxiliaries(images) }
        return (try network(images), [])
    }
    let isTrained = row.loss != nil
    let outputs = isTrained ? try forward() : try withoutGradient { try forward() }
    // Normalization over two images amplifies the rounding of other processors' instructions in deep networks.
    try expectLogits(outputs.logits, row.training, "\(row.name) in training", within: 5e-4)
    #expect(outputs.auxiliaries.count == row.auxiliaries?.count ?? 0)
    for (output, expected) in zip(outputs.auxiliaries, row.auxiliaries ?? []) {
        try expectLogits(output.logits, expected, "an auxiliary head of \(row.name)")
    }
    let parameters = Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.tensor) })
    let buffers = network.stateDict.filter { parameters[$0.name] == nil }.map(\.tensor)
    try expectFingerprint(buffers, row.buffers, within: 1e-5, "buffers of \(row.name)")
    guard let expectedLoss = row.loss else { return }

    let labels = try Tensor([1, 2])
    var loss = try crossEntropy(outputs.logits, labels)
    for (logits, share) in outputs.auxiliaries { loss = try loss + crossEntropy(logits, labels) * share }
    let value: Double = try loss.item()
    #expect(abs(value - expectedLoss) <= 1e-4 * max(1, expectedLoss), "loss of \(row.name)")
    try loss.backward()
    for digest in row.gradients ?? [] {
        let gradient = try #require(parameters[digest.key]?.gradient, "no gradient of \(digest.key)")
        // At a kink of an activation, the gradient depends on the last bit: PyTorch's own gradients differ by up to
        // 0.02 (elements) and 0.006 (sums) between one thread and two, and between layouts.
        try expectDigest(gradient, digest, within: 0.01, elements: 0.1)
    }
}

/// Records an issue unless the logits, `[2, classes]`, equal the row's within 1e-4, relative to the largest if it
/// exceeds 1.
private func expectLogits(
    _ logits: Tensor, _ expected: ZooRow.Logits, _ name: String, within relative: Double = 1e-4,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let tolerance = relative * max(1, expected.largest)
    let classes = logits.shape[1]
    let values = try logits.detach().to(.float64).flatten().array(as: Double.self)
    let some = (0..<2).flatMap { image in
        stride(from: 0, to: classes, by: max(1, classes / 8)).map { values[image * classes + $0] }
    }
    try #require(some.count == expected.some.count, "\(name)", sourceLocation: sourceLocation)
    let difference = zip(some, expected.some).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= tolerance, "logits of \(name)", sourceLocation: sourceLocation)
    let error = abs(values.reduce(0, +) - expected.sum)
    #expect(error <= tolerance * Double(values.count), "sum of \(name)", sourceLocation: sourceLocation)
}

/// Records an issue unless the sums of the tensors' means, weighted by position, equal these: of the values and of the
/// absolute values.
private func expectFingerprint(
    _ tensors: [Tensor], _ expected: [Double], within tolerance: Double, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var plain = 0.0, absolute = 0.0
    for (place, tensor) in tensors.enumerated() where tensor.dtype.isFloatingPoint {
        let values = try tensor.detach().flatten()
        let weight = Double(place % 97 + 1) / Double(values.count)
        let sum: Double = try Operator("aten::sum")(values, DType.float64).item()
        let absoluteSum: Double = try Operator("aten::linalg_vector_norm")(values, 1, [Int]?.none, false, DType.float64)
            .item()
        plain += weight * sum
        absolute += weight * absoluteSum
    }
    let allowed = tolerance * expected[1]
    #expect(abs(plain - expected[0]) <= allowed, "\(name)", sourceLocation: sourceLocation)
    #expect(abs(absolute - expected[1]) <= allowed, "\(name)", sourceLocation: sourceLocation)
}

/// The 64-bit FNV-1a hash of a line `key dtype shape` for each entry of the state dict.
private func hashOfKeys(_ network: any ImageNetwork) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for (name, tensor) in network.stateDict {
        let shape = tensor.shape.map(String.init).joined(separator: ", ")
        for byte in "\(name) \(tensor.dtype.name) [\(shape)]\n".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
