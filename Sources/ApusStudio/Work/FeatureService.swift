internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import StudioProject
internal import Torch
internal import TorchVision

/// The features of the project's photos by a pretrained network, which are computed once and kept in the project.
///
/// Photos go through the network in small parts, so that the thread of networks stays free for other work.
final class FeatureService: Sendable {
    /// Opens the classifier of a network, and reports what it waits for.
    typealias Opening =
        @Sendable (_ network: String, _ report: @escaping @Sendable (String) -> Void) async throws -> ImageClassifier

    /// The networks for a project that has none yet. The first is fast and good enough for proposals; the others are
    /// used if only their weights are there.
    static let networks = [
        "mobilenet_v2", "resnet18", "mobilenet_v3_large", "resnet34", "resnet50", "shufflenet_v2_x1_0", "alexnet",
    ]
    private static let setting = "features.network"
    /// The number of photos in memory at a time.
    private static let part = 64

    /// The network whose features the project has.
    private struct Choice: Codable, Hashable {
        let name: String
        let dimension: Int
    }

    private struct State {
        /// The network that was asked for.
        var wanted: String?
        var store: (choice: Choice, store: FeatureStore)?
        var extractor: (name: String, extractor: FeatureExtractor)?
        /// How far the work is.
        var running: (done: Int, total: Int)?
        /// How many photos have features, and what that depends on.
        var counted: (key: [Int], done: Int)?
        var listeners: [@Sendable () -> Void] = []
    }

    private let context: StudioContext
    private let open: Opening
    private let state = Monitor(State())

    /// Creates the service of a project.
    ///
    /// - Parameters:
    ///   - context: the project and what belongs to it.
    ///   - open: opens the classifier of a network; nil for published weights, which may be downloaded.
    init(_ context: StudioContext, open: Opening? = nil) {
        self.context = context
        self.open =
            open ?? { [store = context.store] network, report in
                try await Self.pretrained(network, store, report)
            }
    }

    /// Calls a function each time there are new features.
    func onChange(_ listener: @escaping @Sendable () -> Void) { state.withLock { $0.listeners.append(listener) } }

    /// The number of photos that have features, of those that can be read; nil before the first features.
    var progress: (done: Int, total: Int, network: String)? {
        guard let (choice, store) = try? opened() else { return nil }
        if let (done, total) = state.withLock({ $0.running }) { return (done, total, choice.name) }
        let counts = context.project.counts
        let total = counts.photos - counts.unreadable
        // Other edits than these change no features, so that a label costs no look at all photos.
        let key = [counts.photos, counts.unreadable, counts.removed, counts.missing, store.count, choice.dimension]
        if let counted = state.withLock({ $0.counted }), counted.key == key {
            return (counted.done, total, choice.name)
        }
        guard let missing = try? missing(in: store).count else { return (0, total, choice.name) }
        let done = max(0, total - missing)
        state.withLock { $0.counted = (key, done) }
        return (done, total, choice.name)
    }

    /// The features; nil before the first ones.
    func store() throws -> FeatureStore? { try opened()?.store }

    /// Starts the computation for photos that have no features, or whose files have changed.
    ///
    /// - Parameter network: the network, such as `resnet18`; nil for the one that the project has features of.
    /// - Returns: the work; nil if no photo lacks features.
    /// - Throws: `StudioError` if LibTorch is missing, or there is no such network.
    func prepare(network: String? = nil) throws -> Job? {
        try Self.demandLibTorch()
        if let network {
            try Self.check(network)
            let isOther = try opened()?.choice.name != network
            let isBusy = state.withLock { $0.running != nil && isOther }
            guard !isBusy else {
                throw StudioError(.conflict, "features of another network are being computed; cancel that first")
            }
            state.withLock { $0.wanted = network }
        }
        let store = try opened().flatMap { network == nil || $0.choice.name == network ? $0.store : nil }
        guard !(try missing(in: store)).isEmpty else { return nil }
        return context.jobs.start("features", lane: .compute) { try await self.fill($0) }
    }

    /// Computes the features of photos that have none, within another work or as one.
    ///
    /// - Throws: `StudioError` if LibTorch or the weights are missing; `CancellationError`. What is computed is kept.
    func fill(_ progress: JobProgress) async throws {
        guard try await onOwnThread("features", { try lacksFeatures }) else { return }
        let extractor = try await extractor { progress.message($0) }
        guard let (choice, store) = try opened() else { return }
        progress.message(choice.name)
        defer {
            state.withLock { ($0.running, $0.counted) = (nil, nil) }
            context.hub.changed("features")
            state.withLock { $0.listeners }.forEach { $0() }
        }
        var failed: Set<Int> = []
        // Photos that are added meanwhile are computed too.
        while true {
            let known = failed
            let missing = try await onOwnThread("features") {
                try self.missing(in: store).filter { !known.contains($0.id) }
            }
            guard !missing.isEmpty else { return }
            let counts = context.project.counts
            let total = counts.photos - counts.unreadable
            for start in stride(from: 0, to: missing.count, by: Self.part) {
                try Task.checkCancellation()
                let done = total - missing.count + start
                state.withLock { $0.running = (done, total) }
                progress.report(done: done, total: total)
                failed.formUnion(
                    try await add(missing[start..<min(start + Self.part, missing.count)], extractor, store))
            }
            progress.report(done: total, total: total)
        }
    }

    /// Returns the features of any image, without a download.
    ///
    /// - Parameter image: the bytes of its file.
    /// - Throws: `ApusError` if it is not a readable image; `StudioError` if LibTorch or the weights are missing.
    func features(of image: [UInt8]) async throws -> [Float] {
        let opened = state.withLock { $0.extractor?.name }
        guard let name = try wanted, name == opened || isCached(name) else {
            throw StudioError(.unavailable, "the weights for features are not on this machine")
        }
        return try await extractor { _ in }.features(ofFile: image)
    }

