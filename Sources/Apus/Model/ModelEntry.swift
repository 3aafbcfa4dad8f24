internal import Classifier
public import Images
public import TorchVision

/// A network in the list of networks.
public struct ModelEntry: Sendable, Encodable {
    /// The name, such as `resnet50`.
    public let name: String
    /// The family, such as `ResNet`.
    public let family: String
    /// A description in one line.
    public let summary: String
    /// The number of parameters with the original number of classes.
    public let parameters: Int
    /// The side of its input images, in pixels.
    public let input: Int
    /// The publication.
    public let paper: Paper?
    /// The stages, from the input to the head; nil unless requested.
    public let stages: [String]?
    /// The published weights. The name of the network selects the first.
    public let weights: [WeightsEntry]

    /// Published weights of a network.
    public struct WeightsEntry: Sendable, Encodable {
        /// The name in torchvision's enumeration, such as `IMAGENET1K_V1`.
        public let name: String
        /// The reference to the weights, such as `resnet50:IMAGENET1K_V1`.
        public let reference: String
        /// Whether torchvision calls them `DEFAULT`.
        public let isDefault: Bool
        /// The published accuracy on ImageNet's validation set, in percent; nil if the classifier is not usable.
        public let top1: Double?
        /// The published top-5 accuracy, in percent; nil if the classifier is not usable.
        public let top5: Double?
        /// The multiply-adds for one image, in billions.
        public let gigaflops: Double
        /// The preprocessing of images.
        public let preprocessing: Preprocessing
        /// The name of the file in PyTorch's cache.
        public let file: String
        /// The URL of the file.
        public let url: String
        /// The published beginning of the file's SHA-256.
        public let sha256: String?
        /// The path of the file in the cache; nil if it is not there.
        public let cachedPath: String?
        /// The size of the file in the cache, in bytes.
        public let cachedBytes: Int?
    }

    /// The order of a list.
    public enum Order: String, Sendable, CaseIterable {
        /// By the top-1 accuracy of the first weights, the highest first.
        case accuracy
        /// By the number of parameters, the fewest first.
        case size
        /// By the multiply-adds, the fewest first.
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
    /// Returns the networks, family by family.
    ///
    /// - Parameters:
    ///   - patterns: Patterns for names: a part of a name, or a whole name with the wildcards `*` and `?`. Empty for
    ///     all networks.
    ///   - family: The name of a family, in any case; nil for all families.
    ///   - order: The order; nil for family by family.
    ///   - store: The cache of weights.
    ///   - withStages: Whether entries have the stages.
    /// - Throws: `ApusError` for a pattern or a family without networks.
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
                .unknownModel, name: pattern, "no network has a name like '\(pattern)'",
                advice: "`ModelEntry.list()` lists all networks")
        }
        if !patterns.isEmpty { chosen = chosen.filter { model in patterns.contains { fits(model.name, $0) } } }
        let entries = chosen.map { architecture in
            ModelEntry(
                architecture, store: store, stages: withStages ? Architecture.stageNames[architecture.name] ?? [] : nil)
        }
        return order.map { entries.sorted(by: $0) } ?? entries
    }

    /// Returns whether a name contains a pattern; a pattern with `*` or `?` must match the whole name.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        guard pattern.contains(where: { "*?".contains($0) }) else { return name.contains(pattern) }
        return fits(Array(name)[...], Array(pattern)[...])
    }

    private static func fits(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        // The places after the last star in the pattern, and in the name. A later star makes the earlier ones final, so
        // backtracking has one step.
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
    /// Sorts by a value. Entries without a value are last; equal ones keep their order.
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
    /// Compares numbers by their value: `resnet18` is before `resnet101`.
    fileprivate func naturallyPrecedes(_ other: String) -> Bool {
        let parts = (naturalParts, other.naturalParts)
        return parts.0.lexicographicallyPrecedes(parts.1) { one, other in
            guard let (first, second) = one.number.flatMap({ first in other.number.map { (first, $0) } }) else {
                return one.text < other.text
            }
            return first < second
        }
    }

    /// Splits a text into numbers and the parts between them.
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
    /// The number of classes for `parameterCount`: that of ImageNet, or ten if no weights are published.
    var originalClasses: Int { weights.isEmpty ? 10 : ImageNetClasses.count }
}
