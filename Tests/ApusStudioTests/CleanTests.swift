import Apus
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

@Suite("Cleaning") struct CleanTests {
    /// A photo that is unlike those of other seeds.
    private static func image(_ seed: Int, width: Int = 200) -> Image {
        var random = CountedRandom(seed: 5, epoch: 0, index: seed)
        var pixels = [UInt8](repeating: 128, count: width * 150 * 3)
        for _ in 0..<60 {
            let color = (0..<3).map { _ in UInt8(random.uniform(below: 256)) }
            let (left, top) = (random.uniform(below: width), random.uniform(below: 150))
            for y in top..<min(150, top + 30) {
                for x in left..<min(width, left + 30) {
                    for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = color[channel] }
                }
            }
        }
        return Image(width: width, height: 150, pixels: pixels)
    }

    private func run(_ check: CleanCheck, _ parts: Set<CleanCheck.Part>) async throws -> Job {
        let jobs = check.context.jobs
        let job = jobs.start("check", lane: .compute) { try await check.run(parts, $0) }
        try await eventually { jobs.all.contains { $0.id == job.id && $0.state.isOver } }
        return try #require(jobs.all.first { $0.id == job.id })
    }

    @Test("Damaged files, copies and leaks are found, each once; one of the copies is kept") func files() async throws {
        let folder = try TemporaryFolder()
        let same = try Self.image(1).jpegData(quality: 95)
        for name in ["a.jpg", "b.jpg", "c.jpg"] { try folder.write(name, same) }
        try folder.write("d.jpg", try Self.image(2).jpegData(quality: 95))
        try folder.write("e.jpg", try Self.image(2).resized(width: 100, height: 75).jpegData(quality: 80))
        try folder.write("f.jpg", try Self.image(3).jpegData(quality: 95))
        try folder.write("g.jpg", try Self.image(3).jpegData(quality: 60))
        try folder.write("h.jpg", try Self.image(4).jpegData(quality: 95))
        try folder.write("torn.jpg", [0xFF, 0xD8, 0xFF])
        let dark = Self.image(5).pixels.map { $0 / 20 }
        try folder.write("dark.jpg", try Image(width: 200, height: 150, pixels: dark).jpegData(quality: 95))
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let context = try StudioContext(project, executable: nowhere)
        let photos = try project.photos(PhotoFilter(), offset: 0, limit: .max)
        let ids = Dictionary(uniqueKeysWithValues: photos.map { ($0.path, $0.id) })
        func id(_ name: String) throws -> Int { try #require(ids["\(name).jpg"]) }
        let (bug, bird) = (
            try #require(try project.apply(.addClass(name: "bug")).created),
            try #require(try project.apply(.addClass(name: "bird")).created)
        )
        try project.apply(.split([id("g")], .test))
        try project.apply(.label([id("b")], classID: bug))
        try project.apply(.label([id("c")], classID: bird))

        let check = CleanCheck(context: context, features: FeatureService(context))
        #expect(try await run(check, [.files, .pixels]).state == .done)
        #expect(try project.findings(.unreadable).map(\.photo) == [id("torn")])
        #expect(try project.findings(.unreadable)[0].note?.isEmpty == false)
        // `b` has a class and is kept.
        let copies = try project.findings(.duplicate)
        #expect(try copies.map(\.photo) == [id("a"), id("c")])
        #expect(try copies.map(\.others) == [[id("b"), id("c")], [id("b"), id("a")]])
        #expect(copies.allSatisfy { $0.score == 2 && $0.note == "the copies have different classes" })
        let near = try project.findings(.near)
        #expect(try near.map(\.photo) == [id("e")] && near[0].others == [id("d")] && near[0].note == nil)
        #expect(near[0].score > 0.8 && near[0].score < 1)
        let leaks = try project.findings(.leak)
        #expect(try leaks.map(\.photo) == [id("f")] && leaks[0].others == [id("g")])
        #expect(try project.findings(.dark).map(\.photo) == [id("dark")])
        let photo = try project.photo(id("e"))
        #expect(photo.state == .ok && photo.width == 100 && photo.height == 75 && photo.digest?.count == 64)
        #expect(CleanCheck.time(of: .dark, in: project)?.hasSuffix("Z") == true)
        #expect(CleanCheck.time(of: .label, in: project) == nil && CleanCheck.time(of: .mistake, in: project) != nil)

        // What is settled is gone, and what is dismissed stays so after another check.
        try project.apply(.remove([id("f"), id("a")]))
        try project.apply(.dismiss([id("e")], .near))
        #expect(try await run(check, [.files]).state == .done)
        #expect(project.findingCounts == [.unreadable: 1, .duplicate: 1, .dark: 1])
    }

    @Test("Wrong labels and odd photos are found from features") func labels() async throws {
        let made = try FeatureProject(60) { place in
            place == 59 ? (0..<FeatureProject.dimension).map { $0 == 5 ? -30 : 0 } : FeatureProject.features(of: place)
        }
        let (even, odd) = (try made.addClass("even"), try made.addClass("odd"))
        try made.label(Array(stride(from: 0, to: 40, by: 2)), even)
        try made.label(Array(stride(from: 1, to: 40, by: 2)), odd)
        try made.label([6], odd)
        try made.label([11], even)
        let check = CleanCheck(context: made.context, features: made.features)
        let job = try await run(check, [.labels])
        #expect(job.state == .done, "\(job.message ?? "")")
        let suspects = try made.project.findings(.label)
        #expect(Set(suspects.map(\.photo)) == [made.photos[6], made.photos[11]])
        for suspect in suspects {
            #expect(suspect.likelyClass == (suspect.photo == made.photos[6] ? even : odd))
            #expect(suspect.score > 0.5 && (suspect.probability ?? 0) > 0.5)
        }
        #expect(try made.project.findings(.odd).first?.photo == made.photos[59])

        // Features of new photos need a network, which is missing. The findings stay.
        try FileManager.default.removeItem(atPath: made.project.path(inside: "features-made.bin"))
        let other = CleanCheck(
            context: made.context,
            features: FeatureService(made.context) { name, _ in throw StudioError(.unavailable, name) })
        let failed = try await run(other, [.labels])
        #expect(failed.state == .failed && failed.message == "made")
        #expect(try made.project.findings(.label).count == 2)
    }

    @Test("Parts that are done have their time, although a later one fails") func times() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a.jpg", try Self.image(1).jpegData(quality: 95))
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let context = try StudioContext(project, executable: nowhere)
        let features = FeatureService(context) { name, _ in throw StudioError(.unavailable, name) }
        let check = CleanCheck(context: context, features: features)
        #expect(try await run(check, Set(CleanCheck.Part.allCases)).state == .failed)
        #expect(CleanCheck.time(of: .near, in: project) != nil && CleanCheck.time(of: .tiny, in: project) != nil)
        #expect(CleanCheck.time(of: .odd, in: project) == nil)
    }

    @Test("A photo is odd if its distance is far above the usual one, and at most one of fifty is") func odd() {
        let usual = (0..<99).map { (photo: $0, distance: 1 + Double($0 % 11) / 100) }
        #expect(LabelFindings.odd(usual).isEmpty && LabelFindings.odd([]).isEmpty)
        #expect(LabelFindings.odd(usual + [(99, 1.5)]).map(\.photo) == [99])
        let many = usual + (100..<110).map { ($0, 2 + Double($0)) }
        #expect(LabelFindings.odd(many).map(\.photo) == [109, 108])
        // Equal distances have no deviation.
        #expect(LabelFindings.odd((0..<50).map { ($0, 1) } + [(50, 2)]).isEmpty)
    }

    @Test("Parts of a check are named by themselves or by what they find") func parts() throws {
        #expect(try CleanCheck.Part.named(["files", "odd", "blurred"]) == Set(CleanCheck.Part.allCases))
        #expect(try CleanCheck.Part.named(["leak", "near"]) == [.files])
        #expect(throws: StudioError.self) { try CleanCheck.Part.named(["mistake"]) }
        #expect(throws: StudioError.self) { try CleanCheck.Part.named(["files", "<b>"]) }
    }
}
