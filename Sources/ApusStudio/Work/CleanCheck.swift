internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import StudioProject

/// Looks for photos that are probably wrong, and keeps what it finds in the project.
struct CleanCheck: Sendable {
    /// The parts of a check, which need different work.
    enum Part: String, Sendable, CaseIterable {
        /// Decodes all files.
        case files
        /// Measures all thumbnails.
        case pixels
        /// Compares the features of all photos.
        case labels

        /// What it finds.
        var kinds: [FindingKind] {
            switch self {
            case .files: [.unreadable, .duplicate, .near, .leak]
            case .pixels: [.dark, .blurred, .tiny]
            case .labels: [.label, .odd]
            }
        }

        /// Returns the parts with these names, or that find these kinds.
        ///
        /// - Throws: `StudioError` for another name.
        static func named(_ names: [String]) throws(StudioError) -> Set<Part> {
            var parts: Set<Part> = []
            for name in names {
                let kind = FindingKind(rawValue: name)
                let part = Part(rawValue: name) ?? kind.flatMap { kind in allCases.first { $0.kinds.contains(kind) } }
                guard let part else {
                    throw StudioError(.invalid, "there is no check for '\(name.printable)'")
                }
                parts.insert(part)
            }
            return parts
        }
    }

    /// The setting with the time (ISO 8601) when each part was done last.
    private static let setting = "clean.checked"
    /// The number of photos that are decoded between two looks at whether to end.
    private static let step = 128

    let context: StudioContext
    let features: FeatureService

    /// Runs parts of a check. What they find replaces what they found before.
    ///
    /// - Throws: `StudioError` if features can't be computed; the other parts are then done. `CancellationError`.
    func run(_ parts: Set<Part>, _ progress: JobProgress) async throws {
        defer { context.hub.changed("findings", "photos") }
        for part in Part.allCases where parts.contains(part) {
            switch part {
            case .files: try await checkFiles(progress)
            case .pixels: try await checkPixels(progress)
            case .labels: try await LabelFindings(context: context, features: features).check(progress)
            }
            var times = Self.times(in: context.project)
            times[part.rawValue] = Date.now.ISO8601Format()
            try context.project.set(setting: Self.setting, to: jsonText(times))
        }
    }

    /// The time when photos were last checked for this kind of problem; nil if they were not. Mistakes are found by
    /// runs: they have the time of the last check.
    static func time(of kind: FindingKind, in project: Project) -> String? {
        let times = times(in: project)
        guard let part = Part.allCases.first(where: { $0.kinds.contains(kind) }) else { return times.values.max() }
        return times[part.rawValue]
    }

    private static func times(in project: Project) -> [String: String] {
        project.setting(setting)
            .flatMap { try? JSONDecoder().decode([String: String].self, from: Data($0.utf8)) } ?? [:]
    }

    private func checkFiles(_ progress: JobProgress) async throws {
        let project = context.project
        let photos = try await onOwnThread("files") { try project.photos(PhotoFilter(), offset: 0, limit: .max) }
        var examined: [ImageExamination] = []
        for start in stride(from: 0, to: photos.count, by: Self.step) {
            try Task.checkCancellation()
            progress.report(done: start, total: photos.count)
            let part = Array(photos[start..<min(start + Self.step, photos.count)])
            examined += try await onOwnThread("files") {
                let found = try PhotoFiles(paths: part.map { try? project.absolutePath(of: $0) }).examined()
                try project.set(zip(part, found).compactMap { PhotoFacts($0, $1, in: project) })
                return found
            }
        }
        progress.report(done: photos.count, total: photos.count)
        let results = examined
        try await onOwnThread("files") {
            let unreadable = try project.photos(PhotoFilter(state: .unreadable), offset: 0, limit: .max).map {
                Finding(photo: $0.id, kind: .unreadable, score: 1, note: $0.problem)
            }
            let copies = DuplicateFindings(photos, results).all
            try project.replaceFindings(of: Part.files.kinds, by: unreadable + copies)
        }
    }

