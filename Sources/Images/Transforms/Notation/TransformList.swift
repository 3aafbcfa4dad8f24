@_exported public import Platform

/// A list of transforms in text form: `resize(256), randomCrop(224), flip(0.5), rotation(40)`.
///
/// Arguments are in torchvision's order or have names: `rotation(40, expand: true, fill: 128)`. Ranges are written
/// `0.5...1`. Names are those of torchvision's classes; `Random`, case and underscores are optional. A list is stored
/// as this text. `description` is the text in canonical form and parses to an equal list.
///
/// ```swift
/// let list = try TransformList("resize(256), randomCrop(224), flip, mixup(0.2)")
/// let loader = DataLoader(dataset, transforms: list.transforms, …)
/// ```
public struct TransformList: Sendable {
    private let steps: [TransformStep]

    /// Parses the notation. An empty text is an empty list.
    ///
    /// - Throws: `NotationError` with the line, the character and the valid alternatives.
    public init(_ text: String) throws(NotationError) {
        var scanner = NotationScanner(text)
        var steps: [TransformStep] = []
        for noted in try scanner.steps() {
            let step = try TransformForm.step(noted)
            if let reason = Self.misplacement(of: step, behind: steps) {
                throw NotationError(reason, at: noted.name.place)
            }
            steps.append(step)
        }
        self.steps = steps
    }

    /// Creates a list from transforms, crops and batch mixes.
    public init(_ transforms: [any NotedTransform], views: (any ImageViews)? = nil, batch: [BatchMix] = []) {
        var steps = transforms.map { TransformStep($0) }
        if let views { steps.append(TransformStep(views)) }
        self.steps = steps + batch.map { TransformStep($0) }
    }

    /// The reason why a step cannot follow the previous ones, or nil.
    private static func misplacement(of step: TransformStep, behind steps: [TransformStep]) -> String? {
        let isBehindMix = steps.contains { if case .mix = $0.work { true } else { false } }
        switch step.work {
        case .mix: return nil
        case .transform, .views:
            if isBehindMix { return "transforms that mix batches must come after those of images" }
        }
        if case .views = step.work, steps.contains(where: { if case .views = $0.work { true } else { false } }) {
            return "only one transform can make several crops"
        }
        return nil
    }

    /// The transforms of each image, in order. If there are several crops, this is the chain of the center crop.
    public var transforms: [any ImageTransform] {
        let chains = chains
        // The center is the last of five crops, and the fifth of ten.
        return chains.count == 1 ? chains[0] : chains[4]
    }

    /// One chain for each crop of an image: only `transforms` unless there is `fiveCrop` or `tenCrop`. Predictions are
    /// averaged over all of them.
    public var chains: [[any ImageTransform]] {
        var chains: [[any ImageTransform]] = [[]]
        for step in steps {
            switch step.work {
            case .transform(let transform): chains = chains.map { $0 + [transform] }
            case .views(let views): chains = chains.flatMap { chain in views.views.map { chain + [$0] } }
            case .mix: break
            }
        }
        return chains
    }

    /// The mixes of training batches; one is selected for each batch. If empty, batches stay unchanged.
    public var batch: [BatchMix] {
        steps.compactMap { if case .mix(let mix) = $0.work { mix } else { nil } }
    }

    /// Whether the list is empty.
    public var isEmpty: Bool { steps.isEmpty }

    /// The notation of all transforms, one per line.
    public static var notation: String { TransformForm.all.map(\.usage).joined(separator: "\n") }
}

extension TransformList: CustomStringConvertible {
    /// The notation in canonical form.
    public var description: String { steps.map(\.notation).joined(separator: ", ") }
}

extension TransformList: Hashable {
    /// Lists are equal if their transforms are.
    public static func == (first: TransformList, second: TransformList) -> Bool {
        first.description == second.description
    }

    /// Hashes the notation.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(description)
    }
}

extension TransformList: Codable {
    /// Decodes the notation.
    public init(from decoder: any Decoder) throws { self = try decoder.decode { try TransformList($0) } }

    /// Encodes the notation.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
