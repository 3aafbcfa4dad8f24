internal import Torch
internal import TorchNN
internal import TorchVision

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
            NetworkLayer.MapSize(channels: $0.size(1), height: $0.size(2), width: $0.size(3))
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