    private func checkPixels(_ progress: JobProgress) async throws {
        let (project, thumbnails) = (context.project, context.thumbnails)
        try await onOwnThread("pixels") {
            try thumbnails.makeAll { done, total in
                try Task.checkCancellation()
                progress.report(done: done, total: total)
            }
            try project.replaceFindings(of: Part.pixels.kinds, by: thumbnails.pixelFindings())
        }
    }
}

extension PhotoFacts {
    /// What an examination found out; nil if it was known.
    fileprivate init?(_ photo: Photo, _ found: ImageExamination, in project: Project) {
        switch found.content {
        case .success(let content):
            guard photo.state != .ok || photo.digest != found.digest else { return nil }
            self.init(
                id: photo.id, version: photo.version, state: .ok, width: content.width, height: content.height,
                digest: found.digest)
        case .failure(let error):
            let isMissing = !fileExists(project.folder + "/" + photo.path)
            guard isMissing || photo.state != .unreadable else { return nil }
            self.init(
                id: photo.id, version: photo.version, state: isMissing ? .missing : .unreadable,
                problem: isMissing ? nil : error.message)
        }
    }
}

/// The findings `leak`, `duplicate` and `near` of photos, each of which has at most one of them.
///
/// Of copies that are not a leak, one has no finding: it is the one to keep.
struct DuplicateFindings {
    /// The largest number of other photos of a finding.
    private static let shown = 12

    private let photos: [Photo]
    private let examined: [ImageExamination]
    private var findings: [Int: StudioProject.Finding] = [:]

    /// Compares photos with their examinations.
    init(_ photos: [Photo], _ examined: [ImageExamination]) {
        (self.photos, self.examined) = (photos, examined)
        let finder = DuplicateFinder(examined)
        for group in finder.exact + finder.near { addLeaks(ordered(group)) }
        for group in finder.exact { add(.duplicate, ordered(group)) }
        for group in finder.near { add(.near, ordered(group)) }
    }

    /// The findings, by photo.
    var all: [StudioProject.Finding] { findings.values.sorted { $0.photo < $1.photo } }

    /// The photo to keep comes first: one of the test set, then one with a class, then the first.
    private func ordered(_ group: [Int]) -> [Int] {
        func rank(_ place: Int) -> Int { photos[place].split == .test ? 0 : photos[place].classID != nil ? 1 : 2 }
        return group.sorted { (rank($0), photos[$0].id) < (rank($1), photos[$1].id) }
    }

    private mutating func addLeaks(_ group: [Int]) {
        guard let first = group.first, photos[first].split == .test else { return }
        // The test set stays as it was drawn.
        for place in group where photos[place].split != .test { add(.leak, place, of: group) }
    }

    private mutating func add(_ kind: FindingKind, _ group: [Int]) {
        for place in group.filter({ findings[photos[$0].id] == nil }).dropFirst() { add(kind, place, of: group) }
    }

    private mutating func add(_ kind: FindingKind, _ place: Int, of group: [Int]) {
        let photo = photos[place]
        guard findings[photo.id] == nil else { return }
        let others = group.filter { $0 != place }
        let classes = Set(group.compactMap { photos[$0].classID })
        let largest = others.prefix(Self.shown).map { likeness(place, $0) }.max() ?? 0
        findings[photo.id] = Finding(
            photo: photo.id, kind: kind, score: largest + (classes.count > 1 ? 1 : 0),
            others: others.prefix(Self.shown).map { photos[$0].id },
            note: classes.count > 1 ? "the copies have different classes" : nil)
    }

    /// How much two photos are alike, from 0 to 1 for the same bytes.
    private func likeness(_ one: Int, _ other: Int) -> Double {
        if examined[one].digest == examined[other].digest { return 1 }
        guard case .success(let first) = examined[one].content, case .success(let second) = examined[other].content,
            let distance = second.fingerprint.flatMap({ first.fingerprint?.distance(to: $0) })
        else { return 0 }
        return 1 - Double(distance + 1) / 65
    }
}
