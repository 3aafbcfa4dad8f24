internal import Torch
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// The layers that pictures pass through, in the order in which they are done, and what each gives for one picture.
    ///
    /// - Throws: `ApusError` for an ONNX file, whose layers are OpenVINO's.
    public func layers() async throws -> [NetworkLayer] { try layerTable().layers }

    /// The layer whose maps show best what the network saw: the last that has places, or the one that the network names.
    ///
    /// - Throws: `ApusError` where no layer has maps.
    public func defaultMapLayer() async throws -> String { try mapLayer(nil).name }

    /// The layer of that name, or the default one for heat maps.
    func mapLayer(_ name: String?) throws -> NetworkLayer {
        let table = try layerTable()
        guard let wanted = name ?? table.defaultLayer else {
            throw ApusError("\(description.architecture) has no layer with maps, so nothing tells places apart")
        }
        let layer = try table.layers.named(wanted, of: description.architecture)
        guard layer.hasMaps else {
            let result = layer.shape.map(String.init).joined(separator: " x ")
            throw ApusError(
                "the layer '\(wanted)' gives \(result) numbers for a picture, in which no places are left; choose an "
                    + "earlier one" + (table.defaultLayer.map { ", '\($0)' for example" } ?? ""))
        }
        return layer
    }

    private func layerTable() throws -> (layers: [NetworkLayer], defaultLayer: String?) {
        let network = try network
        let side = description.preprocessing.cropSize
        let recorder = LayerRecorder(of: network)
        var layers: [NetworkLayer] = []
        var last: (name: String, tensor: Tensor)?
        var trouble: (any Error)?
        func see(_ output: LayerRecorder.Output, isFeature: Bool) {
            do {
                let maps = try output.maps(pictures: 1).map {
                    NetworkLayer.MapSize(channels: $0.size(1), height: $0.size(2), width: $0.size(3))
                }
                let layer = NetworkLayer(
                    name: output.name, type: "\(type(of: output.module))",
                    shape: Array(output.tensor.shape.dropFirst()), maps: maps)
                layers.removeAll { $0.name == layer.name }
                layers.append(layer)
                guard isFeature, layer.hasMaps, !(output.module is AdaptiveAvgPool2d) else { return }
                // A layer that hands on what another gave is no later one, unless it holds that other.
                if let last, last.tensor.identity == output.tensor.identity, !last.name.hasPrefix(layer.name + ".") {
                    return
                }
                last = (layer.name, output.tensor)
            } catch {
                trouble = error
            }
        }
        try withoutGradient {
            let input = try Tensor.zeros([1, 3, side, side], device: device)
            let features = try recorder.run({ try network.extractFeatures(input) }, see: { see($0, isFeature: true) })
            _ = try recorder.run({ try network.classify(features) }, see: { see($0, isFeature: false) })
        }
        if let trouble { throw trouble }
        return (layers, network.mapLayer ?? last?.name)
    }

    /// Where the network computes.
    var device: Device { Device(deviceDescription) ?? .cpu }
}
