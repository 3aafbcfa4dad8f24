package import Classifier
internal import Platform

/// The models of a server.
///
/// Models are loaded and replaced one after the other. A model that fails to load does not affect the others.
public final class ModelRegistry: Sendable {
    /// A model, and what is known of it.
    struct Entry: Sendable {
        enum Condition: Sendable {
            case loading
            case ready(ServedModel)
            /// The model failed to load, for this reason.
            case failed(String)
        }

        let specification: ModelSpecification
        var condition = Condition.loading
        /// Why the changed file of a model that is ready could not replace it.
        var warning: String?
        /// The file of the last attempt; nil for a published network, and if there was no file.
        var file: FileVersion?
        /// Whether the last attempt failed for a reason of the system, such as too many open files, which may pass.
        var mayPass = false
    }

    private let entries: Monitor<[Entry]>
    /// The names, in order.
    private let names: [String]
    /// The indices of the versions of a model, the highest first.
    private let versions: [String: [Int]]
    private let workers: Int
    private let maxBatch: Int
    private let open: @Sendable (String) async throws -> ImageClassifier
    private let log: @Sendable (ModelEvent) -> Void
    /// The last work on models. Each waits for the former.
    private let work = Monitor(Task<Void, Never>?.none)

    /// Creates a registry of models that are not loaded yet.
    ///
    /// - Parameters:
    ///   - specifications: the models, each with another name or version.
    ///   - workers: the number of threads, each of which has lanes of its own.
    ///   - maxBatch: the maximum number of images in a batch.
    ///   - open: returns the classifier of a file or of a published network.
    ///   - log: called with each event.
    package init(
        _ specifications: [ModelSpecification], workers: Int, maxBatch: Int = 1,
        open: @escaping @Sendable (String) async throws -> ImageClassifier,
        log: @escaping @Sendable (ModelEvent) -> Void = { _ in }
    ) {
        entries = Monitor(specifications.map { Entry(specification: $0) })
        var names: [String] = []
        for model in specifications where !names.contains(model.name) { names.append(model.name) }
        self.names = names
        versions = Dictionary(grouping: specifications.indices) { specifications[$0].name }.mapValues { indices in
            indices.sorted { isVersion(specifications[$1].version, before: specifications[$0].version) }
        }
        (self.workers, self.maxBatch, self.open, self.log) = (workers, maxBatch, open, log)
    }

    // MARK: Finding models

    /// Returns a model that is ready.
    ///
    /// - Parameters:
    ///   - name: the name; nil for the only model.
    ///   - version: the version; nil for the highest one that is ready, by number.
    /// - Throws: `ServingError` if no model has the name and version, or if it is loading or failed to load.
    public func model(_ name: String? = nil, version: String? = nil) throws(ServingError) -> ServedModel {
        let entry = try entry(name, version: version)
        switch entry.condition {
        case .ready(let model): return model
        case .loading:
            throw ServingError(
                .notReady, "the model '\(entry.specification.name)' is loading; try again later", retryAfter: 1)
        case .failed(let reason):
            throw ServingError(.notReady, "the model '\(entry.specification.name)' failed to load: \(reason)")
        }
    }

    /// Returns the entry of a version, or of the highest one that is ready; if none is, of the highest one that loads.
    func entry(_ name: String?, version: String?) throws(ServingError) -> Entry {
        guard let name = name ?? (names.count == 1 ? names.first : nil) else {
            throw ServingError(
                .notFound,
                names.isEmpty
                    ? "the server has no models"
                    : "the server has several models; name one of \(enumerated(names))")
        }
        guard let indices = versions[name] else {
            // The search takes time and memory in proportion to the name, and in gRPC a name may have megabytes.
            let likely = name.utf8.count <= 256 ? names.likelyMeant(by: name) : []
            throw ServingError(
                .notFound,
                "no model is called '\(name.shown)'; "
                    + (likely.isEmpty ? "the models are \(enumerated(names))" : likely.didYouMean))
        }
        let entries = entries.withLock { entries in indices.map { entries[$0] } }
        guard let version else {
            return entries.first { $0.state == .ready } ?? entries.first { $0.state == .loading } ?? entries[0]
        }
        guard let entry = entries.first(where: { $0.specification.version == version }) else {
            throw ServingError(
                .notFound,
                "the model '\(name)' has no version '\(version.shown)'; its versions are "
                    + enumerated(entries.map(\.specification.version)))
        }
        return entry
    }

    /// All entries, in order.
    var all: [Entry] { entries.withLock { $0 } }

