public import Classifier
public import Torch
public import TorchNN

/// The network that a `NetworkDescription` describes.
public final class DescribedNetwork: ImageNetwork {
    let features: Sequential
    private(set) var classifier: any Module
    /// The number of flattened features, the inputs of a custom head.
    public let headInputs: Int

    /// The positions of layers in their section, stage by stage.
    private let featureStages: [Range<Int>]
    private let classifierStages: [Range<Int>]
    private let flattensFeatures: Bool
    private var hasOwnHead = false

    /// Creates a new network.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public init(_ description: NetworkDescription, classes: Int) throws {
        var inputs = try description.sizes(classes: classes).inputs[...]
        func sequence(_ lines: [NetworkDescription.Line]) throws -> Sequential {
            Sequential(
                try lines.flatMap(\.layers).map { try $0.makeModule(for: inputs.removeFirst(), classes: classes) })
        }
        let features = try sequence(description.features)
        let classifier = try sequence(description.classifier)
        (self.features, self.classifier) = (features, classifier)
        headInputs = try description.featureCount
        flattensFeatures = description.flattensFeatures
        featureStages = Self.stages(description.features, of: features, joinsNext: false)
        classifierStages = Self.stages(description.classifier, of: classifier, joinsNext: true)
    }

    /// The lines as positions of layers. A line without parameters is not a separate stage: a pooling layer belongs to
    /// the layers before it, a dropout in the classifier to the linear layer after it.
    private static func stages(
        _ lines: [NetworkDescription.Line], of sequence: Sequential, joinsNext: Bool
    ) -> [Range<Int>] {
        var stages: [Range<Int>] = []
        var start = 0
        var end = 0
        for line in lines {
            let isEmpty = (end..<end + line.layers.count).allSatisfy { sequence[$0].parameters.isEmpty }
            end += line.layers.count
            if !isEmpty {
                stages.append(start..<end)
                start = end
            } else if !joinsNext, let last = stages.popLast() {
                stages.append(last.lowerBound..<end)
                start = end
            }
        }
        // Features without parameters are still one stage.
        return start < end ? stages + [start..<end] : stages
    }

    /// `[N, 3, H, W]` with the described size, to `[N, …]`.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        let map = try features(input)
        let features = flattensFeatures || hasOwnHead ? try map.flatten(from: 1) : map
        guard let layers = ownLayers else { return features }
        return try layers(features, through: 0..<headStart)
    }

    /// The classifier's last line.
    public func classify(_ features: Tensor) throws -> Tensor {
        guard let layers = ownLayers else { return try classifier(features) }
        return try layers(features, through: headStart..<layers.count)
    }

    /// The described classifier; nil if it was replaced.
    private var ownLayers: Sequential? { hasOwnHead ? nil : classifier as? Sequential }

    private var headStart: Int { classifierStages.last?.lowerBound ?? 0 }

    /// The lines of the description, `features.0-4`.
    public var stages: [Stage] {
        func stages(_ name: String, _ sequence: Sequential, _ ranges: [Range<Int>]) -> [Stage] {
            ranges.map { range in
                let last = range.count == 1 ? "" : "-\(range.upperBound - 1)"
                return Stage("\(name).\(range.lowerBound)\(last)", range.map { sequence[$0] })
            }
        }
        return stages("features", features, featureStages)
            + (ownLayers.map { stages("classifier", $0, classifierStages) } ?? [Stage("classifier", classifier)])
    }

    /// Replaces the last layer with a new one.
    public func replaceLastLayer(classes: Int) throws {
        guard let layers = ownLayers, let last = layers[layers.count - 1] as? Linear else { return }
        layers[layers.count - 1] = try Linear(last.inputs, classes)
    }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) {
        classifier = module
        hasOwnHead = true
    }
}
