import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

@TensorActor
@Suite("Predictions") struct PredictionTests {
    /// Names and, for readable images, the index of the best class.
    private func outline(_ results: [PredictionResult]) -> [String] {
        results.map { result in
            switch result {
            case .prediction(let prediction): "\(prediction.file) \(prediction.index)"
            case .failure(let file, let message): "\(file) failed \(message.contains(file) ? "by name" : message)"
            }
        }
    }

    @Test("Failures are reported in the order of the images", arguments: [0, 1, 3])
    func failures(_ workers: Int) async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["a", "b", "c"])
            // Unreadable images at both ends, two in a row, and a whole batch of them.
            let isBad = [true, false, true, true, false, false, true, true, true, true, true, false, true]
            var expected: [String] = []
            for (number, isBad) in isBad.enumerated() {
                let file = folder.appending(path: "\(10 + number).png")
                if isBad {
                    try Data("no image".utf8).write(to: file)
                    expected.append("\(file.path) failed by name")
                } else {
                    try Samples.write(number, number, to: file)
                    expected.append("\(file.path) \(try await classifier.predict(file.path).index)")
                }
            }
            for batchSize in [1, 2, 5, 50] {
                let results = try await classifier.results(
                    of: ImageList(paths: [folder.path]), options: .init(batchSize: batchSize, workers: workers))
                #expect(outline(results) == expected, "batches of \(batchSize)")
            }
        }
    }

    @Test("All images may fail") func allFail() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["a", "b"])
            let files = ["text.jpg", "empty.png", "missing.png"].map { folder.appending(path: $0).path }
            try Data("no image".utf8).write(to: URL(filePath: files[0]))
            try Data().write(to: URL(filePath: files[1]))
            let results = try await classifier.results(of: ImageList(paths: files), options: .init(batchSize: 2))
            #expect(outline(results) == files.map { "\($0) failed by name" })
            let error = await #expect(throws: ApusError.self) { try await classifier.predict(files[2]) }
            #expect(error?.description.contains(files[2]) == true)
        }
    }

    @Test("Probabilities are the softmax of the logits") func probabilities() async throws {
        try await withTemporaryFolder { folder in
            let classes = ["a", "b", "c", "d", "e", "f"]
            let classifier = try Networks.classifier(classes: classes)
            try Samples.writeClasses(["x"], count: 5, to: folder)
            let images = try ImageList(paths: [folder.path])
            let predictions = try await classifier.predictions(of: images)
            #expect(predictions.count == 5)
            for prediction in predictions {
                let logits = try #require(prediction.logits).map { Double($0) }
                #expect(logits.count == 6)
                let total = logits.reduce(0) { $0 + exp($1) }
                let order = logits.indices.sorted { logits[$0] > logits[$1] }
                #expect(prediction.top.map(\.index) == Array(order.prefix(5)))
                for candidate in prediction.top {
                    #expect(candidate.label == classes[candidate.index])
                    #expect(abs(candidate.probability - exp(logits[candidate.index]) / total) < 1e-6)
                }
                #expect(prediction.label == prediction.top[0].label)
                #expect(prediction.index == prediction.top[0].index)
                #expect(prediction.probability == prediction.top[0].probability)
                #expect(prediction.duration > .zero)
            }
            // A number above the class count gives all classes; the default is none.
            for result in try await classifier.results(of: images, top: 99) {
                guard case .prediction(let prediction) = result else { return #expect(Bool(false), "\(result)") }
                #expect(prediction.top.map(\.index).sorted() == [0, 1, 2, 3, 4, 5])
                #expect(abs(prediction.top.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
                #expect(prediction.logits == nil)
            }
            let one = try await classifier.predict(images.name(at: 0), top: 1)
            #expect(one.top.count == 1)
        }
    }

    @Test("Crops are averaged") func averagedCrops() async throws {
        try await withTemporaryFolder { folder in
            let paths = try (0..<5).map { number in
                let file = folder.appending(path: "\(number).png")
                let bytes: [UInt8] = number == 2 ? [] : try Samples.image(number, number).pngData()
                try Data(bytes).write(to: file)
                return file.path
            }
            let images = try ImageList(paths: paths)
            let classifier = try Networks.classifier(classes: ["a", "b"])
            for (crops, count) in [(TestCrops.center, 1), (.five, 5), (.ten, 10)] {
                let results = try await classifier.results(
                    of: images, includesLogits: true, options: .init(batchSize: 2, crops: crops))
                var expected = [Float](repeating: 0, count: 8)
                for view in classifier.description.preprocessing.evaluationTransforms(crops) {
                    let side = classifier.description.preprocessing.cropSize
                    let loader = DataLoader(
                        images, transforms: view, height: side, width: side, batchSize: 5, workers: 0)
                    let batch = try #require(try loader.batches().next())
                    let normalizer = try Normalizer(classifier.description.preprocessing, device: .cpu)
                    let logits = try withInferenceMode { try classifier.network(normalizer(batch)) }
                    expected = zip(expected, try logits.array(as: Float.self)).map { $0 + $1 / Float(count) }
                }
                let logits = results.flatMap {
                    if case .prediction(let one) = $0 { one.logits ?? [] } else { [Float]() }
                }
                #expect(logits.count == 8 && zip(logits, expected).allSatisfy { abs($0 - $1) < 1e-4 })
                #expect(outline(results)[2].hasSuffix("failed by name"))
            }
        }
    }

    @Test("An error from the closure ends the prediction") func thrownErrors() async throws {
        struct Enough: Error {}
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["x"], count: 9, to: folder)
            let classifier = try Networks.classifier(classes: ["a", "b"])
            let read = Monitor(0)
            await #expect(throws: Enough.self) {
                try await classifier.predict(ImageList(paths: [folder.path]), options: .init(batchSize: 2)) {
                    results in
                    for await _ in results {
                        read.withLock { $0 += 1 }
                        if read.withLock({ $0 }) == 3 { throw Enough() }
                    }
                }
            }
            #expect(read.withLock { $0 } == 3)
        }
    }

    @Test("Prediction waits for a slow reader, and no result is lost")
    func slowReader() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["x"], count: 2, to: folder)
            let classifier = try Networks.classifier(classes: ["a", "b"])
            // More than the number that may wait for the reader.
            let places = (0..<400).map { $0 % 2 }
            let images = Subset(of: try ImageList(paths: [folder.path]), indices: places)
            let names = Collected<String>()
            try await classifier.predict(images, options: .init(batchSize: 40)) { results in
                for await case .prediction(let prediction) in results {
                    if names.elements.count % 100 == 0 { try await Task.sleep(for: .milliseconds(50)) }
                    names.append(prediction.file)
                }
            }
            #expect(names.elements == places.map(images.base.name))
        }
    }

    @Test("A path, a URL, bytes and an image give the same prediction")
    func sourcesOfOneImage() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["a", "b", "c"])
            let file = folder.appending(path: "photo 1.png")
            try Samples.write(1, 2, to: file)
            let data = try Data(contentsOf: file)
            let expected = try await classifier.predict(file.path)
            #expect(expected.file == file.path && expected.duration > .zero)
            for prediction in [
                try await classifier.predict(file), try await classifier.predict(data),
                try await classifier.predict([UInt8](data), named: "upload"),
                try await classifier.predict(Image(contentsOf: file.path)),
            ] { #expect(prediction.top == expected.top) }
            #expect(try await classifier.predict(data).file == "image")
            #expect(try await classifier.predict(data, named: "upload", top: 1).top.count == 1)

            let damaged = await #expect(throws: ApusError.self) {
                try await classifier.predict(data.prefix(data.count / 2), named: "upload")
            }
            #expect(damaged?.code == .unreadableImage && damaged?.description.contains("upload") == true)
            let remote = try #require(URL(string: "https://example.com/a.png"))
            let error = await #expect(throws: ApusError.self) { try await classifier.predict(remote) }
            #expect(error?.code == .unreadableImage)
        }
    }

    /// The preprocessing decides whether the EXIF orientation is applied.
    @Test("The model decides whether the EXIF orientation is applied") func orientation() async throws {
        let path = Goldens.url("images/files/exif-6.jpg").path
        let upright = try Networks.classifier(classes: ["a", "b"])
        var description = upright.description
        description.preprocessing.appliesOrientation = false
        let asItLies = try await TensorActor.run { ImageClassifier(description, try upright.network, device: .cpu) }
        let (one, other) = (try await upright.predict(path), try await asItLies.predict(path))
        #expect(one.probability != other.probability)
    }

    @Test("The true class comes from the folder or the file name") func truth() throws {
        try withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["cat", "dog"])
            for name in ["dog/1.png", "other/cat.7.png", "other/bird.png"] {
                let file = folder.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Samples.write(0, 0, to: file)
            }
            let input = try ImageInput(paths: [folder.path])
            let truths = Dictionary(
                uniqueKeysWithValues: (0..<input.images.count).map {
                    (
                        String(input.images.name(at: $0).dropFirst(folder.path.count + 1)),
                        input.truth(at: $0, for: classifier)
                    )
                })
            #expect(truths == ["dog/1.png": "dog", "other/cat.7.png": "cat", "other/bird.png": nil])
        }
    }
}
