internal import Apus
internal import Classifier
internal import Images
internal import Platform
internal import StudioProject
internal import Torch

/// The head that proposes labels, as the page sees it.
struct HeadState: Sendable, Hashable, Encodable {
    /// The number of labels that it is trained on.
    let labels: Int
    /// The fraction of the labeled test photos whose class it predicts; nil without such photos.
    @OrNull var accuracy: Fraction?

    init(labels: Int, accuracy: Fraction?) {
        self.labels = labels
        self.accuracy = accuracy
    }

    static func == (left: HeadState, right: HeadState) -> Bool {
        left.labels == right.labels && left.accuracy == right.accuracy
    }

    func hash(into hasher: inout Hasher) { hasher.combine(labels) }
}

/// Trains the head for labeling after each edit, at most once a second.
///
/// Test photos are never used for training. The accuracy is measured on them alone.
final class LabelService: Sendable {
    /// The time from the end of a training to the next one.
    private static let pause = Duration.seconds(1)
    /// The number of photos for training, and that for measuring, are bounded so that a training takes well under a
    /// second.
    private static let limit = 5000
    /// The number of photos whose features give their scale.
    private static let scaled = 2000
    /// From this number of labels on, a training starts from the previous head. For fewer it takes hardly longer from
    /// zero, and the result does not depend on what was trained before.
    private static let many = 1000

    /// A trained head.
    struct Trained: Sendable {
        let head: FeatureHead
        /// The number of each class, in the order of the head.
        let classes: [Int]
        let state: HeadState
        /// The seconds that the training took.
        let seconds: Double
    }

    /// What a head depends on.
    private struct Inputs: Hashable {
        let training: [Label]
        let test: [Label]
        /// The store of the features.
        let store: ObjectIdentifier
        let features: Int
    }

    /// The class of a photo.
    private struct Label: Hashable {
        let photo: Int
        let classID: Int
    }

    private struct State {
        var trained: Trained?
        /// What the last training saw.
        var inputs: Inputs?
        var scale: (store: ObjectIdentifier, features: Int, scale: Standardization)?
        var isTraining = false
        var isDirty = false
        var ended: ContinuousClock.Instant?
    }

    private let context: StudioContext
    private let features: FeatureService
    private let state = Monitor(State())

    /// Creates the service, and trains the head if the project has features and labels.
    init(_ context: StudioContext, _ features: FeatureService) {
        (self.context, self.features) = (context, features)
        features.onChange { [weak self] in self?.photosChanged() }
        photosChanged()
    }

    /// The head; nil before there are features, and labels of two classes.
    var head: HeadState? { trained?.state }

    /// The head with all that belongs to it.
    var trained: Trained? { state.withLock { $0.trained } }

    /// Trains the head soon: now, or when the present training and a pause have ended.
    func photosChanged() {
        let begins = state.withLock { state in
            state.isDirty = true
            defer { state.isTraining = true }
            return !state.isTraining
        }
        if begins { Task { await trainWhileDirty() } }
    }

    private func trainWhileDirty() async {
        while true {
            let ended = state.withLock { $0.ended }
            if let ended { try? await Task.sleep(until: ended + Self.pause, clock: .continuous) }
            let isDirty = state.withLock { state in
                defer { state.isDirty = false }
                state.isTraining = state.isDirty
                return state.isDirty
            }
            guard isDirty else { return }
            // Without LibTorch, or with a damaged store, there are no proposals. `prepare` reports the reason.
            let isNew = (try? await train()) ?? set(nil, nil)
            state.withLock { $0.ended = .now }
            if isNew { context.hub.changed("head") }
        }
    }

