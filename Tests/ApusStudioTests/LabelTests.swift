import Apus
import Classifier
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import Testing
import Torch
import TorchTestSupport
import TorchVision

@testable import ApusStudio

/// A project whose photos have features that tests make: of two kinds, which are easily told apart.
final class FeatureProject {
    static let dimension = 16

    let folder = try? TemporaryFolder()
    let project: Project
    let context: StudioContext
    let features: FeatureService
    /// The photos in the order of their names.
    let photos: [Int]

    /// - Parameters:
    ///   - count: the number of photos. The kind of a photo is whether its place is odd.
    ///   - features: the features of the photo at a place; nil for none.
    init(_ count: Int, features: (Int) -> [Float]? = FeatureProject.features) throws {
        let folder = try #require(folder)
        for place in 0..<count { try folder.write(String(format: "%03d.jpg", place), "\(place)".utf8) }
        project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        context = try StudioContext(project, executable: nowhere, store: WeightsStore(folder: nowhere))
        let all = try project.photos(PhotoFilter(), offset: 0, limit: .max)
        photos = all.map(\.id)
        let store = try FeatureStore(
            path: project.path(inside: "features-made.bin"), network: "made", dimension: Self.dimension)
        for (place, photo) in all.enumerated() {
            if let values = features(place) { try store.append([(photo.id, photo.version)], values: values) }
        }
        try project.set(setting: "features.network", to: #"{"dimension":\#(Self.dimension),"name":"made"}"#)
        self.features = FeatureService(context) { name, _ in throw StudioError(.unavailable, name) }
    }

    static func features(of place: Int) -> [Float] {
        var random = CountedRandom(seed: 3, epoch: 0, index: place)
        return (0..<dimension).map { Float(random.normal()) / 5 + ($0 % 2 == place % 2 ? 3 : 0) }
    }

    func label(_ places: [Int], _ classID: Int?) throws {
        try project.apply(.label(places.map { photos[$0] }, classID: classID))
    }

    func addClass(_ name: String) throws -> Int { try #require(try project.apply(.addClass(name: name)).created) }
}

@Suite("Labeling") struct LabelTests {
    @Test("The head learns from training photos, and its accuracy is that on the labeled test photos") func head()
        async throws
    {
        let made = try FeatureProject(60)
        let (even, odd) = (try made.addClass("even"), try made.addClass("odd"))
        try made.project.apply(.split(made.photos[40...].map(\.self), .test))
        let labels = LabelService(made.context, made.features)
        #expect(labels.head == nil)
        // A head of a single class would say nothing.
        try made.label([0, 2, 4], even)
        labels.photosChanged()
        try made.label([1, 3, 5], odd)
        // Five of the test photos have the wrong class: a head that is trained on them would agree.
        try made.label(Array(stride(from: 40, to: 60, by: 2)), even)
        try made.label(Array(stride(from: 41, to: 60, by: 2)), odd)
        try made.label([40, 42, 44, 46, 48], odd)
        labels.photosChanged()
        try await eventually { labels.head == HeadState(labels: 6, accuracy: Fraction(hits: 15, of: 20)) }
        #expect(try #require(labels.trained).seconds > 0)

        let queue = LabelingQueue(made.context, labels, made.features)
        let review = try await queue.next(.review, of: odd, count: 100)
        // 17 photos of each kind are unlabeled and not for the test.
        #expect(review.remaining == 17)
        #expect(Set(review.items.map(\.id)) == Set(stride(from: 7, to: 40, by: 2).map { made.photos[$0] }))
        let probabilities = review.items.map { $0.proposals[0].probability }
        #expect(review.items.allSatisfy { $0.proposals.map(\.class) == [odd, even] })
        #expect(probabilities == probabilities.sorted(by: >) && probabilities.allSatisfy { $0 > 0.5 && $0 <= 1 })

        for _ in 0..<8 { try made.project.undo() }
        labels.photosChanged()
        try await eventually { labels.head == nil }
    }

    @Test("Photos to learn are not test photos, and those that were just served come last")
    func learn()
        async throws
    {
        let made = try FeatureProject(12)
        let only = try made.addClass("only")
        try made.project.apply(.split([made.photos[0], made.photos[1]], .test))
        let labels = LabelService(made.context, made.features)
        let queue = LabelingQueue(made.context, labels, made.features)
        let first = try await queue.next(.learn, of: nil, count: 4)
        #expect(first.remaining == 10 && first.items.count == 4 && first.items.allSatisfy { $0.proposals.isEmpty })
        // Unlike each other: both kinds.
        let places = first.items.compactMap { made.photos.firstIndex(of: $0.id) }
        #expect(Set(places.map { $0 % 2 }) == [0, 1] && !places.contains { $0 < 2 })
        try made.label([places[0]], only)
        let second = try await queue.next(.learn, of: nil, count: 4)
        #expect(second.remaining == 9 && second.items.count == 4)
        #expect(Set(second.items.map(\.id)).isDisjoint(with: first.items.map(\.id)))
        let third = try await queue.next(.learn, of: nil, count: 4)
        #expect(Set(third.items.map(\.id)).isDisjoint(with: second.items.map(\.id)))
        let all = try await queue.next(.learn, of: nil, count: 100).items.map(\.id)
        #expect(Set(all).count == 9 && all.count == 9 && Array(all.suffix(4)) == third.items.map(\.id))
        #expect(!all.contains(made.photos[places[0]]))
    }

    @Test("Test photos are served without proposals, and equal projects give equal queues") func test() async throws {
        var queues: [[Int]] = []
        for _ in 0..<2 {
            let made = try FeatureProject(40) { $0 == 7 ? nil : FeatureProject.features(of: $0) }
            let (even, odd) = (try made.addClass("even"), try made.addClass("odd"))
            let drawn = try made.project.drawTestSet(10, seed: 0)
            let others = (0..<40).filter { $0 != 7 && !drawn.contains(made.photos[$0]) }
            try made.label(Array(others.filter { $0 % 2 == 0 }.prefix(2)), even)
            try made.label(Array(others.filter { $0 % 2 == 1 }.prefix(2)), odd)
            let labels = LabelService(made.context, made.features)
            try await eventually { labels.head == HeadState(labels: 4, accuracy: nil) }
            let queue = LabelingQueue(made.context, labels, made.features)
            let test = try await queue.next(.test, of: nil, count: 100)
            #expect(Set(test.items.map(\.id)) == Set(drawn) && test.items.allSatisfy { $0.proposals.isEmpty })
            let learn = try await queue.next(.learn, of: nil, count: 100)
            #expect(learn.remaining == 26 && learn.items.count == 26)
            #expect(Set(learn.items.map(\.id)).isDisjoint(with: drawn) && learn.items[0].proposals.count == 2)
            // Without features, a photo comes last.
            if !drawn.contains(made.photos[7]) { #expect(learn.items.last?.id == made.photos[7]) }
            queues.append(test.items.map(\.id) + learn.items.map(\.id))
        }
        #expect(queues[0] == queues[1])
    }

    @Test("There are enough labels for a model although a class has no photo yet") func ready() async throws {
        let made = try FeatureProject(20)
        let (low, high) = (try made.addClass("low"), try made.addClass("high"))
        try made.label(Array(0..<10), low)
        try made.label(Array(10..<19), high)
        _ = try made.addClass("none")
        let labels = LabelService(made.context, made.features)
        let client = try await RouteClient(LabelRoutes(made.context, labels, made.features))
        #expect(try await client.get("label/status")["ready"] == .flag(false))
        try made.label([19], high)
        #expect(try await client.get("label/status")["ready"] == .flag(true))
    }

    @Test(
        "A twentieth of the photos is suggested for the test set, from a fifth of few to 100 of many",
        arguments: [(0, 0), (10, 2), (60, 12), (500, 25), (1000, 50), (5000, 100)])
    func suggestion(_ photos: Int, _ count: Int) {
        #expect(LabelRoutes.suggestedTest(for: photos, drawn: 0) == count)
        #expect(LabelRoutes.suggestedTest(for: photos, drawn: 20) == max(0, count - 20))
    }
}

/// With a small network with weights from a formula.
@Suite("Features") struct FeatureTests {
    static func classifier(in folder: TemporaryFolder) async throws -> ImageClassifier {
        let text = """
            input 3x24x24
            preprocessing resize=26

            features:
            conv:8:3, relu, maxpool:2
            conv:16:3, relu, maxpool:2
            classifier:
            32, relu
            linear:classes
            """
        let path = folder.path("tiny.network")
        if !fileExists(path) { try folder.write("tiny.network", text.utf8) }
        return try await TensorActor.run {
            try LibTorch.setThreadCount(1)
            let architecture = try ModelReference(path).architecture
            let network = try architecture.makeNetwork(classes: 3)
            try Formula.fill(network)
            return ImageClassifier(
                ModelDescription(
                    architecture: architecture.name, classes: ["a", "b", "c"],
                    preprocessing: architecture.preprocessing), network, device: .cpu)
        }
    }

    @Test("Photos get features once; unreadable ones are marked, and a changed file gets new ones") func prepare()
        async throws
    {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        func image(_ shade: Int) throws -> [UInt8] {
            let color = RGBColor(red: UInt8(shade), green: 90, blue: UInt8(255 - shade))
            return try Image(width: 40, height: 30, filledWith: color).jpegData()
        }
        for place in 0..<5 { try folder.write("\(place).jpg", try image(place * 40)) }
        try folder.write("torn.jpg", [0xFF, 0xD8, 0xFF])
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let context = try StudioContext(project, executable: nowhere, store: WeightsStore(folder: nowhere))
        let opened = Monitor<[String]>([])
        let network = try await Self.classifier(in: other)
        let service = FeatureService(context) { name, _ in
            opened.withLock { $0.append(name) }
            return network
        }
        let changes = Monitor(0)
        service.onChange { changes.withLock { $0 += 1 } }
        #expect(try service.progress == nil && service.store() == nil)

        func finish(_ job: Job?) async throws -> Job {
            let id = try #require(job).id
            try await eventually { context.jobs.all.contains { $0.id == id && $0.state.isOver } }
            return try #require(context.jobs.all.first { $0.id == id })
        }
        #expect(try await finish(service.prepare()).state == .done)
        #expect(opened.withLock { $0 } == ["mobilenet_v2"] && changes.withLock { $0 } == 1)
        let progress = try #require(service.progress)
        #expect(progress.done == 5 && progress.total == 5 && progress.network == "mobilenet_v2")
        let torn = try #require(try project.photos(PhotoFilter(state: .unreadable), offset: 0, limit: 9).first)
        #expect(torn.path == "torn.jpg" && torn.problem?.isEmpty == false)
        #expect(try service.prepare() == nil)

        // The features of a file are those of its bytes, and different for different photos.
        let store = try #require(try service.store())
        let ids = try project.ids(PhotoFilter()).filter { $0 != torn.id }
        let rows = try store.rows(ids)
        let found = try await service.features(of: try image(80))
        let size = store.dimension
        #expect(found.count == size && rows.ids == ids)
        #expect(zip(found, rows.values[(2 * size)...]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(zip(found, rows.values[(3 * size)...]).contains { abs($0 - $1) > 1e-3 })
        await #expect(throws: ApusError.self) { try await service.features(of: [1, 2, 3]) }

        // A second studio on the project needs no network for what is known.
        let later = FeatureService(context) { _, _ in throw StudioError(.failed, "it is not needed") }
        #expect(try later.progress?.done == 5 && later.prepare() == nil)

        try FileManager.default.removeItem(atPath: folder.path("1.jpg"))
        try folder.write("1.jpg", try image(200) + [0])
        _ = try project.scan()
        #expect(try await finish(service.prepare()).state == .done)
        let new = try store.rows([ids[1]]).values
        #expect(zip(new, rows.values[size...]).contains { abs($0 - $1) > 1e-3 })
    }

    @Test("Without weights, the work fails and says what to do") func weights() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "photos/a.jpg", try Image(width: 9, height: 9, filledWith: RGBColor(red: 1, green: 2, blue: 3)).jpegData())
        let project = try Project(at: folder.path("photos"), isDurable: false)
        _ = try project.scan()
        let store = WeightsStore(folder: folder.path("weights"))
        let context = try StudioContext(project, executable: nowhere, store: store)
        // A file of another content than the published one is not replaced by a download.
        let file = try #require(try ModelReference("mobilenet_v2").weights).file
        try folder.write("weights/\(file.fileName)", "other".utf8)
        let service = FeatureService(context)
        let job = try #require(try service.prepare())
        try await eventually { context.jobs.all.contains { $0.id == job.id && $0.state == .failed } }
        #expect(context.jobs.all.last?.message?.contains(file.fileName) == true && service.progress == nil)
        #expect(throws: StudioError.self) { try service.prepare(network: "resnet19") }
        #expect(throws: StudioError.self) { try service.prepare(network: "small_cnn") }
    }
}
