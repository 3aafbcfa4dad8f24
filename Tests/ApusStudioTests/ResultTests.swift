import Classifier
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import ApusStudio

@Suite("Results of runs") struct ResultTests {
    /// The labeled photos of a test set, for `ImageClassifier.evaluate`.
    private struct LabeledPhotos: ImageDataset {
        let classNames = ModelProject.classes
        let paths: [String]
        var count: Int { paths.count }
        func label(at index: Int) -> Int { index % 3 }
        func name(at index: Int) -> String { paths[index] }
        func image(at index: Int, options: ImageReadingOptions) throws -> Image {
            try Image(decoding: EncodedImage(path: paths[index]), options: options)
        }
    }

    /// A project with a run that was evaluated.
    private func evaluated(
        _ name: String = "one", table: ((ModelProject) throws -> [(Int, String)])? = nil
    ) async throws -> (ModelProject, RouteClient) {
        let made = try ModelProject()
        try made.addRun(name, table: try table?(made))
        let client = try await RouteClient(ResultRoutes(made.context, made.runs))
        let first = try await client.get("runs/\(name)/results")
        #expect(["running", "ready"].contains(first["state"]?.text) && first["job.kind"]?.text == "evaluate")
        try await made.settle()
        #expect(made.context.jobs.all.map(\.state) == [.done])
        return (made, client)
    }

    @Test("The results are those of `evaluate` on the labeled test photos, and start by themselves")
    func metrics() async throws {
        let (made, client) = try await evaluated()
        let results = try await client.get("runs/one/results")
        let images = LabeledPhotos(
            paths: try made.ids.prefix(18).map { try made.project.absolutePath(of: made.project.photo($0)) })
        let path = made.project.path(inside: "runs/one/best.safetensors")
        let expected = try await ImageClassifier(contentsOf: path, device: .cpu).evaluate(images)

        #expect(results["state"]?.text == "ready" && results["job"] == .null)
        #expect(results["results.count"]?.number == 18 && results["results.unreadable"]?.number == 0)
        #expect(results["results.errors"]?.number == 18 - (expected.top1 * 18).rounded())
        #expect(results["results.split"]?.text == "test" && results["results.isStale"] == .flag(false))
        #expect(results["results.accuracy.value"]?.number == expected.top1)
        #expect(results["results.accuracy.low"]?.number == expected.topK.first { $0.k == 1 }?.accuracy.lower)
        #expect(results["results.top5"] == .null, "there are only three classes")
        let loss = try #require(results["results.loss"]?.number)
        #expect(abs(loss - expected.loss) < 1e-5)
        #expect(results["results.macroF1"]?.number == expected.macro.f1)
        let error = try #require(results["results.calibration.error"]?.number)
        #expect(abs(error - (expected.uncalibrated?.expectedCalibrationError ?? 0)) < 1e-5)
        for truth in 0..<3 {
            for prediction in 0..<3 {
                let count = results["results.confusion.\(truth).\(prediction)"]?.number
                #expect(count == Double(try #require(expected.confusion).counts()[truth][prediction]))
                let cell = try await client.get("runs/one/cell?truth=\(truth)&prediction=\(prediction)")
                #expect(cell["items"]?.count.map(Double.init) == count)
            }
        }
        let wrong = 18 - Int((expected.top1 * 18).rounded())
        #expect(wrong > 0 && results["results.worst"]?.count == wrong)
        #expect(made.project.findingCounts[.mistake] == wrong)
        let run = try made.runs.run("one")
        #expect(run.evaluated?.value == expected.top1 && run.evaluatedSplit == .test)
    }

    @Test("A changed label changes the metrics at once, without the network") func relabeling() async throws {
        let (made, client) = try await evaluated()
        let store = ResultStore(made.context, made.runs, RunModels(made.runs))
        let mistakes = try #require(try store.evaluated("one")).mistakes
        let labels = mistakes.map { ($0.photo, made.classIDs[$0.prediction]) }
        try made.project.apply(.relabel(Dictionary(uniqueKeysWithValues: labels)))
        let results = try await client.get("runs/one/results")
        #expect(results["results.accuracy.value"]?.number == 1 && results["results.worst"]?.count == 0)
        #expect(results["results.isStale"] == .flag(false) && results["job"] == .null)
        #expect(made.context.jobs.all.count == 1 && made.project.findingCounts[.mistake] == nil)
        try made.project.undo()
        #expect(try await client.get("runs/one/results")["results.worst"]?.count == mistakes.count)
    }

    @Test("A renamed class stays the same one; photos without a known class and removed ones do not count")
    func classes() async throws {
        let (made, client) = try await evaluated()
        let before = try await client.get("runs/one/results")["results.accuracy.value"]
        try made.project.apply(.renameClass(made.classIDs[1], name: "Rosa"))
        #expect(try await client.get("runs/one/results")["results.accuracy.value"] == before)
        let ids = try made.ids
        try made.project.apply(.remove([ids[0]]))
        try made.project.apply(.label([ids[1]], classID: nil))
        let created = try #require(try made.project.apply(.addClass(name: "orchid")).created)
        try made.project.apply(.label([ids[2]], classID: created))
        let results = try await client.get("runs/one/results")
        #expect(results["results.count"]?.number == 15 && results["results.isStale"] == .flag(false))
    }

