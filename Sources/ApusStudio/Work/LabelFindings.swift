internal import Apus
internal import Platform
internal import StudioProject
internal import Torch

/// Finds labels that are probably wrong, and photos that are unlike all others, from the features of all photos.
struct LabelFindings: Sendable {
    /// The largest number of labels that are checked with each other.
    private static let checked = 20_000
    /// The largest number of photos among which neighbors are searched.
    private static let reference = 3000
    private static let step = 256
    private static let neighbors = 5
    /// Fewer photos have no usual distance.
    private static let fewest = 20
    /// From this many deviations on, a distance is odd (Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
    /// 1993).
    private static let limit = 3.5
    /// Where many photos are odd, they are the rule.
    private static let largestShare = 0.02
    private static let most = 200

    let context: StudioContext
    let features: FeatureService

    /// Computes features that are missing, and replaces the findings `label` and `odd`.
    func check(_ progress: JobProgress) async throws {
        try await features.fill(progress)
        guard let store = try features.store() else { return }
        try await checkLabels(store)
        try await checkDistances(store)
    }

    private func checkLabels(_ store: FeatureStore) async throws {
        let project = context.project
        let photos = try await onOwnThread("labels") {
            try project.photos(project.ids(PhotoFilter(isLabeled: true)).sampled(.max))
                .filter { store.has($0.id, version: $0.version) }
        }
        var findings: [StudioProject.Finding] = []
        // Parts of about the same size, none of them tiny.
        let parts = max(1, (photos.count + Self.checked - 1) / Self.checked)
        for part in 0..<parts {
            try Task.checkCancellation()
            let members = photos[part * photos.count / parts..<(part + 1) * photos.count / parts]
            let known = Dictionary(
                uniqueKeysWithValues: members.compactMap { photo in photo.classID.map { (photo.id, $0) } })
            let rows = try await onOwnThread("labels") { try store.rows(known.keys.sorted()) }
            let given = rows.ids.compactMap { known[$0] }
            let classes = Set(given).sorted()
            let check = LabelCheck()
            guard classes.count > 1, given.count >= check.folds else { continue }
            let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
            let suspects = try await check.suspects(
                features: rows.values, labels: given.compactMap { places[$0] }, classes: classes.count)
            findings += suspects.map { suspect in
                Finding(
                    photo: rows.ids[suspect.row], kind: .label, score: 1 - suspect.givenProbability,
                    likelyClass: classes[suspect.likely], probability: suspect.likelyProbability)
            }
        }
        try project.replaceFindings(of: [.label], by: findings)
    }

    private func checkDistances(_ store: FeatureStore) async throws {
        let project = context.project
        let ids = try await onOwnThread("odd") {
            try project.photos(PhotoFilter(), offset: 0, limit: .max)
                .filter { $0.state != .unreadable && store.has($0.id, version: $0.version) }.map(\.id)
        }
        guard ids.count >= Self.fewest else { return try project.replaceFindings(of: [.odd], by: []) }
        let known = try await onOwnThread("odd") { try store.rows(ids.sampled(Self.reference).sorted()) }
        let others = try await NeighborDistances(reference: known.values, dimension: store.dimension)
        let own = Set(known.ids)
        guard own.count > Self.neighbors else { return try project.replaceFindings(of: [.odd], by: []) }
        var distances: [(photo: Int, distance: Double)] = []
        for start in stride(from: 0, to: ids.count, by: Self.step) {
            try Task.checkCancellation()
            let part = Array(ids[start..<min(start + Self.step, ids.count)])
            let rows = try await onOwnThread("odd") { try store.rows(part) }
            let means = try await others.means(
                of: rows.values, neighbors: Self.neighbors, isOwn: rows.ids.map { own.contains($0) })
            distances += zip(rows.ids, means).map { ($0, $1) }
        }
        try project.replaceFindings(of: [.odd], by: Self.odd(distances))
    }

    /// Returns the photos whose distance is far above the usual one, in units of a robust deviation.
    static func odd(_ distances: [(photo: Int, distance: Double)]) -> [StudioProject.Finding] {
        let median = median(distances.map(\.distance))
        // The median of absolute deviations from the median, scaled to the deviation of a normal distribution.
        let deviation = 1.4826 * Self.median(distances.map { abs($0.distance - median) })
        guard deviation > 0 else { return [] }
        let most = min(Self.most, max(1, Int(Double(distances.count) * Self.largestShare)))
        return distances.map { Finding(photo: $0.photo, kind: .odd, score: ($0.distance - median) / deviation) }
            .filter { $0.score > limit }.sorted { ($1.score, $0.photo) < ($0.score, $1.photo) }
            .prefix(most).map(\.self)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
