import Classifier
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

@Suite("Trying a run") struct TryTests {
    private func client(_ made: ModelProject) async throws -> RouteClient {
        try await RouteClient(TryRoutes(made.context, made.runs, FeatureService(made.context)))
    }

    @Test("Predictions are those of the classifier, for images of any format") func predictions() async throws {
        let made = try ModelProject(photos: 3, test: 1)
        let path = try made.addRun("one")
        let client = try await client(made)
        let classifier = try await ImageClassifier(contentsOf: path)
        for number in 0..<10 {
            let image = ModelProject.image(number)
            for bytes in [try image.pngData(), try image.jpegData()] {
                let expected = try await classifier.predict(bytes)
                let answer = try await client.post("runs/one/predict?neighbors=6", bytes)
                #expect(answer.status == 200 && answer["top"]?.count == 3)
                for (place, candidate) in expected.top.enumerated() {
                    #expect(answer["top.\(place).class"]?.text == candidate.label)
                    let probability = try #require(answer["top.\(place).probability"]?.number)
                    #expect(abs(probability - candidate.probability) < 1e-6)
                }
                #expect(answer["unknown"] == .flag(false) && answer["similarity"] == .null)
                #expect(answer["neighbors"]?.count == 0, "no photo has features")
            }
        }
    }

    @Test("Where features of the image can't be computed, there is the prediction alone") func missingNetwork()
        async throws
    {
        let made = try ModelProject(photos: 3, test: 1)
        try made.addRun("one")
        let store = try FeatureStore(
            path: made.project.path(inside: "features-made.bin"), network: "made", dimension: 2)
        let photos = try made.project.photos(PhotoFilter(), offset: 0, limit: .max)
        try store.append(photos.map { ($0.id, $0.version) }, values: .init(repeating: 1, count: 6))
        try made.project.set(setting: "features.network", to: #"{"dimension":2,"name":"made"}"#)
        let asked = Monitor(false)
        let features = FeatureService(made.context) { name, _ in
            asked.withLock { $0 = true }
            throw StudioError(.unavailable, name)
        }
        let client = try await RouteClient(TryRoutes(made.context, made.runs, features))
        let answer = try await client.post("runs/one/predict?neighbors=6", try ModelProject.image(1).pngData())
        #expect(answer.status == 200 && answer["top"]?.count == 3 && answer["neighbors"]?.count == 0, "\(answer.error)")
        #expect(!asked.withLock { $0 }, "weights that are not on this machine are not asked for")
    }

    @Test("What is no image is a clear error", arguments: ["", "hello", "png", "half", "huge", "svg"])
    func hostile(_ kind: String) async throws {
        let made = try ModelProject(photos: 3, test: 1)
        try made.addRun("one")
        let client = try await client(made)
        let png = try ModelProject.image(1).pngData()
        var huge = png
        // 65,536 x 65,536 pixels, in the header.
        huge.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
        let bytes: [UInt8] =
            switch kind {
            case "png": Array(png.prefix(8))
            case "half": Array(png.prefix(png.count / 2))
            case "huge": huge
            case "svg": Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)
            default: Array(kind.utf8)
            }
        for path in ["predict", "explain"] {
            let answer = try await client.post("runs/one/\(path)", bytes)
            // Without the network's code, there are no explanations at all.
            #expect(answer.status == 400 || path == "explain" && answer.status >= 500, "\(path): \(answer.error)")
            #expect(!answer.error.isEmpty)
        }
        #expect(try await client.post("runs/one/predict", png).status == 200)
    }

    @Test("A model that is replaced is opened again, and a run without one is an error") func replacement() async throws
    {
        let made = try ModelProject(photos: 3, test: 1)
        try made.addRun("one")
        let client = try await client(made)
        let image = try ModelProject.image(2).pngData()
        let first = try await client.post("runs/one/predict", image)["top.0.class"]?.text
        #expect(first == "tulip")
        let path = try made.addRun("one", swapped: true)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: path)
        #expect(try await client.post("runs/one/predict", image)["top.0.class"]?.text == "daisy")
        try removeFile(path)
        #expect(try await client.post("runs/one/predict", image).status == 409)
        #expect(try await client.post("runs/..%2f/predict", image).status == 404)
        try writeAtomically(Array("no model".utf8), to: path)
        #expect(try await client.post("runs/one/predict", image).status == 500)
    }

    @Test("The last two models that were used stay open") func capacity() async throws {
        let made = try ModelProject(photos: 3, test: 1)
        for name in ["one", "two", "three"] { try made.addRun(name) }
        let models = RunModels(made.runs)
        let (one, two) = (try await models.model(of: "one"), try await models.model(of: "two"))
        #expect(try await models.model(of: "one") === one)
        _ = try await models.model(of: "three")
        #expect(try await models.model(of: "one") === one, "it was used after the second one")
        #expect(try await models.model(of: "two") !== two)
    }

    @Test("Neighbors are the training photos with the highest cosine; what is far from all is unknown")
    func neighbors() async throws {
        let made = try ModelProject(photos: 42, test: 2)
        let ids = try made.ids
        let store = try FeatureStore(path: made.project.path(inside: "features.bin"), network: "test", dimension: 9)
        let neighborhood = Neighborhood(made.project)
        #expect(try await neighborhood.answer(for: [1] + .init(repeating: 0, count: 8), in: store, count: 3) == nil)
        // On an arc, so that each photo has neighbors as near as those of the others. The lengths differ.
        func features(_ angle: Double, length: Double = 1) -> [Float] {
            [Float(cos(angle) * length), Float(sin(angle) * length)] + [Float](repeating: 0, count: 7)
        }
        try store.append(
            ids.enumerated().map { ($1, "v") },
            values: ids.indices.flatMap { features(Double($0) * 0.01, length: Double(1 + $0 % 3)) })
        let near = try #require(try await neighborhood.answer(for: features(0.102, length: 5), in: store, count: 3))
        #expect(near.neighbors.map(\.photo) == [ids[10], ids[11], ids[9]] && !near.isFar)
        #expect(abs(near.similarity - cos(0.002)) < 1e-5)
        let test = try #require(try await neighborhood.answer(for: features(0.001), in: store, count: 1))
        #expect(test.neighbors.map(\.photo) == [ids[2]], "photos of the test set are no neighbors")
        #expect(test.isFar, "its neighbor is farther than those of the photos")
        let far = try #require(try await neighborhood.answer(for: features(1.5), in: store, count: 50))
        #expect(far.isFar && far.neighbors.count == 40)
        let nothing = try #require(
            try await neighborhood.answer(for: .init(repeating: .nan, count: 9), in: store, count: 1))
        #expect(nothing.isFar && nothing.similarity == 0)
        #expect(try await neighborhood.answer(for: [1], in: store, count: 1) == nil, "another network's features")
    }
}
