internal import Apus
internal import Platform
internal import StudioProject
internal import Torch

/// Chooses the photos to label next, with what the head proposes for each.
///
/// To learn and to test, photos of the last answer that are still unlabeled come after all others: those that were
/// skipped come later.
final class LabelingQueue: Sendable {
    /// What the photos are labeled for.
    enum Mode: String, Sendable, Encodable {
        /// To measure the accuracy: test photos, without proposals, which would make people agree with them.
        case test
        /// To improve the head: the photos that help it most.
        case learn
        /// To accept proposals of a class.
        case review
    }

    /// A class for a photo.
    struct Proposal: Sendable, Hashable, Encodable {
        let `class`: Int
        let probability: Double
    }

    /// Photos to label.
    struct Part: Sendable {
        var items: [(id: Int, proposals: [Proposal])] = []
        /// The number of unlabeled photos of the mode, including these.
        var remaining = 0
    }

    /// The largest number of photos among which those of a class are searched.
    private static let reviewed = 20_000
    /// The number of photos whose proposals are computed at a time.
    private static let step = 2048
    private static let proposals = 10

    private let context: StudioContext
    private let labels: LabelService
    private let features: FeatureService
    /// The last answer of each mode.
    private let served = Monitor<[Mode: [Int]]>([:])

    init(_ context: StudioContext, _ labels: LabelService, _ features: FeatureService) {
        (self.context, self.labels, self.features) = (context, labels, features)
    }

    /// Returns the next photos.
    ///
    /// - Parameters:
    ///   - mode: what they are labeled for.
    ///   - classID: the class whose proposals are reviewed.
    ///   - count: the largest number of photos.
    func next(_ mode: Mode, of classID: Int?, count: Int) async throws -> Part {
        switch mode {
        case .test: try await onOwnThread("queue") { try self.testPhotos(count) }
        case .learn: try await photosToLearn(count)
        case .review: try await photosToReview(of: classID, count)
        }
    }

    private func testPhotos(_ count: Int) throws -> Part {
        let candidates = try unlabeled(.test).sampled(.max)
        let (fresh, old) = turn(candidates, .test)
        let ids = Array((fresh + old).prefix(count))
        served.withLock { $0[.test] = ids }
        return Part(items: ids.map { ($0, []) }, remaining: candidates.count)
    }

    private func photosToLearn(_ count: Int) async throws -> Part {
        let (remaining, fresh, old) = try await onOwnThread("queue") {
            let candidates = try self.unlabeled(.learn)
            let (fresh, old) = self.turn(candidates, .learn)
            return (candidates.count, fresh.sampled(LabelQueue.sampleSize), Array(old.prefix(count)))
        }
        let (found, probabilities, trained) = try await proposals(for: fresh + old)
        let chosen = try await onOwnThread("queue") {
            // `old` comes last.
            let known = Set(found.ids)
            let rows = fresh.count { known.contains($0) }
            let queue = LabelQueue.choose(
                count, of: Array(found.ids[..<rows]), features: Array(found.values[..<(rows * found.dimension)]),
                dimension: found.dimension,
                probabilities: trained.map { Array(probabilities[..<(rows * $0.classes.count)]) },
                labeled: try self.features.store()?.rows(self.known).values ?? [])
            // Photos without features come after those with some.
            return Array((queue + fresh.filter { !known.contains($0) } + old).prefix(count))
        }
        served.withLock { $0[.learn] = chosen }
        let rows = Dictionary(uniqueKeysWithValues: found.ids.enumerated().map { ($1, $0) })
        return Part(
            items: chosen.map { id in
                (id, rows[id].map { proposals(probabilities, row: $0, trained) } ?? [])
            }, remaining: remaining)
    }

    private func photosToReview(of classID: Int?, _ count: Int) async throws -> Part {
        guard let classID, context.project.classes.contains(where: { $0.id == classID }) else {
            throw StudioError(.invalid, "choose the class whose proposals to review")
        }
        guard labels.trained?.classes.contains(classID) == true else { return Part() }
        let ids = try await onOwnThread("queue") { try self.unlabeled(.learn).sampled(Self.reviewed) }
        let (found, probabilities, trained) = try await proposals(for: ids)
        guard let trained, let place = trained.classes.firstIndex(of: classID) else { return Part() }
        let classes = trained.classes.count
        let rows = found.ids.indices.filter { probabilities.likeliest($0, of: classes) == place }.sorted {
            (-probabilities[$0 * classes + place], found.ids[$0]) < (
                -probabilities[$1 * classes + place], found.ids[$1]
            )
        }
        return Part(
            items: rows.prefix(count).map { (found.ids[$0], proposals(probabilities, row: $0, trained)) },
            remaining: rows.count)
    }

    /// Photos without a class that can be read, in order: those of the test set, or all others.
    private func unlabeled(_ mode: Mode) throws -> [Int] {
        let project = context.project
        let test = try project.ids(PhotoFilter(isLabeled: false, split: .one(.test)))
        let unreadable = Set(try project.ids(PhotoFilter(state: .unreadable)))
        guard mode != .test else { return test.filter { !unreadable.contains($0) } }
        let others = unreadable.union(test)
        return try project.ids(PhotoFilter(isLabeled: false)).filter { !others.contains($0) }
    }

    /// Photos from which the next ones should differ: those that were just served, and some labeled ones.
    private var known: [Int] {
        get throws {
            let served = served.withLock { $0[.learn] ?? [] }.prefix(32)
            let test = Set(try context.project.ids(PhotoFilter(isLabeled: true, split: .one(.test))))
            let labeled = try context.project.ids(PhotoFilter(isLabeled: true)).filter { !test.contains($0) }
            return served + labeled.sampled(96)
        }
    }

    /// Returns the photos that were not in the last answer, and those that were.
    private func turn(_ candidates: [Int], _ mode: Mode) -> (fresh: [Int], old: [Int]) {
        let last = served.withLock { $0[mode] ?? [] }
        let (all, old) = (Set(candidates), Set(last))
        return (candidates.filter { !old.contains($0) }, last.filter { all.contains($0) })
    }
}

extension LabelingQueue {
    /// Rows of features.
    private struct Found {
        var ids: [Int] = []
        var values: [Float] = []
        var dimension = 1
    }

    /// Returns the features of those photos that have some, and the probabilities of the head's classes.
    private func proposals(
        for ids: [Int]
    ) async throws -> (found: Found, probabilities: [Double], trained: LabelService.Trained?) {
        guard let store = try features.store() else { return (Found(), [], nil) }
        let found = try await onOwnThread("queue") {
            let rows = try store.rows(ids)
            return Found(ids: rows.ids, values: rows.values, dimension: store.dimension)
        }
        guard let trained = labels.trained, trained.head.dimension == store.dimension else { return (found, [], nil) }
        var probabilities: [Double] = []
        for start in stride(from: 0, to: found.ids.count, by: Self.step) {
            let end = min(start + Self.step, found.ids.count)
            probabilities += try await trained.head.probabilities(
                of: Array(found.values[start * found.dimension..<end * found.dimension]))
        }
        return (found, probabilities, trained)
    }

    /// The most probable classes of a row.
    private func proposals(
        _ probabilities: [Double], row: Int, _ trained: LabelService.Trained?
    ) -> [Proposal] {
        guard let trained else { return [] }
        let count = trained.classes.count
        let all = trained.classes.enumerated().map { place, id in
            Proposal(class: id, probability: probabilities[row * count + place])
        }
        return Array(all.sorted { ($1.probability, $0.class) < ($0.probability, $1.class) }.prefix(Self.proposals))
    }
}
