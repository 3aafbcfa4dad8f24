internal import Platform
internal import StudioProject

/// Labeling: features, the test set, and the photos to label next.
struct LabelRoutes: RouteGroup {
    /// The number of test photos above which the interval of the accuracy is narrow enough: 6 points on each side at
    /// 90 %.
    private static let manyTestPhotos = 100
    private static let fewTestPhotos = 20
    private static let largestPart = 200
    /// From these numbers of labels on, a head of features is usually a good first model.
    private static let (fewestLabels, usualOfClass, fewestOfClass) = (20, 7, 2)

    private let context: StudioContext
    private let labels: LabelService
    private let features: FeatureService
    private let queue: LabelingQueue

    init(_ context: StudioContext, _ labels: LabelService, _ features: FeatureService) {
        (self.context, self.labels, self.features) = (context, labels, features)
        queue = LabelingQueue(context, labels, features)
    }

    private struct Preparation: Decodable {
        let network: String?
    }

    private struct Draw: Decodable {
        let count: Int
    }

    private struct Started: Encodable {
        @OrNull var job: Job?
    }

    private struct Drawn: Encodable {
        let photos: [Int]
    }

    private struct Queue: Encodable {
        struct Item: Encodable {
            let photo: PagePhoto
            let proposals: [LabelingQueue.Proposal]
        }

        let mode: LabelingQueue.Mode
        let items: [Item]
        let remaining: Int
    }

    private struct Status: Encodable {
        struct Test: Encodable {
            let done, total: Int
        }

        let test: Test
        let labeled, classes: Int
        @OrNull var head: HeadState?
        @OrNull var seconds: Double?
        let ready: Bool
        let suggestedTest: Int
    }

    func add(to routes: inout RouteTable) {
        routes.post("label/prepare") { request in
            let network = try await request.json(Preparation.self).network
            let job = try await onOwnThread("features") { try features.prepare(network: network) }
            return try .json(Started(job: job))
        }
        routes.post("label/test") { request in
            let count = try await request.json(Draw.self).count
            return try await onOwnThread("test") { try .json(Drawn(photos: draw(count))) }
        }
        routes.get("label/queue") { request in try await .json(part(request)) }
        routes.get("label/status") { _ in try await onOwnThread("status") { try .json(status) } }
    }

    private func draw(_ count: Int) throws -> [Int] {
        let project = context.project
        let counts = project.counts
        let rest = counts.photos - counts.test
        guard count > 0, count <= rest else {
            throw StudioError(
                .invalid,
                rest > 0
                    ? "choose from 1 to \(rest) test photos: that many are not in the test set"
                    : "there are no more photos for the test set")
        }
        // A later drawing is another one.
        let photos = try project.drawTestSet(count, seed: UInt64(counts.test))
        labels.photosChanged()
        context.hub.changed("photos", "classes")
        return photos
    }

    private func part(_ request: APIRequest) async throws -> Queue {
        guard let mode = LabelingQueue.Mode(rawValue: request.query("mode") ?? "learn") else {
            throw StudioError(.invalid, "the mode is test, learn or review")
        }
        let count = try request.int("count") ?? 24
        guard count > 0 else { throw StudioError(.invalid, "count is a number from 1") }
        let part = try await queue.next(mode, of: try request.int("class"), count: min(count, Self.largestPart))
        let photos = try context.project.photos(part.items.map(\.id))
        // The head may know classes that were deleted since.
        let classes = Set(context.project.classes.map(\.id))
        return Queue(
            mode: mode,
            items: zip(photos, part.items).map { photo, item in
                Queue.Item(
                    photo: PagePhoto(photo), proposals: item.proposals.filter { classes.contains($0.class) })
            }, remaining: part.remaining)
    }

    private var status: Status {
        get throws {
            let counts = context.project.counts
            let trained = labels.trained
            return Status(
                test: Status.Test(done: counts.testLabeled, total: counts.test), labeled: counts.labeled,
                classes: context.project.classes.count, head: trained?.state, seconds: trained?.seconds,
                ready: isReady(counts),
                suggestedTest: Self.suggestedTest(for: counts.photos - counts.unreadable, drawn: counts.test))
        }
    }

    /// Whether there are enough labels, without those of test photos, for a first model. A class without photos is not
    /// part of it.
    private func isReady(_ counts: Counts) -> Bool {
        let classes = context.project.classes.filter { $0.photos > 0 }.map { $0.photos - $0.test }
        return classes.count > 1 && classes.allSatisfy { $0 >= Self.fewestOfClass }
            && counts.labeled - counts.testLabeled >= max(Self.fewestLabels, Self.usualOfClass * classes.count)
    }

    /// Returns how many test photos to add: a twentieth of the photos, but neither so few that they say nothing nor
    /// more than a fifth or than necessary.
    static func suggestedTest(for photos: Int, drawn: Int) -> Int {
        let wanted = min(max(photos / 20, fewTestPhotos), photos / 5, manyTestPhotos)
        return max(0, wanted - drawn)
    }
}
