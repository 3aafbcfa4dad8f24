public import Classifier
package import Torch
internal import TorchNN
internal import TorchVision

/// A layer of a network, with the shape of its output for one image.
public struct NetworkLayer: Sendable, Equatable, Codable {
    /// The path in the network, as in PyTorch: `layer1.0.conv1`.
    public let name: String
    /// The type, such as `Conv2d`.
    public let type: String
    /// The shape of the output, without the batch dimension.
    public let shape: [Int]
    /// The size of the maps; nil if the output has no spatial dimensions.
    public let maps: MapSize?

    /// The size of a layer's maps.
    public struct MapSize: Sendable, Equatable, Codable {
        /// The number of maps.
        public let channels: Int
        /// The height of a map.
        public let height: Int
        /// The width of a map.
        public let width: Int
    }

    /// Whether the maps have more than one position.
    public var hasMaps: Bool { maps.map { $0.height * $0.width > 1 } ?? false }
}

extension [NetworkLayer] {
    /// Returns the layer with a name.
    ///
    /// - Throws: `ApusError` with similar names if there is no such layer.
    func named(_ name: String, of model: String) throws(ApusError) -> NetworkLayer {
        if let layer = first(where: { $0.name == name }) { return layer }
        let near = [String](map(\.name).nearest(to: name, count: 3))
        throw ApusError(
            .unknownLayer, name: name, suggestions: near,
            "the forward pass of \(model) has no layer '\(name)'",
            advice: "similar names: \(near.joined(separator: ", ")). `ImageClassifier.layers()` lists all layers")
    }
}

/// Observes the outputs of a network's layers by name while the network runs.
///
/// Layers of this library do not modify their input, unlike PyTorch's in-place activations. A kept output therefore
/// does not change, and gradients reach it.
final class LayerRecorder {
    /// The output of a layer.
    struct Output {
        let name: String
        let module: any Module
        let tensor: Tensor
        let layout: MapLayout
    }

    private var layers: [ObjectIdentifier: (name: String, module: any Module)] = [:]
    private var entered: [ObjectIdentifier] = []
    private var layouts = LayoutTracker()

    /// Creates a recorder with the names of a network's modules. A module with the name of its parent counts as its
    /// parent.
    init(of network: any Module) {
        for (name, module) in network.namedModules where !name.isEmpty {
            let identifier = ObjectIdentifier(module)
            if layers[identifier] == nil { layers[identifier] = (name, module) }
        }
    }

    /// Runs `body`, which calls the network, and calls `see` with the output of each layer in the order in which they
    /// finish: inner layers first.
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
    /// - Returns: the result of `body`, and the last output of the layer; nil if the layer was not called.
    func run<Result>(keeping layer: String, _ body: () throws -> Result) rethrows -> (Result, Output?) {
        var kept: Output?
        let result = try run(body) { if $0.name == layer { kept = $0 } }
        return (result, kept)
    }
}

/// The layers of a network's forward pass, found by a pass of a zero image.
struct LayerTable {
    /// The layers in the order of execution. A layer that is called several times has its last position.
    private(set) var layers: [NetworkLayer] = []
    /// The default layer of heat maps: the last one with spatial maps, or the one that the network names.
    private(set) var defaultLayer: String?

    /// The last layer of the features with spatial maps, and its output.
    private var last: (name: String, tensor: Tensor)?

    /// Runs a forward pass of a zero image with this side. On the device `.meta` nothing is computed.
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
        let maps = try output.maps(images: 1).map {
            NetworkLayer.MapSize(channels: $0.shape[1], height: $0.shape[2], width: $0.shape[3])
        }
        let layer = NetworkLayer(
            name: output.name, type: "\(type(of: output.module))", shape: Array(output.tensor.shape.dropFirst()),
            maps: maps)
        layers.removeAll { $0.name == layer.name }
        layers.append(layer)
        guard isFeature, layer.hasMaps, !(output.module is AdaptiveAvgPool2d) else { return }
        // A layer that returns the output of another layer does not replace it, unless it contains it.
        if let last, last.tensor.identity == output.tensor.identity, !last.name.hasPrefix(layer.name + ".") { return }
        last = (layer.name, output.tensor)
    }
}

extension ImageClassifier {
    /// Returns the layers of the forward pass in the order of execution, with the shapes of their outputs.
    ///
    /// - Throws: `ApusError` for an ONNX file, whose layers are not accessible.
    public func layers() async throws -> [NetworkLayer] { try layerTable.layers }

    /// Returns the default layer of heat maps: the last one with spatial maps, or the one that the network names.
    ///
    /// - Throws: `ApusError` if no layer has maps.
    public func defaultMapLayer() async throws -> String { try mapLayer(nil).name }

    /// Returns the layer with a name, or the default layer of heat maps.
    func mapLayer(_ name: String?) throws -> NetworkLayer {
        let table = try layerTable
        guard let name = name ?? table.defaultLayer else {
            throw ApusError(
                .unsuitableLayer, "\(description.architecture) has no layer with spatial maps")
        }
        let layer = try table.layers.named(name, of: description.architecture)
        guard layer.hasMaps else {
            let result = layer.shape.map(String.init).joined(separator: " x ")
            throw ApusError(
                .unsuitableLayer, name: name, suggestions: [table.defaultLayer].compactMap(\.self),
                "the output of the layer '\(name)' (\(result)) has no spatial dimensions",
                advice: "choose an earlier layer" + (table.defaultLayer.map { ", such as '\($0)'" } ?? ""))
        }
        return layer
    }

    private var layerTable: LayerTable {
        get throws { try LayerTable(of: network, side: description.preprocessing.cropSize, device: device) }
    }

    /// The device of the network.
    package var device: Device { Device(deviceDescription) ?? .cpu }
}
