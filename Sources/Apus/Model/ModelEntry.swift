internal import Classifier
public import Images
internal import Torch
public import TorchVision

/// A network as a list of networks shows it, with all that is known of it before it is used.
public struct ModelEntry: Sendable, Encodable {
    /// The name, `resnet50`.
    public let name: String
    /// The family, `ResNet`.
    public let family: String
    /// One line: what it is.
    public let summary: String
    /// The number of parameters with the original number of classes.
    public let parameters: Int
    /// The side of the pictures that it takes, in pixels.
    public let input: Int
    /// The publication that it is known by.
    public let paper: Paper?
    /// The parts that are frozen and trained as wholes, from the input to the head; nil where they were not asked for.
    public let stages: [String]?
    /// The published weights. A plain name asks for the first.
    public let weights: [WeightsEntry]

    /// Published weights of a network.
    public struct WeightsEntry: Sendable, Encodable {
        /// The name in torchvision's enumeration, `IMAGENET1K_V1`.
        public let name: String
        /// What asks for them: `resnet50:IMAGENET1K_V1`.
        public let reference: String
        /// Whether torchvision calls them `DEFAULT`.
        public let isDefault: Bool
        /// Published accuracy on ImageNet's validation set, in percent; nil where the classifier is not usable.
        public let top1: Double?
        /// That the right class is among the five most likely, likewise.
        public let top5: Double?
        /// Multiply-adds for one picture, in thousand millions.
        public let gigaflops: Double
        /// How pictures are prepared.
        public let preprocessing: Preprocessing
        /// The name of the file in PyTorch's cache.
        public let file: String
        /// Where the file is published.
        public let url: String
        /// How the file's SHA-256 begins, as far as that is published.
        public let sha256: String?
        /// Where the file lies in the cache; nil where it does not.
        public let cachedPath: String?
        /// Its size there, in bytes.
        public let cachedBytes: Int?
    }

    /// The order of a list.
    public enum Order: String, Sendable, CaseIterable {
        /// The most accurate first, by the first weights' top-1.
        case accuracy
        /// The fewest parameters first.
        case size
        /// The fewest multiply-adds first.
        case speed
        /// By name, numbers by their value.
        case name
    }

    init(_ architecture: Architecture, store: WeightsStore, stages: [String]?) {
        name = architecture.name
        family = architecture.family
        summary = architecture.summary
        parameters = architecture.parameterCount
        input = (architecture.weights.first?.preprocessing ?? architecture.preprocessing).cropSize
        paper = architecture.paper
        self.stages = stages
        weights = architecture.weights.map { WeightsEntry($0, of: architecture, store: store) }
    }
}

extension ModelEntry.WeightsEntry {
    fileprivate init(_ weights: PretrainedWeights, of architecture: Architecture, store: WeightsStore) {
        name = weights.name
        reference = "\(architecture.name):\(weights.name)"
        isDefault = weights.name == architecture.defaultWeights
        top1 = weights.accuracy?.top1
        top5 = weights.accuracy?.top5
        gigaflops = weights.gigaflops
        preprocessing = weights.preprocessing
        (file, url, sha256) = (weights.file.fileName, weights.file.url, weights.file.sha256)
        cachedBytes = store.cachedSize(of: weights.file)
        cachedPath = cachedBytes == nil ? nil : store.path(of: weights.file)
    }
}