    /// Checks that LibTorch is there.
    ///
    /// - Throws: `StudioError` with what to do.
    static func demandLibTorch() throws(StudioError) {
        do throws(ApusError) {
            try LibTorch.demand(for: "apus studio")
        } catch {
            throw StudioError(.unavailable, "\(error)")
        }
    }

    /// Adds the features of some photos, and returns those that are unreadable.
    private func add(
        _ photos: ArraySlice<Photo>, _ extractor: FeatureExtractor, _ store: FeatureStore
    ) async throws -> [Int] {
        let photos = Array(photos)
        let project = context.project
        let rows = try await extractor.rows(of: PhotoFiles(paths: photos.map { try? project.absolutePath(of: $0) }))
        try store.append(rows.places.map { (photos[$0].id, photos[$0].version) }, values: rows.values)
        try project.set(
            rows.failures.map { failure in
                let photo = photos[failure.index]
                // A file that is away for a moment is not damaged.
                guard fileExists(project.folder + "/" + photo.path) else {
                    return PhotoFacts(id: photo.id, version: photo.version, state: .missing)
                }
                return PhotoFacts(
                    id: photo.id, version: photo.version, state: .unreadable,
                    problem: (failure.error as? ImageError)?.message ?? "\(failure.error)", width: photo.width,
                    height: photo.height, digest: photo.digest)
            })
        return rows.failures.map { photos[$0.index].id }
    }

    /// Whether photos have no features of the wanted network.
    private var lacksFeatures: Bool {
        get throws {
            guard let (choice, store) = try opened() else { return true }
            let wanted = state.withLock { $0.wanted } ?? choice.name
            return try wanted != choice.name || !missing(in: store).isEmpty
        }
    }

    /// The readable photos without features of their present version.
    private func missing(in store: FeatureStore?) throws -> [Photo] {
        try context.project.photos(PhotoFilter(), offset: 0, limit: .max).filter {
            $0.state != .unreadable && !(store?.has($0.id, version: $0.version) ?? false)
        }
    }
}

extension FeatureService {
    /// The store of the network whose features the project has.
    private func opened() throws -> (choice: Choice, store: FeatureStore)? {
        if let opened = state.withLock({ $0.store }) { return opened }
        guard let text = context.project.setting(Self.setting),
            let choice = try? JSONDecoder().decode(Choice.self, from: Data(text.utf8)),
            // The database may come from somebody else.
            (1...1 << 20).contains(choice.dimension),
            !choice.name.utf8.contains(where: { [0, UInt8(ascii: "/")].contains($0) })
        else { return nil }
        return try open(choice)
    }

    private func open(_ choice: Choice) throws -> (choice: Choice, store: FeatureStore) {
        // Two openings of one file would write at the same place.
        try state.withLock { state in
            if let opened = state.store, opened.choice == choice { return opened }
            let path = context.project.path(inside: "features-\(choice.name.replacing(":", with: "-")).bin")
            let store = try FeatureStore(
                path: path, network: choice.name, dimension: choice.dimension, isReadOnly: context.project.isReadOnly)
            state.store = (choice, store)
            state.counted = nil
            return (choice, store)
        }
    }

    /// The network that was asked for, or that of the features.
    private var wanted: String? { get throws { try state.withLock { $0.wanted } ?? opened()?.choice.name } }

    /// Returns the extractor of the wanted network, which becomes that of the project.
    private func extractor(_ report: @escaping @Sendable (String) -> Void) async throws -> FeatureExtractor {
        try await onOwnThread("LibTorch") { try Self.demandLibTorch() }
        let wanted = try wanted
        if let known = state.withLock({ $0.extractor }), known.name == wanted { return known.extractor }
        let (name, classifier) = try await classifier(wanted, report)
        let extractor = try await FeatureExtractor(classifier, forImages: Self.part)
        let choice = Choice(name: name, dimension: extractor.dimension)
        if !context.project.isReadOnly, try opened()?.choice != choice {
            try context.project.set(setting: Self.setting, to: jsonText(choice))
            _ = try open(choice)
        }
        state.withLock { $0.extractor = (name, extractor) }
        return extractor
    }

    private func classifier(
        _ wanted: String?, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> (name: String, classifier: ImageClassifier) {
        let first = wanted ?? Self.networks[0]
        do {
            return (first, try await open(first, report))
        } catch let error as WeightsError where error.code != .interrupted {
            // Without a network, weights that are there are better than none.
            let others = wanted == nil ? Self.networks.dropFirst() : []
            for name in others where isCached(name) { return (name, try await open(name, report)) }
            throw StudioError(.unavailable, "\(error)")
        }
    }

    private func isCached(_ name: String) -> Bool {
        guard let weights = try? ModelReference(name).weights else { return false }
        return (try? context.store.cachedPath(of: weights.file)) ?? nil != nil
    }

    private static func check(_ network: String) throws(StudioError) {
        let reference: ModelReference
        do throws(ModelReferenceError) {
            reference = try ModelReference(network)
        } catch {
            throw StudioError(.invalid, "\(error)")
        }
        guard reference.weights?.accuracy != nil else {
            throw StudioError(.invalid, "\(network.printable) has no published weights")
        }
    }

    private static func pretrained(
        _ network: String, _ store: WeightsStore, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> ImageClassifier {
        try await ImageClassifier(pretrained: ModelReference(network), store: store) { events in
            for await case .downloading(let progress) in events {
                report("\(network): \(progress.bytes >> 20) of \((progress.total ?? 0) >> 20) MB")
            }
        }
    }
}
