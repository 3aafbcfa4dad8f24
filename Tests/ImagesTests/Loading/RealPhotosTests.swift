import Foundation
import Platform
import TestSupport
import Testing

@testable import Images

@Suite("Loading of real photos", .testData)
struct RealPhotosTests {
    @Test("Ants and bees are 397 photos and one GIF, which are all read")
    func antsAndBees() throws {
        let opened = try openDataset(at: TestData.url("datasets/hymenoptera_data").path)
        #expect(opened.location.layout == .splitFolders)
        #expect(opened.classNames == ["ants", "bees"])
        #expect(opened.training.countsByClass == [124, 121])
        let validation = try #require(opened.validation)
        #expect(validation.countsByClass == [70, 83])
        #expect(opened.notes.isEmpty)

        let loader = DataLoader(
            validation, transforms: Preprocessing.imageNet.evaluationTransforms, height: 224, width: 224, batchSize: 64)
        let batches = loader.batches()
        #expect(try batches.all().reduce(0) { $0 + $1.count } == 153)
        #expect(batches.failures.isEmpty)
    }

    @Test("Cats and dogs, linked into one folder, are labeled by name; all worker counts load the same")
    func catsAndDogs() throws {
        let folder = try TemporaryFolder()
        for animal in ["cat", "dog"] {
            let source = try TestData.url("datasets/cats_dogs/\(animal)").path
            for name in try FileManager.default.contentsOfDirectory(atPath: source) {
                try folder.link(name, to: "\(source)/\(name)")
            }
        }
        // One of the links is not an image.
        try folder.write("dog.broken.jpg", Array("This is no image.".utf8))
        let opened = try openDataset(at: folder.path)
        #expect(opened.location.layout == .labelsInFileNames)
        #expect(opened.classNames == ["cat", "dog"])
        #expect(opened.training.countsByClass == [700, 700])

        let folders = try openDataset(at: TestData.url("datasets/cats_dogs").path)
        #expect(folders.training.countsByClass == [700, 699])

        let split = try opened.training.split(validation: .fraction(0.2), seed: 1)
        #expect(split.validation.countsByClass == [140, 140])
        let broken = try #require((0..<1400).first { opened.training.name(at: $0) == folder.path("dog.broken.jpg") })
        let some = Subset(of: opened.training, indices: [broken] + Array(split.validation.indices.prefix(99)))
        func load(workers: Int) throws -> (pixels: [UInt64], failures: [SampleFailure]) {
            let loader = DataLoader(
                some, transforms: Preprocessing.imageNet.trainingTransforms.transforms, height: 224, width: 224,
                batchSize: 16,
                order: .shuffled, seed: 7, workers: workers)
            let batches = loader.batches(epoch: 1)
            let pixels = try batches.all().map { batch in
                // FNV-1a distinguishes the batches, and one number is easier to compare than nine megabytes.
                batch.withUnsafeBytes { $0.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
            }
            return (pixels, batches.failures)
        }
        let one = try load(workers: 1), three = try load(workers: 3)
        #expect(one.pixels == three.pixels)
        #expect(Set(one.pixels).count == one.pixels.count)
        #expect(three.failures.map(\.name) == [folder.path("dog.broken.jpg")])
        #expect(three.failures.allSatisfy { "\($0)".contains(folder.path("dog.broken.jpg")) })
    }

    @Test("Hostile files are named, and the loader continues")
    func hostileFiles() throws {
        let root = try TestData.url("robustness").path
        let files = try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
            .filter { ImageFiles.accepts(name: $0) }
        // As one class in a folder of links, so that the names of the folders do not matter.
        let folder = try TemporaryFolder()
        try folder.make("all")
        for (number, file) in files.enumerated() {
            try folder.link(
                "all/\(number).\(FilePath(file).fileExtension ?? "")", to: "\(root)/\(file)")
        }
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.count > 300)
        let loader = DataLoader(
            dataset, transforms: [Resize(width: 16, height: 16)], height: 16, width: 16, batchSize: 8,
            reading: ImageReadingOptions(maximumPixels: 10_000_000))
        let batches = loader.batches()
        let good = try batches.all().reduce(0) { $0 + $1.count }
        #expect(good > 100)
        #expect(!batches.failures.isEmpty)
        #expect(good + batches.failures.count == dataset.count)
    }
}
