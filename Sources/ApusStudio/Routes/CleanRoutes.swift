internal import Platform
internal import StudioProject

/// Cleaning: the check for photos that are probably wrong, and what it found.
struct CleanRoutes: RouteGroup {
    private let context: StudioContext
    private let features: FeatureService

    init(_ context: StudioContext, _ features: FeatureService) {
        (self.context, self.features) = (context, features)
    }

    private struct Check: Decodable {
        let kinds: [String]?
    }

    private struct Started: Encodable {
        let job: Job
    }

    private struct Page: Encodable {
        struct Item: Encodable {
            let photo: PagePhoto
            let score: Double
            @OrNull var likely: Int?
            @OrNull var probability: Double?
            let others: [PagePhoto]
            @OrNull var note: String?
        }

        let counts: [String: Int]
        let total: Int
        @OrNull var checked: String?
        let items: [Item]
    }

    func add(to routes: inout RouteTable) {
        routes.post("clean/check") { request in
            let kinds = try await request.json(Check.self).kinds
            let parts =
                try kinds.map { names throws(StudioError) in try CleanCheck.Part.named(names) }
                ?? Set(CleanCheck.Part.allCases)
            guard !parts.isEmpty else { throw StudioError(.invalid, "choose what to check") }
            // Other parts of a check don't need LibTorch.
            if parts == [.labels] { try await onOwnThread("LibTorch") { try FeatureService.demandLibTorch() } }
            let check = CleanCheck(context: context, features: features)
            return try .json(
                Started(job: context.jobs.start("check", lane: .compute) { try await check.run(parts, $0) }))
        }
        routes.get("clean") { request in try await onOwnThread("clean") { try .json(page(request)) } }
    }

    private func page(_ request: APIRequest) throws -> Page {
        let project = context.project
        guard let kind = FindingKind(rawValue: request.query("kind") ?? "") else {
            throw StudioError(.invalid, "choose the kind of findings: \(FindingKind.allCases.map(\.rawValue))")
        }
        let (offset, limit) = try request.page(limit: 60, atMost: 500)
        let counts = project.findingCounts
        let items = try project.findings(kind, offset: offset, limit: limit).map { finding in
            Page.Item(
                photo: PagePhoto(try project.photo(finding.photo)), score: finding.score, likely: finding.likelyClass,
                probability: finding.probability,
                others: try project.photos(finding.others).map { PagePhoto($0) }, note: finding.note)
        }
        return Page(
            counts: Dictionary(uniqueKeysWithValues: FindingKind.allCases.map { ($0.rawValue, counts[$0] ?? 0) }),
            total: counts[kind] ?? 0, checked: CleanCheck.time(of: kind, in: project), items: items)
    }
}