    /// Trains the head unless nothing has changed. Returns whether there is another head, or none any more.
    private func train() async throws -> Bool {
        let began = ContinuousClock.now
        guard let store = try features.store() else { return set(nil, nil) }
        let inputs = try await onOwnThread("labels") { try self.inputs(store) }
        guard inputs != state.withLock({ $0.inputs }) else { return false }
        let classes = Set(inputs.training.map(\.classID)).sorted()
        guard classes.count > 1 else { return set(nil, inputs) }
        try await onOwnThread("LibTorch") { try FeatureService.demandLibTorch() }
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        let scale = try await scale(store, inputs)
        let previous = trained.flatMap { $0.classes == classes && inputs.training.count >= Self.many ? $0.head : nil }
        let (training, test) = try await onOwnThread("labels") {
            (try Self.rows(inputs.training, store), try Self.rows(inputs.test, store))
        }
        let head = try await FeatureHead(
            features: training.values, labels: training.classes.compactMap { places[$0] }, classes: classes.count,
            standardization: scale, startingFrom: previous)
        let probabilities = try await head.probabilities(of: test.values)
        let hits = test.classes.indices.count { row in
            places[test.classes[row]] == probabilities.likeliest(row, of: classes.count)
        }
        let accuracy = test.classes.isEmpty ? nil : Fraction(hits: hits, of: test.classes.count)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        return set(
            Trained(
                head: head, classes: classes, state: HeadState(labels: training.classes.count, accuracy: accuracy),
                seconds: seconds), inputs)
    }

    private func set(_ trained: Trained?, _ inputs: Inputs?) -> Bool {
        state.withLock { state in
            defer { (state.trained, state.inputs) = (trained, inputs) }
            return trained != nil || state.trained != nil
        }
    }

    /// The labels that have features.
    private func inputs(_ store: FeatureStore) throws -> Inputs {
        let project = context.project
        let test = Set(try project.ids(PhotoFilter(isLabeled: true, split: .one(.test))))
        func labels(_ ids: [Int]) throws -> [Label] {
            try project.photos(ids.sampled(Self.limit).sorted()).compactMap { photo in
                guard store.has(photo.id, version: photo.version) else { return nil }
                return photo.classID.map { Label(photo: photo.id, classID: $0) }
            }
        }
        return Inputs(
            training: try labels(try project.ids(PhotoFilter(isLabeled: true)).filter { !test.contains($0) }),
            test: try labels(Array(test)), store: ObjectIdentifier(store), features: store.count)
    }

    /// The scale of the features of photos with and without labels, but not of test photos.
    private func scale(_ store: FeatureStore, _ inputs: Inputs) async throws -> Standardization {
        if let known = state.withLock({ $0.scale }), known.store == inputs.store,
            known.features == inputs.features
        {
            return known.scale
        }
        let project = context.project
        let values = try await onOwnThread("features") {
            let test = Set(try project.ids(PhotoFilter(split: .one(.test))))
            let ids = try project.ids(PhotoFilter()).filter { !test.contains($0) }
            return try store.rows(ids.sampled(Self.scaled).sorted()).values
        }
        let scale = try await Standardization(of: values, dimension: store.dimension)
        state.withLock { $0.scale = (inputs.store, inputs.features, scale) }
        return scale
    }

    private static func rows(
        _ labels: [Label], _ store: FeatureStore
    ) throws -> (classes: [Int], values: [Float]) {
        let found = try store.rows(labels.map(\.photo))
        let classes = Dictionary(uniqueKeysWithValues: labels.map { ($0.photo, $0.classID) })
        return (found.ids.compactMap { classes[$0] }, found.values)
    }
}

extension [Double] {
    /// Returns the most probable class of a row of probabilities `[N, K]`.
    func likeliest(_ row: Int, of classes: Int) -> Int? {
        (0..<classes).max { self[row * classes + $0] < self[row * classes + $1] }
    }
}

extension [Int] {
    /// Returns at most this many of the numbers, in an order that looks random but is always the same: a number keeps
    /// its place among the others.
    func sampled(_ count: Int) -> [Int] {
        let keyed = map { id -> (key: UInt64, id: Int) in
            var random = CountedRandom(seed: 0, epoch: 0, index: id, stream: Self.stream)
            return (random.next(), id)
        }
        return keyed.sorted { $0 < $1 }.prefix(count).map(\.id)
    }

    /// The stream of random numbers, independent of all others: "queu" in ASCII.
    private static let stream: UInt64 = 0x7175_6575
}
