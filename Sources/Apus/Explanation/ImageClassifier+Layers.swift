internal import Torch
internal import TorchVision

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

    private var layerTable: LayerTable {
        get throws { try LayerTable(of: network, side: description.preprocessing.cropSize, device: device) }
    }

    /// Where the network computes.
    var device: Device { Device(deviceDescription) ?? .cpu }
}
