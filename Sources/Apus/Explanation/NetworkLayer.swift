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
        let near = map(\.name).nearest(to: name, count: 3).joined(separator: ", ")
        throw ApusError(
            "\(model) has no layer '\(name)' that it passes pictures through; the nearest names are \(near). "
                + "'apus explain MODEL --layers' lists them all")
    }
}
