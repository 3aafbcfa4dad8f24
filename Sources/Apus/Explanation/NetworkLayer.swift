public import Classifier
package import Torch
internal import TorchNN
internal import TorchVision

/// A layer of a network, as a person names it, and what it gives for one picture.
public struct NetworkLayer: Sendable, Equatable, Codable {
    /// The path in the network, as PyTorch has it: `layer1.0.conv1`.
    public let name: String
    /// The type, `Conv2d`.
    public let type: String
    /// The shape of its result, without the dimension of the batch.
    public let shape: [Int]
    /// The size of its maps: how many channels, and the places down and across; nil where the result has no places.
    public let maps: MapSize?

    /// The size of a layer's maps.
    public struct MapSize: Sendable, Equatable, Codable {
        /// How many maps there are.
        public let channels: Int
        /// Places down.
        public let height: Int
        /// Places across.
        public let width: Int
    }

    /// Whether the layer tells places of a picture apart.
    public var hasMaps: Bool { maps.map { $0.height * $0.width > 1 } ?? false }
}

extension [NetworkLayer] {
    /// The layer of that name.
    ///
    /// - Throws: `ApusError`, which names the layers that are called alike, where there is none.
    func named(_ name: String, of model: String) throws(ApusError) -> NetworkLayer {
        if let layer = first(where: { $0.name == name }) { return layer }
        let near = [String](map(\.name).nearest(to: name, count: 3))
        throw ApusError(
            .unknownLayer, name: name, suggestions: near,
            "\(model) has no layer '\(name)' that it passes images through",
            advice: "the nearest names are \(near.joined(separator: ", ")). `ImageClassifier.layers()` lists all of "
                + "them")
    }
}

/// Sees what the layers of a network give while it runs, each under its name.
///
/// Results pass by as the network computes them. No layer of this library writes into its input, as PyTorch's in-place
/// activations do, so a result that is kept stays what it was, and gradients reach it.
final class LayerRecorder {
    /// What a layer gave.
    struct Output {
        let name: String
        let module: any Module
        let tensor: Tensor
        let layout: MapLayout
    }

    private var layers: [ObjectIdentifier: (name: String, module: any Module)] = [:]
    private var entered: [ObjectIdentifier] = []
    private var layouts = LayoutTracker()

    /// Knows the names of a network's modules. A part that bears its parent's name is its parent as far as names go.
    init(of network: any Module) {
        for (name, module) in network.namedModules where !name.isEmpty {
            let identifier = ObjectIdentifier(module)
            if layers[identifier] == nil { layers[identifier] = (name, module) }
        }
    }

    /// Runs `body`, which calls the network, and tells of each layer's result in the order in which they are done: those
    /// within a layer before the layer itself.
    func run<Result>(_ body: () throws -> Result, see: @escaping (Output) -> Void) rethrows -> Result {
        entered = []
        layouts = LayoutTracker()
        return try withOperatorObserver(
            { [self] in layouts.see($0) },
            scope: { [self] event in
                switch event {
                case .entered(let object): entered.append(ObjectIdentifier(object))
                case .left(let result):
                    guard let (name, module) = entered.popLast().flatMap({ layers[$0] }), let result else { return }
                    see(Output(name: name, module: module, tensor: result, layout: layouts.layout(of: result)))
                }
            }, body)
    }

    /// Runs `body`, which calls the network.
    ///
    /// - Returns: what it gives, and what the layer of that name gave at last; nil where it was not called.
    func run<Result>(keeping layer: String, _ body: () throws -> Result) rethrows -> (Result, Output?) {
        var kept: Output?
        let result = try run(body) { if $0.name == layer { kept = $0 } }
        return (result, kept)
    }
}

/// The layers that a network passes pictures through, found by one pass of an empty picture.
struct LayerTable {
    /// In the order in which they are done; a layer that is called again stands at its last place.
    private(set) var layers: [NetworkLayer] = []
    /// The layer whose maps show best what the network saw: the last that has places, or the one that the network names.
    private(set) var defaultLayer: String?

    /// The last layer of the features that tells places apart, and what it gave.
    private var last: (name: String, tensor: Tensor)?

    /// Passes an empty picture of that side. On `.meta` nothing is computed.
    init(of network: any ImageNetwork, side: Int, device: Device) throws {
        let recorder = LayerRecorder(of: network)
        var outputs: [LayerRecorder.Output] = []
        try withoutGradient {
            let input = try Tensor.zeros([1, 3, side, side], device: device)
            let features = try recorder.run({ try network.extractFeatures(input) }, see: { outputs.append($0) })
            try outputs.forEach { try add($0, isFeature: true) }
            outputs = []
            _ = try recorder.run({ try network.classify(features) }, see: { outputs.append($0) })
            try outputs.forEach { try add($0, isFeature: false) }
        }
        defaultLayer = network.mapLayer ?? last?.name
        last = nil
    }

    private mutating func add(_ output: LayerRecorder.Output, isFeature: Bool) throws {
        let maps = try output.maps(pictures: 1).map {
            NetworkLayer.MapSize(channels: $0.shape[1], height: $0.shape[2], width: $0.shape[3])
        }
        let layer = NetworkLayer(
            name: output.name, type: "\(type(of: output.module))", shape: Array(output.tensor.shape.dropFirst()),
            maps: maps)
        layers.removeAll { $0.name == layer.name }
        layers.append(layer)
        guard isFeature, layer.hasMaps, !(output.module is AdaptiveAvgPool2d) else { return }
        // A layer that hands on what another gave is no later one, unless it holds that other.
        if let last, last.tensor.identity == output.tensor.identity, !last.name.hasPrefix(layer.name + ".") { return }
        last = (layer.name, output.tensor)
    }
}

extension ImageClassifier {
    /// The layers that pictures pass through, in the order in which they are done, and what each gives for one picture.
    ///
    /// - Throws: `ApusError` for an ONNX file, whose layers are OpenVINO's.
    public func layers() async throws -> [NetworkLayer] { try layerTable.layers }

    /// The layer whose maps show best what the network saw: the last that has places, or the one that the network names.
    ///
    /// - Throws: `ApusError` where no layer has maps.
    public func defaultMapLayer() async throws -> String { try mapLayer(nil).name }

    /// The layer of that name, or the default one for heat maps.
    func mapLayer(_ name: String?) throws -> NetworkLayer {
        let table = try layerTable
        guard let wanted = name ?? table.defaultLayer else {
            throw ApusError(
                .unsuitableLayer, "\(description.architecture) has no layer with maps, so nothing tells places apart")
        }
        let layer = try table.layers.named(wanted, of: description.architecture)
        guard layer.hasMaps else {
            let result = layer.shape.map(String.init).joined(separator: " x ")
            throw ApusError(
                .unsuitableLayer, name: wanted, suggestions: [table.defaultLayer].compactMap(\.self),
                "the layer '\(wanted)' gives \(result) numbers for an image, in which no places are left",
                advice: "choose an earlier one" + (table.defaultLayer.map { ", '\($0)' for example" } ?? ""))
        }
        return layer
    }

    private var layerTable: LayerTable {
        get throws { try LayerTable(of: network, side: description.preprocessing.cropSize, device: device) }
    }

    /// Where the network computes.
    package var device: Device { Device(deviceDescription) ?? .cpu }
}