    @Test("A class that was renamed after the training counts; another one that got its old name does not")
    func renamedBefore() async throws {
        let made = try ModelProject()
        try made.addRun("one")
        made.runs.change("one") {
            $0.classIDs = Dictionary(uniqueKeysWithValues: zip(ModelProject.classes, made.classIDs))
        }
        try made.project.apply(.renameClass(made.classIDs[1], name: "Rosa"))
        let other = try #require(try made.project.apply(.addClass(name: "rose")).created)
        try made.project.apply(.label([try made.ids[0]], classID: other))
        let client = try await RouteClient(ResultRoutes(made.context, made.runs))
        _ = try await client.get("runs/one/results")
        try await made.settle()
        let results = try await client.get("runs/one/results")
        #expect(results["results.count"]?.number == 17 && results["results.classes.1.name"]?.text == "Rosa")
        #expect(results["results.classes.1.support"]?.number == 6)
        let store = ResultStore(made.context, made.runs, RunModels(made.runs))
        #expect(try #require(try store.evaluated("one")).classIDs.compactMap(\.self) == made.classIDs)
    }

    @Test("New test photos, and a new model, make results stale; a new model is evaluated by itself")
    func staleness() async throws {
        let (made, client) = try await evaluated { made in
            try made.ids.enumerated().filter { $0.offset > 20 }.map { ($0.element, "train") }
        }
        let ids = try made.ids
        try made.project.apply(.split([ids[20]], .test))
        #expect(try await client.get("runs/one/results")["results.isStale"] == .flag(true))
        #expect(made.context.jobs.all.count == 1)
        #expect(try await client.post("runs/one/evaluate")["job.kind"]?.text == "evaluate")
        try await made.settle()
        let results = try await client.get("runs/one/results")
        #expect(results["results.count"]?.number == 19 && results["results.isStale"] == .flag(false))

        let path = try made.addRun("one", swapped: true)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: path)
        let replaced = try await client.get("runs/one/results")
        #expect(replaced["job.kind"]?.text == "evaluate")
        try await made.settle()
        #expect(try await client.get("runs/one/results")["results.classes.0.name"]?.text == "tulip")
    }

    @Test("Photos that the run has learned from do not count; validation photos do if there are no others")
    func seenPhotos() async throws {
        let (made, client) = try await evaluated { made in
            try made.ids.enumerated().map { ($1, $0 < 4 ? "train" : $0 >= 18 ? "val" : "test") }
        }
        let results = try await client.get("runs/one/results")
        #expect(results["results.count"]?.number == 14 && results["results.split"]?.text == "test")
        #expect(results["results.isStale"] == .flag(false))
        // The project lasts until here.
        #expect(made.context.jobs.all.count == 1)

        let (other, second) = try await evaluated { made in
            try made.ids.enumerated().map { ($1, $0 < 18 ? "train" : "val") }
        }
        let validation = try await second.get("runs/one/results")
        #expect(validation["results.count"]?.number == 6 && validation["results.split"]?.text == "val")
        #expect(try validation["results.isStale"] == .flag(false) && other.runs.run("one").evaluatedSplit == .val)

        try other.addRun("two", table: try other.ids.map { ($0, "train") })
        _ = try await second.post("runs/two/evaluate")
        try await other.settle()
        let none = try await second.get("runs/two/results")
        #expect(none["state"]?.text == "failed" && none["job.message"]?.text?.contains("label some") == true)
        #expect(other.context.jobs.all.count == 2, "it does not start again by itself")
    }

    @Test("A damaged file of results, and an unreadable photo, are no reason to fail") func damage() async throws {
        let (made, client) = try await evaluated()
        let path = StoredResults.path(in: made.project.path(inside: "runs/one"))
        let bytes = try fileBytes(path)
        for damaged in [[], Array(bytes.dropLast()), Array(bytes.prefix(40)), [0x0A] + bytes] {
            try writeAtomically(damaged, to: path)
            #expect(StoredResults(path) == nil)
        }
        try writeAtomically(Array("no image".utf8), to: made.folder.path("photos/003.png"))
        #expect(try await client.get("runs/one/results")["job.kind"]?.text == "evaluate")
        try await made.settle()
        let results = try await client.get("runs/one/results")
        #expect(results["results.count"]?.number == 17 && results["results.unreadable"]?.number == 1)
    }

    @Test("Results in the format of another version are not read, and made again") func formats() async throws {
        let (made, client) = try await evaluated()
        let path = StoredResults.path(in: made.project.path(inside: "runs/one"))
        let bytes = try fileBytes(path)
        let results = try #require(StoredResults(path))
        var header = results.header
        for format in [0, 2] {
            header.format = format
            try StoredResults(header: header, logits: results.logits).write(to: path)
            #expect(try fileBytes(path).count == bytes.count, "nothing else has changed")
            #expect(StoredResults(path) == nil && StoredResults.header(path) == nil)
        }
        #expect(try await client.get("runs/one/results")["job.kind"]?.text == "evaluate")
        try await made.settle()
        #expect(StoredResults(path)?.logits == results.logits)
    }

    @Test("A run whose table can't be read is not evaluated, because it may have learned from the test set")
    func unknownTable() async throws {
        let made = try ModelProject()
        try made.addRun("one")
        try removeFile(made.project.path(inside: "runs/one.csv"))
        let client = try await RouteClient(ResultRoutes(made.context, made.runs))
        _ = try await client.get("runs/one/results")
        try await made.settle()
        #expect(made.context.jobs.all.map(\.state) == [.failed])
        #expect(made.context.jobs.all.first?.message?.contains("table of 'one'") == true)
    }

    @Test("Two runs are compared on the photos of both, with those that flipped") func comparison() async throws {
        let (made, client) = try await evaluated()
        try made.addRun("two", swapped: true)
        #expect(try await client.get("compare?a=one&b=two")["job.kind"]?.text == "evaluate")
        try await made.settle()
        let comparison = try await client.get("compare?a=one&b=two")
        let store = ResultStore(made.context, made.runs, RunModels(made.runs))
        let (one, two) = (try #require(try store.evaluated("one")), try #require(try store.evaluated("two")))
        let right = Set(one.outcomes.filter(\.isCorrect).map(\.photo))
        let others = Set(two.outcomes.filter(\.isCorrect).map(\.photo))
        #expect(comparison["count"]?.number == 18 && right != others)
        #expect(comparison["accuracyA.value"]?.number == Double(right.count) / 18)
        #expect(comparison["accuracyB.value"]?.number == Double(others.count) / 18)
        #expect(comparison["onlyA"]?.count == right.subtracting(others).count)
        #expect(comparison["onlyB"]?.count == others.subtracting(right).count)
        let pValue = mcNemarPValue(
            onlyA: right.subtracting(others).count, onlyB: others.subtracting(right).count)
        #expect(comparison["pValue"]?.number == pValue && comparison["a.name"]?.text == "one")
        #expect(try await client.get("compare?a=one&b=three").status == 404)
        #expect(try await client.get("compare?a=one").status == 400)
    }

    @Test(
        "McNemar's exact p-value is that of scipy's binomtest",
        arguments: [
            (1, 9, 0.021484375), (10, 0, 0.001953125), (5, 5, 1), (0, 0, 1), (3, 8, 0.2265625),
            (400, 600, 2.7284641560660184e-10), (4900, 5100, 0.04658552770494739),
        ])
    func mcNemar(onlyA: Int, onlyB: Int, expected: Double) {
        #expect(abs(mcNemarPValue(onlyA: onlyA, onlyB: onlyB) / expected - 1) < 1e-8)
        #expect(mcNemarPValue(onlyA: onlyA, onlyB: onlyB) == mcNemarPValue(onlyA: onlyB, onlyB: onlyA))
    }

    @Test("An explanation is a PNG file that is kept; a class or photo that does not exist is an error")
    func explanation() async throws {
        let made = try ModelProject(photos: 3, test: 1)
        let path = made.project.path(inside: "runs/net/best.safetensors")
        try makeFolder(made.project.path(inside: "runs/net"))
        let description = ModelDescription(
            architecture: "shufflenet_v2_x0_5", classes: ModelProject.classes,
            preprocessing: .imageNet(resizeShortSide: 72, cropSize: 64))
        try await TestNetwork.save(description, to: path)
        let client = try await RouteClient(ResultRoutes(made.context, made.runs))
        let photo = try made.ids[0]
        let image = try await client.get("runs/net/explanation?photo=\(photo)&class=2")
        #expect(image.status == 200 && image.type == "image/png", "\(image.error)")
        #expect(try Image(decoding: EncodedImage(bytes: image.bytes), options: .init()).width > 100)
        let kept = try entryNames(of: made.project.path(inside: "explanations"))
        #expect(kept.count == 1)
        // A file that is there is not computed again.
        try writeAtomically([1, 2, 3], to: made.project.path(inside: "explanations/\(kept[0])"))
        #expect(try await client.get("runs/net/explanation?photo=\(photo)&class=2").bytes == [1, 2, 3])
        #expect(try await client.get("runs/net/explanation?photo=\(photo)&class=3").status == 400)
        #expect(try await client.get("runs/net/explanation?photo=999").status == 404)
        #expect(try await client.get("runs/none/explanation?photo=\(photo)").status == 404)
    }
}

/// Networks with random weights.
@ComputeActor
enum TestNetwork {
    /// Saves a model file.
    static func save(_ description: ModelDescription, to path: String) async throws {
        let architecture = try #require(Architecture.named(description.architecture))
        let network = try architecture.makeNetwork(classes: description.classes.count)
        network.eval()
        try await ImageClassifier(description, network).save(to: path)
    }
}