extension ModelEntry {
    /// The networks that there are, family by family.
    ///
    /// - Parameters:
    ///   - patterns: only those that one of these fits: part of a name, or all of it with `*` and `?` for what may vary;
    ///     all where there is none.
    ///   - family: only those of the family of this name, in upper or lower case.
    ///   - order: another order than family by family.
    ///   - store: the cache that tells which weights are at hand.
    ///   - withStages: whether each network's parts are told too.
    /// - Throws: `ApusError` for a pattern or a family that no network fits.
    @TensorActor
    public static func list(
        matching patterns: [String] = [], family: String? = nil, sortedBy order: Order? = nil,
        store: WeightsStore = .standard, withStages: Bool = false
    ) throws -> [ModelEntry] {
        var chosen = Architecture.all
        if let family {
            chosen = chosen.filter { $0.family.lowercased() == family.lowercased() }
            guard !chosen.isEmpty else {
                let families = Architecture.all.map(\.family)
                let names = families.indices.filter { $0 == 0 || families[$0] != families[$0 - 1] }.map { families[$0] }
                throw ApusError(
                    .unknownModel, name: family, suggestions: names, "no family is called '\(family)'",
                    advice: "there are \(names.joined(separator: ", "))")
            }
        }
        for pattern in patterns where !chosen.contains(where: { fits($0.name, pattern) }) {
            throw ApusError(
                .unknownModel, name: pattern, "no network's name fits '\(pattern)'",
                advice: "`ModelEntry.list()` has all of them")
        }
        if !patterns.isEmpty { chosen = chosen.filter { model in patterns.contains { fits(model.name, $0) } } }
        let entries = try chosen.map { architecture in
            ModelEntry(architecture, store: store, stages: withStages ? try architecture.stageNames : nil)
        }
        return order.map { entries.sorted(by: $0) } ?? entries
    }

    /// Whether a name holds the pattern; one with `*` or `?` must fit all of it.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        guard pattern.contains(where: { "*?".contains($0) }) else { return name.contains(pattern) }
        return fits(Array(name)[...], Array(pattern)[...])
    }

    private static func fits(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        // The place behind the last star, and that of the name which it was tried at: a later star makes the earlier
        // ones final, so there is one way back at most.
        var retry: (name: Int, pattern: Int)?
        var (place, wanted) = (name.startIndex, pattern.startIndex)
        while place < name.endIndex {
            if wanted < pattern.endIndex, pattern[wanted] == "*" {
                wanted += 1
                retry = (place, wanted)
            } else if wanted < pattern.endIndex, pattern[wanted] == "?" || pattern[wanted] == name[place] {
                (place, wanted) = (place + 1, wanted + 1)
            } else if let last = retry {
                retry = (last.name + 1, last.pattern)
                (place, wanted) = (last.name + 1, last.pattern)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == "*" }
    }
}

extension [ModelEntry] {
    /// What has no figure stands last; what is equal stays as it was.
    fileprivate func sorted(by order: ModelEntry.Order) -> [ModelEntry] {
        func key(_ entry: ModelEntry) -> Double {
            switch order {
            case .accuracy: -(entry.weights.first?.top1 ?? -.infinity)
            case .size: Double(entry.parameters)
            case .speed: entry.weights.first?.gigaflops ?? .infinity
            case .name: 0
            }
        }
        return enumerated().sorted { one, other in
            let keys = (key(one.element), key(other.element))
            guard keys.0 == keys.1 else { return keys.0 < keys.1 }
            return order == .name
                ? one.element.name.naturallyPrecedes(other.element.name) : one.offset < other.offset
        }.map(\.element)
    }
}

extension String {
    /// `resnet18` before `resnet101`.
    fileprivate func naturallyPrecedes(_ other: String) -> Bool {
        let parts = (naturalParts, other.naturalParts)
        return parts.0.lexicographicallyPrecedes(parts.1) { one, other in
            guard let (first, second) = one.number.flatMap({ first in other.number.map { (first, $0) } }) else {
                return one.text < other.text
            }
            return first < second
        }
    }

    /// The text cut into numbers and what is between them.
    private var naturalParts: [(text: String, number: Int?)] {
        chunked { $0.isWholeNumber == $1.isWholeNumber }.map { ($0, Int($0)) }
    }

    private func chunked(by belong: (Character, Character) -> Bool) -> [String] {
        var parts: [String] = []
        for character in self {
            if let last = parts.last?.last, belong(last, character) {
                parts[parts.count - 1].append(character)
            } else {
                parts.append(String(character))
            }
        }
        return parts
    }
}

extension Architecture {
    /// The names of the network's stages, from the input to the head. The network is made without memory for it.
    var stageNames: [String] {
        get throws { try withDefaultDevice(.meta) { try makeNetwork(classes: originalClasses).stages.map(\.name) } }
    }

    /// The number of classes that `parameterCount` holds for: ImageNet's, or ten where nothing is published.
    var originalClasses: Int { weights.isEmpty ? 10 : ImageNetClasses.count }
}
