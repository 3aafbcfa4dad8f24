internal import LibC
internal import Platform

extension Checkpoint {
    /// How the names of a checkpoint were matched to those of a network.
    public struct NameMatch: Sendable, Hashable {
        /// The prefixes that were removed from names, each with its final point: `module.`, `backbone.`, `_orig_mod.`.
        public internal(set) var removed: [String] = []
        /// The names of tensors in the file that are not part of the network and were not used: `n_averaged`,
        /// `criterion.weight`.
        public internal(set) var leftOut: [String] = []

        /// No change.
        public init() {}

        /// A one-line summary for the user, or nil if the names are the network's own.
        public var summary: String? {
            guard !removed.isEmpty else { return nil }
            let prefixes = removed.map { "'\($0.shown)'" }.joined(separator: ", ")
            let others =
                leftOut.isEmpty
                ? ""
                : "; ignored \(leftOut.count) \(leftOut.count == 1 ? "tensor" : "tensors") outside the network: "
                    + leftOut.prefix(6).map { $0.shown }.joined(separator: ", ")
                    + (leftOut.count > 6 ? ", …" : "")
            return "removed \(prefixes) from the names of its tensors" + others
        }
    }

    /// Returns the checkpoint with the network's names: without the prefixes that wrappers and other libraries add.
    ///
    /// The prefixes are found by comparing names and shapes: `module.` of `DataParallel` and of an averaged model,
    /// `model.` and `net.` of Lightning, `backbone.` and `head.` of mmpretrain, the prefix of a head alone, and
    /// `_orig_mod.` of `torch.compile` at any position. A checkpoint that has every name of the network, or in which
    /// too few names match, stays unchanged.
    ///
    /// - Parameter network: The names and shapes of the network's tensors, as in its state dict.
    /// - Returns: The checkpoint and a description of the changes.
    /// - Throws: `AmbiguousNamesError` if several parts of the file match equally well and differ in their values.
    public func matched(
        to network: [(name: String, shape: [Int])]
    ) throws -> (checkpoint: Checkpoint, match: NameMatch) {
        let matcher = NameMatcher(network)
        guard !matcher.hasAllNames(in: self), let choice = try matcher.choice(for: self) else { return (self, .init()) }
        return choice.renamed(self)
    }
}

/// A checkpoint with several parts that match a network equally well.
public struct AmbiguousNamesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A part of the checkpoint: the `stateKey` that selects it and the number of tensors that match.
    public struct Choice: Hashable, Sendable {
        /// The prefix of the names, after the key of the state dict if there is one.
        public let stateKey: String
        /// The number of tensors whose name and shape match.
        public let tensors: Int
    }

    /// The parts.
    public let choices: [Choice]

    /// The choices on one line.
    public var description: String {
        let parts = choices.prefix(12).map { choice in
            (choice.stateKey.isEmpty ? "names without a prefix" : "'\(choice.stateKey.shown)'")
                + " (\(choice.tensors) tensors)"
        }
        return "it holds \(choices.count) sets of tensors that match the network; choose one (`stateKey`): "
            + "\(parts.joined(separator: ", "))\(choices.count > parts.count ? ", …" : "")"
    }
}

/// Finds the prefixes under which a checkpoint has the tensors of a network.
private struct NameMatcher {
    /// Name parts that PyTorch's wrappers insert, at any depth.
    private static let wrappers: Set<Substring> = [
        "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
    ]

    /// The network's shapes by name.
    private let shapes: [ExactString: [Int]]
    /// The number of parts in the network's longest name.
    private let depth: Int
    /// The wrappers whose names the network does not use itself.
    private let removable: Set<Substring>

    init(_ network: [(name: String, shape: [Int])]) {
        shapes = Dictionary(network.map { (ExactString($0.name), $0.shape) }) { first, _ in first }
        let parts = network.map { Self.parts(of: $0.name) }
        depth = parts.map(\.count).max() ?? 0
        removable = Self.wrappers.subtracting(parts.joined())
    }

    static func parts(of name: String) -> [Substring] {
        name.split(separator: ".", omittingEmptySubsequences: false)
    }

    /// Old files lack the batch counters.
    static func isOptional(_ name: ExactString) -> Bool { name.text.hasSuffix("num_batches_tracked") }

    func hasAllNames(in checkpoint: Checkpoint) -> Bool {
        let names = Set(checkpoint.entries.map { ExactString($0.name) })
        return shapes.keys.allSatisfy { names.contains($0) || Self.isOptional($0) }
    }