    /// The states of all models, in order.
    public var states: [ModelState] {
        all.map { entry in
            ModelState(
                name: entry.specification.name, version: entry.specification.version, state: entry.state,
                message: entry.message)
        }
    }

    /// Whether no model is loading and at least one is ready.
    public var isReady: Bool {
        let states = all.map(\.state)
        return states.contains(.ready) && !states.contains(.loading)
    }

    // MARK: Loading models

    /// Compiles and warms up all models that are not loaded yet. Failures are events.
    package func load() async {
        await inTurn { registry in
            for index in registry.all.indices where registry.all[index].state == .loading && !Task.isCancelled {
                await registry.attempt(index)
            }
        }
    }

    /// Loads the models whose files changed since the last attempt, or whose last attempt failed for a reason of the
    /// system. A model is replaced when its changed file is warmed up; if that fails, it stays. Failures are events.
    public func reloadChanged() async {
        await inTurn { registry in
            for (index, entry) in registry.all.enumerated() where !Task.isCancelled {
                guard entry.mayPass || FileVersion(path: entry.specification.model) != entry.file else { continue }
                await registry.attempt(index)
            }
        }
    }

    /// Does work after all former work.
    private func inTurn(_ body: @escaping @Sendable (ModelRegistry) async -> Void) async {
        let task = work.withLock { last in
            let task = Task { [last] in
                await last?.value
                await body(self)
            }
            last = task
            return task
        }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Loads a model, and replaces a former one.
    private func attempt(_ index: Int) async {
        let entry = all[index]
        let specification = entry.specification
        let file = FileVersion(path: specification.model)
        let began = ContinuousClock.now
        let result: Result<ServedModel, any Error>
        do {
            let classifier = try await open(specification.model)
            result = .success(
                try await ServedModel(specification, classifier, workers: workers, batchSize: maxBatch))
        } catch {
            result = .failure(error)
        }
        // The weights of a published network are not downloaded every second.
        let mayPass =
            if case .failure(let error) = result, file != nil {
                isSystemFailure(error, specification.model)
            } else {
                false
            }
        let isServed = entry.state == .ready
        // A file that was written meanwhile may be half of one and half of another. The next check finds it again.
        if isServed, FileVersion(path: specification.model) != file { return }
        // The former model is freed without the lock, which requests need.
        let former = entries.withLock { entries in
            let former = entries[index].condition
            (entries[index].file, entries[index].mayPass) = (file, mayPass)
            switch result {
            case .success(let model):
                (entries[index].condition, entries[index].warning) = (.ready(model), nil)
            case .failure(let error):
                let reason = loadingFailure(error)
                if isServed {
                    entries[index].warning = "the changed file can't replace it: \(reason)"
                } else {
                    entries[index].condition = .failed(reason)
                }
            }
            return former
        }
        withExtendedLifetime(former) {}
        switch result {
        case .success(let model):
            let time = ContinuousClock.now - began
            log(isServed ? .reloaded(model, time) : .loaded(model, time))
        // A failure that lasts is reported once.
        case .failure where entry.mayPass && mayPass: break
        case .failure(let error):
            log(isServed ? .reloadFailed(specification, error) : .failed(specification, error))
        }
    }
}

extension ModelRegistry.Entry {
    var state: ModelState.State {
        switch condition {
        case .loading: .loading
        case .ready: .ready
        case .failed: .failed
        }
    }

    /// Why the model failed to load, or why its changed file could not replace it.
    var message: String? { if case .failed(let reason) = condition { reason } else { warning } }
}

/// Whether a model failed to load for a reason of the system rather than of its file.
private func isSystemFailure(_ error: any Error, _ path: String) -> Bool {
    if let error = error as? FileError { return SystemFailure.includes(error.code) }
    // The errors of file formats do not have the number of the system's error.
    do throws(FileError) {
        _ = try MappedFile(path: path)
        return false
    } catch {
        return SystemFailure.includes(error.code)
    }
}

/// Whether a version is lower than another: numbers between dots are compared as numbers, `1.9` before `1.10`.
private func isVersion(_ left: String, before right: String) -> Bool {
    let (first, second) = (left.split(separator: "."), right.split(separator: "."))
    for (one, other) in zip(first, second) where one != other {
        switch (Int(one), Int(other)) {
        case (let one?, let other?): if one != other { return one < other }
        case (nil, nil): return one < other
        // A word, such as `beta`, is lower than a number.
        case (let number, _): return number == nil
        }
    }
    return first.count < second.count
}
