@_exported public import Platform

/// Transforms as people write them: `resize(256), randomCrop(224), flip(0.5), rotation(40)`.
///
/// Arguments stand in torchvision's order or under their names: `rotation(40, expand: true, fill: 128)`; ranges are
/// written `0.5...1`. Names are those of torchvision's classes, with or without `Random`, capitals and underscores. A
/// list is stored as this text; `description` is the text in canonical form, and reads back as an equal list.
///
/// ```swift
/// let list = try TransformList("resize(256), randomCrop(224), flip, mixup(0.2)")
/// let loader = DataLoader(dataset, transforms: list.transforms, …)
/// ```
public struct TransformList: Sendable {
    private let steps: [TransformStep]

    /// Reads the notation. No text at all is a list of no transforms.
    ///
    /// - Throws: `NotationError`, with the line, the character and what may stand there.
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

    /// A list of transforms that are there, of which views may be taken, and whose batches may be mixed.
    public init(_ transforms: [any NotedTransform], views: (any PictureViews)? = nil, batch: [BatchMix] = []) {
        var steps = transforms.map { TransformStep($0) }
        if let views { steps.append(TransformStep(views)) }
        self.steps = steps + batch.map { TransformStep($0) }
    }

    /// Why a step can't stand behind those before it, or nil.
    private static func misplacement(of step: TransformStep, behind steps: [TransformStep]) -> String? {
        let isBehindMix = steps.contains { if case .mix = $0.work { true } else { false } }
        switch step.work {
        case .mix: return nil
        case .transform, .views:
            if isBehindMix { return "what mixes batches stands behind all that is done to images" }
        }
        if case .views = step.work, steps.contains(where: { if case .views = $0.work { true } else { false } }) {
            return "views are taken of an image once"
        }
        return nil
    }

    /// What is done to each image, one after the other. Where several views are taken, this is the chain of the
    /// middle one.
    public var transforms: [any ImageTransform] {
        let chains = chains
        // Of five views the middle comes last, of ten it comes fifth.
        return chains.count == 1 ? chains[0] : chains[4]
    }

    /// One chain for each view that is taken of an image: `transforms` alone unless there is `fiveCrop` or `tenCrop`.
    /// Predictions of an image are averaged over all.
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

    /// What is done to each batch of a training: one of these, each time drawn anew. None leaves batches as they are.
    public var batch: [BatchMix] {
        steps.compactMap { if case .mix(let mix) = $0.work { mix } else { nil } }
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { steps.isEmpty }

    /// How all transforms are written, a line each.
    public static var notation: String { TransformForm.all.map(\.usage).joined(separator: "\n") }
}

extension TransformList: CustomStringConvertible {
    /// The notation in canonical form.
    public var description: String { steps.map(\.notation).joined(separator: ", ") }
}

extension TransformList: Hashable {
    /// Lists are equal whose transforms are.
    public static func == (first: TransformList, second: TransformList) -> Bool {
        first.description == second.description
    }

    /// Hashes the notation.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(description)
    }
}

extension TransformList: Codable {
    /// Reads the notation.
    public init(from decoder: any Decoder) throws { self = try decoder.decode { try TransformList($0) } }

    /// Writes the notation.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