    /// The tensors of the network that a checkpoint has behind one prefix.
    struct Candidate {
        /// The start of the names without the last point; empty for no prefix.
        let prefix: String
        /// The same prefix without wrappers.
        let parts: [Substring]
        /// The positions of the checkpoint's entries by the network's names.
        var entries: [ExactString: Int] = [:]
        /// The names whose shapes also match, and the number of elements of these tensors.
        var fitting: Set<ExactString> = []
        var elements = 0
    }

    /// The names that change, and how.
    struct Choice {
        let names: [ExactString: Int]
        /// The main prefix first.
        let prefixes: [String]
        let removable: Set<Substring>

        func renamed(_ checkpoint: Checkpoint) -> (checkpoint: Checkpoint, match: Checkpoint.NameMatch) {
            var match = Checkpoint.NameMatch()
            match.removed = prefixes.filter { !$0.isEmpty }.map { $0 + "." }
            let known = Dictionary(uniqueKeysWithValues: names.map { ($0.value, $0.key.text) })
            var copy = checkpoint
            copy.entries = []
            for (place, entry) in checkpoint.entries.enumerated() {
                if let name = known[place] ?? stripped(entry.name, of: prefixes[0]) {
                    copy.entries.append((name, entry.tensor))
                    for part in NameMatcher.parts(of: entry.name) where removable.contains(part) {
                        let isTold = match.removed.contains { NameMatcher.parts(of: $0).contains(part) }
                        if !isTold { match.removed.append(part + ".") }
                    }
                } else {
                    match.leftOut.append(entry.name)
                }
            }
            // A wrapper comes before the wrapped module; the inner version counts.
            var places: [ExactString: Int] = [:]
            copy.moduleVersions = []
            let longestFirst = prefixes.sorted { $0.utf8.count > $1.utf8.count }
            for (module, version) in checkpoint.moduleVersions {
                guard let name = longestFirst.lazy.compactMap({ stripped(module, of: $0) }).first else { continue }
                if let place = places[ExactString(name)] {
                    copy.moduleVersions[place].version = version
                } else {
                    places[ExactString(name)] = copy.moduleVersions.count
                    copy.moduleVersions.append((name, version))
                }
            }
            return (copy, match)
        }

        /// A name without a prefix and without wrappers, or nil if it does not start with them.
        private func stripped(_ name: String, of prefix: String) -> String? {
            var rest = Substring(name)
            if !prefix.isEmpty {
                if name == prefix { return "" }
                guard name.hasPrefix(prefix + ".") else { return nil }
                rest = name.dropFirst(prefix.count + 1)
            }
            return rest.split(separator: ".", omittingEmptySubsequences: false).filter { !removable.contains($0) }
                .joined(separator: ".")
        }
    }

    /// The prefixes that match best, or nil if too few names match to decide.
    func choice(for checkpoint: Checkpoint) throws -> Choice? {
        let candidates = candidates(in: checkpoint)
        guard let main = candidates.first else { return nil }
        // A few names match by accident.
        let isMostOfNames = 2 * main.entries.count >= min(shapes.count, checkpoint.entries.count)
        let isMostOfValues = 2 * main.elements >= shapes.values.reduce(0) { $0 + Self.size($1) }
        guard isMostOfNames || isMostOfValues else { return nil }
        let rivals = try candidates.dropFirst().filter { rival in
            let common = main.fitting.intersection(rival.fitting)
            let elements = common.reduce(0) { $0 + Self.size(shapes[$1] ?? []) }
            return try 2 * elements >= main.elements && !areEqual(common, main, rival, in: checkpoint)
        }
        guard rivals.isEmpty else { throw ambiguity([main] + rivals, in: checkpoint) }
        var names = main.entries
        var prefixes = [main.prefix]
        var sources: [ExactString: String] = [:]
        for neighbor in neighbors(of: main, among: candidates.dropFirst()) {
            var isUsed = false
            for (name, place) in neighbor.entries.sorted(by: { $0.value < $1.value }) where main.entries[name] == nil {
                guard let shape = shapes[name],
                    Self.differAtMostInClasses(checkpoint.entries[place].tensor.shape, shape)
                else { continue }
                if let other = sources[name], let rival = candidates.first(where: { $0.prefix == other }) {
                    guard try areEqual([name], rival, neighbor, in: checkpoint) else {
                        throw ambiguity([rival, neighbor], in: checkpoint)
                    }
                    continue
                }
                (names[name], sources[name], isUsed) = (place, neighbor.prefix, true)
            }
            if isUsed { prefixes.append(neighbor.prefix) }
        }
        return Choice(names: names, prefixes: prefixes, removable: removable)
    }

