public import Torch

/// How the entries of a checkpoint fitted a module.
public struct LoadReport: Sendable, Equatable {
    /// An entry whose shape is not the module's.
    public struct Mismatch: Sendable, Equatable {
        /// The name of the entry.
        public let name: String
        /// The shape in the checkpoint.
        public let found: [Int]
        /// The shape in the module.
        public let wanted: [Int]
    }

    /// Names of the module that were loaded.
    public internal(set) var loaded: [String] = []
    /// Names of the module that the checkpoint lacks.
    public internal(set) var missing: [String] = []
    /// Names of the checkpoint that the module lacks.
    public internal(set) var unexpected: [String] = []
    /// Names of both whose shapes differ.
    public internal(set) var mismatched: [Mismatch] = []
    /// What was removed from the checkpoint's names before they were compared.
    public var match = Checkpoint.NameMatch()

    /// Whether every entry found its place and every place its entry.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    /// What did not fit, the first few names of each kind.
    public var summary: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing: \(LoadReport.list(missing))") }
        if !unexpected.isEmpty { parts.append("unexpected: \(LoadReport.list(unexpected))") }
        if !mismatched.isEmpty {
            let texts = mismatched.map { "\($0.name) is \($0.found), not \($0.wanted)" }
            parts.append("of another shape: \(LoadReport.list(texts))")
        }
        return parts.isEmpty ? "all \(loaded.count) entries fit" : parts.joined(separator: "; ")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(6).joined(separator: ", ")
        return names.count > 6 ? "\(shown) and \(names.count - 6) more" : shown
    }
}

/// A checkpoint that does not fit the module it was to be loaded into: everything that is wrong, in one error.
public struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What did not fit.
    public let report: LoadReport

    /// One line with the names that are missing, unexpected, or of another shape.
    public var description: String { "the checkpoint does not fit the network (\(report.summary))" }
}

extension Module {
    /// Copies a state into this module's parameters and buffers, converting types.
    ///
    /// A missing `num_batches_tracked` is no fault: files older than PyTorch 0.4.1 have none.
    ///
    /// - Parameters:
    ///   - state: names as in `stateDict`, and tensors.
    ///   - isStrict: whether every name must be in both. If not, what fits is loaded and the report lists the rest.
    /// - Returns: what was loaded and what was not.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not fit.
    @discardableResult
    public func load(_ state: StateDict, isStrict: Bool = true) throws -> LoadReport {
        try state.copy(to: namedTensors, isStrict: isStrict)
    }

    /// Copies a checkpoint into this module's parameters and buffers, converting types.
    ///
    /// Names may have prefixes that this module's own do not have, as `Checkpoint.matched(to:)` finds them.
    ///
    /// - Parameters:
    ///   - checkpoint: the tensors and their names.
    ///   - isStrict: whether every name must be in both. If not, what fits is loaded and the report lists the rest.
    /// - Returns: what was loaded and what was not.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not fit; `AmbiguousNamesError`
    ///   where several parts of the checkpoint fit.
    @discardableResult
    public func load(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        let (matched, match) = try checkpoint.matched(to: self)
        var report = try load(matched.stateDict, isStrict: isStrict)
        report.match = match
        return report
    }
}

extension StateDict {
    /// Copies this state into tensors of the same names.
    ///
    /// - Throws: `LoadError` before anything is changed, if strict and something does not fit.
    func copy(to targets: [Element], isStrict: Bool) throws -> LoadReport {
        var report = LoadReport()
        var copies: [(from: Tensor, to: Tensor)] = []
        for (name, target) in targets {
            guard let source = self[name] else {
                if !name.hasSuffix("num_batches_tracked") { report.missing.append(name) }
                continue
            }
            guard source.shape == target.shape else {
                report.mismatched.append(.init(name: name, found: source.shape, wanted: target.shape))
                continue
            }
            report.loaded.append(name)
            copies.append((source, target))
        }
        let wanted = Set(targets.map(\.name))
        report.unexpected = names.filter { !wanted.contains($0) }
        if isStrict, !report.isComplete { throw LoadError(report: report) }
        try withoutGradient {
            for (source, target) in copies { try target.copy(from: source) }
        }
        return report
    }
}
