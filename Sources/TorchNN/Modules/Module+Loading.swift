public import Torch

/// The result of loading a checkpoint into a module.
public struct LoadReport: Sendable, Equatable {
    /// An entry whose shape differs from the module's.
    public struct Mismatch: Sendable, Equatable {
        /// The name of the entry.
        public let name: String
        /// The shape in the checkpoint.
        public let found: [Int]
        /// The shape in the module.
        public let wanted: [Int]
    }

    /// The names that were loaded.
    public internal(set) var loaded: [String] = []
    /// The names of the module that the checkpoint lacks.
    public internal(set) var missing: [String] = []
    /// The names of the checkpoint that the module lacks.
    public internal(set) var unexpected: [String] = []
    /// The names in both whose shapes differ.
    public internal(set) var mismatched: [Mismatch] = []
    /// The changes of the checkpoint's names before the comparison.
    public var match = Checkpoint.NameMatch()

    /// Whether the names and shapes of the checkpoint and the module are the same.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    /// A summary of the differences, with the first names of each kind.
    public var summary: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing: \(LoadReport.list(missing))") }
        if !unexpected.isEmpty { parts.append("unexpected: \(LoadReport.list(unexpected))") }
        if !mismatched.isEmpty {
            let texts = mismatched.map { "\($0.name) is \($0.found), not \($0.wanted)" }
            parts.append("different shape: \(LoadReport.list(texts))")
        }
        return parts.isEmpty ? "all \(loaded.count) entries match" : parts.joined(separator: "; ")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(6).joined(separator: ", ")
        return names.count > 6 ? "\(shown) and \(names.count - 6) more" : shown
    }
}

/// A checkpoint that does not match the module. The error lists all differences.
public struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The differences.
    public let report: LoadReport

    /// One line with the names that are missing, unexpected, or have another shape.
    public var description: String { "the checkpoint does not match the network (\(report.summary))" }
}

extension Module {
    /// Copies a state into this module's parameters and buffers, and converts types.
    ///
    /// A missing `num_batches_tracked` is accepted: files older than PyTorch 0.4.1 have none.
    ///
    /// - Parameters:
    ///   - state: The tensors, with names as in `stateDict`.
    ///   - isStrict: Whether every name must be in both. If not, matching entries are loaded and the report lists the
    ///     rest.
    /// - Returns: The names that were loaded and the differences.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not match.
    @discardableResult
    public func load(_ state: StateDict, isStrict: Bool = true) throws -> LoadReport {
        try state.copy(to: namedTensors, isStrict: isStrict)
    }

    /// Copies a checkpoint into this module's parameters and buffers, and converts types.
    ///
    /// Names may have additional prefixes, which `Checkpoint.matched(to:)` removes.
    ///
    /// - Parameters:
    ///   - checkpoint: The tensors and their names.
    ///   - isStrict: Whether every name must be in both. If not, matching entries are loaded and the report lists the
    ///     rest.
    /// - Returns: The names that were loaded and the differences.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not match; `AmbiguousNamesError`
    ///   if several parts of the checkpoint match.
    @discardableResult
    public func load(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        let (matched, match) = try checkpoint.matched(to: self)
        var report = try load(matched.stateDict, isStrict: isStrict)
        report.match = match
        return report
    }
}

extension StateDict {
    /// Copies this state into tensors with the same names.
    ///
    /// - Throws: `LoadError` before anything is changed, if strict and something does not match.
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