    /// The parts that may contain the tensors that the main part lacks: its siblings ('head.' next to 'backbone.', or
    /// the parent's own 'fc.'), and parts inside it that contain nothing else ('head.' next to names without a prefix)
    /// if no two of them contain the same names.
    private func neighbors(of main: Candidate, among others: ArraySlice<Candidate>) -> [Candidate] {
        let parent = Array(main.parts.dropLast())
        let beside = others.filter {
            !main.parts.isEmpty
                && ($0.parts == parent || ($0.parts.count == main.parts.count && $0.parts.starts(with: parent)))
        }
        let within = others.filter { other in
            other.parts.count == main.parts.count + 1 && other.parts.starts(with: main.parts)
                && other.entries.keys.allSatisfy { main.entries[$0] == nil }
        }
        let names = within.flatMap(\.entries.keys)
        return beside + (Set(names).count == names.count ? within : [])
    }

    /// All prefixes followed by a name of the network, best match first.
    private func candidates(in checkpoint: Checkpoint) -> [Candidate] {
        var candidates: [ExactString: Candidate] = [:]
        for (place, entry) in checkpoint.entries.enumerated() {
            let parts = Self.parts(of: entry.name)
            let kept = parts.indices.filter { !removable.contains(parts[$0]) }
            for count in 1...max(1, min(depth, kept.count)) where count <= kept.count {
                let start = kept[kept.count - count]
                let name = ExactString(kept.suffix(count).map { parts[$0] }.joined(separator: "."))
                guard let shape = shapes[name] else { continue }
                let prefix = ExactString(parts[..<start].joined(separator: "."))
                var candidate =
                    candidates[prefix]
                    ?? Candidate(prefix: prefix.text, parts: parts[..<start].filter { !removable.contains($0) })
                // If two names differ only in wrappers, the shorter one comes first; the other stays unexpected.
                if let other = candidate.entries[name],
                    checkpoint.entries[other].name.utf8.count <= entry.name.utf8.count
                {
                    continue
                }
                if candidate.entries.updateValue(place, forKey: name) == nil || !candidate.fitting.contains(name),
                    entry.tensor.shape == shape
                {
                    candidate.fitting.insert(name)
                    candidate.elements += Self.size(shape)
                }
                candidates[prefix] = candidate
            }
        }
        return candidates.values.sorted {
            ($1.elements, $1.entries.count, $0.prefix.utf8.count, $0.prefix)
                < ($0.elements, $0.entries.count, $1.prefix.utf8.count, $1.prefix)
        }
    }

    private static func size(_ shape: [Int]) -> Int { shape.reduce(1, *) }

    /// Whether two shapes are equal except for the first size: a head may be for other classes.
    private static func differAtMostInClasses(_ one: [Int], _ other: [Int]) -> Bool {
        one.count == other.count && one.dropFirst() == other.dropFirst()
    }

    /// Whether two parts have the same values for these names. A module may be saved under two names.
    private func areEqual(
        _ names: Set<ExactString>, _ one: Candidate, _ other: Candidate, in checkpoint: Checkpoint
    ) throws -> Bool {
        try names.allSatisfy { name in
            guard let first = one.entries[name], let second = other.entries[name] else { return false }
            let (left, right) = (checkpoint.entries[first].tensor, checkpoint.entries[second].tensor)
            guard left.shape == right.shape, left.dtype == right.dtype else { return false }
            return try left.withUnsafeBytes { left in
                try right.withUnsafeBytes { right in
                    guard let one = left.baseAddress, let other = right.baseAddress else { return left.isEmpty }
                    return left.count == right.count && memcmp(one, other, left.count) == 0
                }
            }
        }
    }

    private func ambiguity(_ candidates: [Candidate], in checkpoint: Checkpoint) -> AmbiguousNamesError {
        let choices = candidates.map { candidate in
            AmbiguousNamesError.Choice(
                stateKey: [checkpoint.stateKey ?? "", candidate.prefix].filter { !$0.isEmpty }.joined(separator: "."),
                tensors: candidate.fitting.count)
        }
        return AmbiguousNamesError(choices: choices.sorted { $0.stateKey < $1.stateKey })
    }
}
