import Foundation
import Testing

@testable import Images

/// Adds a random number to every byte, so that the pixels show the random draw.
private struct AddRandom: ImageTransform {
    func parameters(width: Int, height: Int, using random: inout CountedRandom) -> UInt8 {
        UInt8(truncatingIfNeeded: random.next())
    }

    func apply(_ parameter: UInt8, to image: Image) -> Image {
        Image(width: image.width, height: image.height, pixels: image.pixels.map { $0 &+ parameter })
    }
}

/// Takes longer for some images than for others, so that workers overtake each other.
private struct Delay: ImageTransform {
    func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    func apply(_ parameters: Void, to image: Image) -> Image {
        usleep(UInt32(image.pixels[0] % 7) * 300)
        return image
    }
}

/// Counts how many images were read.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var value: Int { lock.withLock { count } }
    func increment() { lock.withLock { count += 1 } }
}

private struct CountingDataset: ImageDataset {
    let base: MemoryDataset
    let counter = Counter()

    var classNames: [String] { base.classNames }
    var count: Int { base.count }
    func label(at index: Int) -> Int { base.label(at: index) }
    func name(at index: Int) -> String { base.name(at: index) }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        counter.increment()
        return try base.image(at: index, options: options)
    }
}

/// JPEG files in memory, which a loader reads as bytes or as decoded images.
private struct FilesDataset: ImageDataset {
    let files: [[UInt8]]
    let givesFiles: Bool

    var classNames: [String] { ["a"] }
    var count: Int { files.count }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { "file \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: files[index], options: options)
    }
    func encodedImage(at index: Int) -> EncodedImage? { givesFiles ? EncodedImage(bytes: files[index]) : nil }
}

/// Images, one of which fails with a given error.
private struct FailingDataset: ImageDataset {
    let failing: Int
    let kind: ImageError.Code

    var classNames: [String] { ["a"] }
    var count: Int { 40 }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { "image \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        guard index == failing else { return Image(width: 4, height: 4) }
        throw kind == .system ? ImageError("can't be opened", code: EMFILE) : ImageError(kind, message: "it is damaged")
    }
}

/// The contents of a batch, for comparison.
private struct Content: Equatable {
    let number: Int
    let labels: [Int]
    let indices: [Int]
    let failed: [Int]
    let pixels: [UInt8]

    init(_ batch: ImageBatch) {
        number = batch.number
        labels = batch.labels
        indices = batch.indices
        failed = batch.failures.map(\.index)
        pixels = batch.withUnsafeBytes { Array($0) }
    }
}

@Suite("Data loader")
struct DataLoaderTests {
    private func contents(_ loader: DataLoader, epoch: Int = 0, startingAt batch: Int = 0) throws -> [Content] {
        try loader.batches(epoch: epoch, startingAt: batch).all().map(Content.init)
    }

    private func loader(
        _ dataset: any ImageDataset, transforms: [any ImageTransform] = [], batchSize: Int = 4,
        order: DataLoader.Order = .sequential, dropsLast: Bool = false, minimumBatch: Int = 1, seed: UInt64 = 0,
        workers: Int = 2, prefetch: Int? = nil
    ) -> DataLoader {
        DataLoader(
            dataset, transforms: transforms, height: 4, width: 4, batchSize: batchSize, order: order,
            dropsLast: dropsLast, minimumBatch: minimumBatch, seed: seed, workers: workers, prefetch: prefetch)
    }

    @Test("Batches come in order, with labels, indices and pixels", arguments: [0, 1, 3])
    func sequential(workers: Int) throws {
        let all = try contents(loader(MemoryDataset(count: 10, classes: 3), workers: workers))
        #expect(all.map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        #expect(all.map(\.labels) == [[0, 1, 2, 0], [1, 2, 0, 1], [2, 0]])
        #expect(all[2].pixels == [8, 9].flatMap { Array(repeating: UInt8($0), count: 48) })
    }

    @Test("An incomplete last batch can be left out")
    func dropsLast() throws {
        let loader = loader(MemoryDataset(count: 10), dropsLast: true)
        #expect(loader.batchCount == 2)
        #expect(try contents(loader).map(\.indices.count) == [4, 4])
        #expect(try contents(self.loader(MemoryDataset(count: 0))).isEmpty)
        #expect(try contents(self.loader(MemoryDataset(count: 3), dropsLast: true)).isEmpty)
    }

    @Test("A last batch of too few images joins the previous one", arguments: [0, 2])
    func joinsLast(workers: Int) throws {
        let loader = loader(MemoryDataset(count: 9), minimumBatch: 2, workers: workers)
        #expect(loader.batchCount == 2 && loader.imageCount == 9)
        let all = try contents(loader)
        #expect(all.map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7, 8]])
        #expect(all[1].pixels == (4...8).flatMap { Array(repeating: UInt8($0), count: 48) })
        #expect(try contents(loader, startingAt: 1) == [all[1]])
        // Two are enough. A batch without a previous one stays.
        #expect(try contents(self.loader(MemoryDataset(count: 10), minimumBatch: 2)).map(\.indices.count) == [4, 4, 2])
        #expect(try contents(self.loader(MemoryDataset(count: 1), minimumBatch: 2)).map(\.indices) == [[0]])
        let dropping = self.loader(MemoryDataset(count: 9), dropsLast: true, minimumBatch: 2)
        #expect(dropping.batchCount == 2 && dropping.imageCount == 8)
        #expect(try contents(dropping).map(\.indices.count) == [4, 4])
    }

    @Test(
        "A batch with too few readable images joins the previous one, or the next if it is the first",
        arguments: [0, 3])
    func joinsUnreadable(workers: Int) throws {
        func run(_ damaged: Set<Int>, count: Int = 16, from first: Int = 0) throws -> [Content] {
            try contents(
                loader(MemoryDataset(count: count, damaged: damaged), minimumBatch: 2, workers: workers),
                startingAt: first)
        }
        let middle = try run([4, 5, 7])
        #expect(middle.map(\.indices) == [[0, 1, 2, 3, 6], [8, 9, 10, 11], [12, 13, 14, 15]])
        #expect(middle.map(\.failed) == [[4, 5, 7], [], []])
        #expect(middle[0].pixels == [0, 1, 2, 3, 6].flatMap { Array(repeating: UInt8($0), count: 48) })
        // A resumed epoch gives the same after the joined batches.
        #expect(try run([4, 5, 7], from: 2) == Array(middle[1...]))
        #expect(try run([0, 1, 2]).map(\.indices) == [[3, 4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]])
        #expect(try run([13, 14, 15]).map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11, 12]])
        #expect(try run([4, 5, 6, 7, 9, 10, 11]).map(\.indices) == [[0, 1, 2, 3, 8], [12, 13, 14, 15]])
        #expect(try run([1, 2, 3], count: 4).map(\.indices) == [[0]])
        #expect(try run([0, 1, 2, 3], count: 4).isEmpty)
        let batches = loader(MemoryDataset(count: 16, damaged: [4, 5, 7]), minimumBatch: 2, workers: workers).batches()
        #expect(try batches.all().map { [$0.number, $0.lastNumber] } == [[0, 1], [2, 2], [3, 3]])
        #expect(batches.failures.map(\.index) == [4, 5, 7])
    }

    @Test("Parts of a batch are together the whole batch, augmented alike", arguments: [1, 2, 3, 5], [0, 2])
    func parts(count: Int, workers: Int) throws {
        for order in [DataLoader.Order.shuffled, .weighted((0..<11).map { Double($0 % 3) })] {
            let whole = loader(
                MemoryDataset(count: 11, damaged: [2, 7]), transforms: [AddRandom()], order: order, minimumBatch: 1,
                workers: workers)
            for first in [0, 1] {
                let parts = try (0..<count).map {
                    try contents(whole.part(BatchPart($0, of: count)), epoch: 3, startingAt: first)
                }
                // Each process has each batch, also without images.
                #expect(parts.allSatisfy { $0.map(\.number) == Array(first..<3) })
                for (place, batch) in try contents(whole, epoch: 3, startingAt: first).enumerated() {
                    let batches = parts.map { $0[place] }
                    #expect(batches.flatMap(\.indices) == batch.indices && batches.flatMap(\.pixels) == batch.pixels)
                    #expect(batches.flatMap(\.labels) == batch.labels && batches.flatMap(\.failed) == batch.failed)
                }
            }
        }
        // The first parts have one more image, and a last batch of too few joins the one before it.
        let loader = loader(MemoryDataset(count: 9), minimumBatch: 2)
        #expect(try contents(loader.part(BatchPart(0, of: 2))).map(\.indices) == [[0, 1], [4, 5, 6]])
        #expect(try contents(loader.part(BatchPart(1, of: 2))).map(\.indices) == [[2, 3], [7, 8]])
    }

    @Test("Parts of at least two images leave nobody with one, and the buffers hold the largest")
    func partsOfSeveral() {
        for (images, count) in (0...20).flatMap({ images in (1...5).map { (images, $0) } }) {
            let parts = (0..<count).map { BatchPart($0, of: count, atLeast: 2) }
            let ranges = parts.map { $0.range(of: 3..<3 + images) }
            #expect(ranges.flatMap(\.self) == Array(3..<3 + images))
            #expect(images == 1 || ranges.allSatisfy { $0.count != 1 })
            #expect(zip(ranges, parts).allSatisfy { $0.count <= $1.largest(upTo: images + 2) })
        }
    }

    @Test("An image drawn twice in an epoch is augmented twice", arguments: [0, 3])
    func drawnTwice(workers: Int) throws {
        // Only image 2 is drawn.
        let order = DataLoader.Order.weighted((0..<24).map { $0 == 2 ? 1 : 0 })
        func run(epoch: Int = 0, seed: UInt64 = 0, from first: Int = 0) throws -> [Content] {
            try contents(
                loader(
                    MemoryDataset(count: 24), transforms: [AddRandom()], order: order, seed: seed, workers: workers),
                epoch: epoch, startingAt: first)
        }
        let first = try run()
        #expect(first.flatMap(\.indices) == Array(repeating: 2, count: 24))
        func shades(_ contents: [Content]) -> [UInt8] {
            contents.flatMap { content in content.indices.indices.map { content.pixels[$0 * 48] } }
        }
        #expect(Set(shades(first)).count > 18)
        #expect(try run(from: 3) == Array(first[3...]))
        #expect(try shades(run(epoch: 1)) != shades(first))
        #expect(try shades(run(seed: 1)) != shades(first))
    }

    @Test("Batches do not depend on the number of workers or on timing")
    func workers() throws {
        let dataset = MemoryDataset(count: 101, damaged: [7, 50, 100])
        let chain: [any ImageTransform] = [Delay(), AddRandom()]
        let reference = try contents(
            loader(dataset, transforms: chain, order: .shuffled, seed: 9, workers: 0), epoch: 2)
        #expect(reference.flatMap(\.indices).sorted() == (0..<101).filter { ![7, 50, 100].contains($0) })
        #expect(reference.flatMap(\.failed).sorted() == [7, 50, 100])
        for workers in [1, 2, 5] {
            for prefetch in [1, 3] {
                let loader = loader(
                    dataset, transforms: chain, order: .shuffled, seed: 9, workers: workers, prefetch: prefetch)
                #expect(try contents(loader, epoch: 2) == reference)
            }
        }
    }

    @Test("Epochs and seeds differ, and a resumed epoch continues unchanged")
    func epochs() throws {
        let dataset = MemoryDataset(count: 40)
        func run(epoch: Int = 0, seed: UInt64 = 0, from batch: Int = 0) throws -> [Content] {
            try contents(
                loader(dataset, transforms: [AddRandom()], order: .shuffled, seed: seed), epoch: epoch,
                startingAt: batch)
        }
        let first = try run()
        #expect(try first == run())
        #expect(try first.flatMap(\.indices) != run(epoch: 1).flatMap(\.indices))
        #expect(try first.flatMap(\.indices) != run(seed: 1).flatMap(\.indices))
        #expect(try run(from: 6) == Array(first[6...]))
        #expect(try run(from: 10).isEmpty)
    }

    @Test("The augmentation of an image does not depend on other images")
    func countedRandomness() throws {
        let small = try contents(loader(MemoryDataset(count: 3), transforms: [AddRandom()], seed: 4, workers: 1))
        let large = try contents(loader(MemoryDataset(count: 30), transforms: [AddRandom()], batchSize: 3, seed: 4))
        #expect(small[0].pixels == large[0].pixels)
        #expect(Set(large.flatMap { $0.pixels.prefix(1) }).count > 5)
    }

    @Test("Unreadable images are named, and batches have no gaps", arguments: [0, 2])
    func failures(workers: Int) throws {
        let dataset = MemoryDataset(count: 12, damaged: [1, 2, 4, 5, 6, 7, 11])
        let batches = loader(dataset, workers: workers).batches()
        let first = try #require(try batches.next())
        #expect(first.indices == [0, 3])
        #expect(first.withUnsafeBytes { Array($0) } == [0, 3].flatMap { Array(repeating: UInt8($0), count: 48) })
        #expect(first.image(at: 1).pixels == Array(repeating: 3, count: 48))
        #expect(first.failures.map(\.name) == ["memory/1", "memory/2"])
        #expect("\(first.failures[0])" == "memory/1: Damage()")
        // The second batch has no readable image.
        let last = try #require(try batches.next())
        #expect(last.number == 2)
        #expect(last.indices == [8, 9, 10])
        #expect(batches.failures.map(\.index) == [1, 2, 4, 5, 6, 7, 11])
        #expect(try batches.next() == nil)
        #expect(try batches.next() == nil)
    }

    @Test("A dataset without a readable image ends, and all images are named")
    func allDamaged() throws {
        let batches = loader(MemoryDataset(count: 9, damaged: Set(0..<9))).batches()
        #expect(try batches.next() == nil)
        #expect(batches.failures.map(\.index) == Array(0..<9))
    }

    @Test("A failure of the machine ends the epoch, with any number of workers", arguments: [0, 3])
    func systemFailure(workers: Int) throws {
        let dataset = FailingDataset(failing: 21, kind: .system)
        let batches = loader(dataset, workers: workers).batches()
        let error = #expect(throws: SampleFailure.self) {
            while try batches.next() != nil {}
        }
        #expect(error.map { "\($0)" }?.contains("image 21: can't be opened: too many open files") == true)
        #expect(error?.index == 21)
        // Nothing follows it.
        #expect(throws: SampleFailure.self) { try batches.next() }
        // A damaged file does not end the epoch.
        #expect(try loader(FailingDataset(failing: 21, kind: .damaged), workers: workers).batches().all().count == 10)
    }

    @Test("More unreadable images than the limit end the epoch, each counted once")
    func unreadableLimit() throws {
        func count(
            _ damaged: Set<Int>, _ limit: UnreadableLimit?, _ order: DataLoader.Order = .sequential
        ) throws -> Int {
            let loader = DataLoader(
                MemoryDataset(count: 40, damaged: damaged), transforms: [], height: 4, width: 4, batchSize: 4,
                order: order, workers: 2, maximumUnreadable: limit)
            return try loader.batches().all().reduce(0) { $0 + $1.count }
        }
        #expect(try count([3, 9], .count(2)) == 38)
        #expect(try count([3, 9], .fraction(0.05)) == 38)
        #expect(try count(Set(0..<40), nil) == 0)
        let error = #expect(throws: UnreadableLimitError.self) { try count([3, 9, 30], .fraction(0.05)) }
        #expect(error?.description.contains("3 of 40 images can't be read, but the limit is 5%") == true)
        #expect(throws: UnreadableLimitError.self) { try count([5], .count(0)) }
        // One image that is drawn repeatedly.
        let weights = (0..<40).map { $0 == 7 ? 1.0 : 0 }
        #expect(try count([7], .count(1), .weighted(weights)) == 0)
    }

    @Test("A limit on unreadable images is a percentage or a number and keeps its notation")
    func unreadableLimitNotation() throws {
        for (text, limit) in [
            ("5%", UnreadableLimit.fraction(0.05)), ("0%", .fraction(0)), ("100%", .fraction(1)),
            ("2.5%", .fraction(0.025)), ("0", .count(0)), ("20", .count(20)),
        ] {
            #expect(UnreadableLimit(text) == limit)
            #expect(limit.description == text)
            let data = try JSONEncoder().encode([limit])
            #expect(try JSONDecoder().decode([UnreadableLimit].self, from: data) == [limit])
        }
        for text in ["", "%", "-1", "101%", "nan%", "5 %x", "0.5", "many"] { #expect(UnreadableLimit(text) == nil) }
    }

    @Test("Classes without a readable image are found")
    func unreadableClasses() {
        let dataset = MemoryDataset(countsByClass: [2, 3, 1, 0])
        #expect(dataset.unreadableClasses([]).isEmpty)
        #expect(dataset.unreadableClasses([0, 1, 2, 3]) == ["class 0"])
        #expect(dataset.unreadableClasses([1, 2, 3, 4, 5]) == ["class 1", "class 2"])
    }

    @Test("Transforms that give another size are reported for each image")
    func wrongSize() throws {
        let loader = DataLoader(MemoryDataset(count: 2), transforms: [], height: 5, width: 4, batchSize: 2, workers: 1)
        let batches = loader.batches()
        #expect(try batches.next() == nil)
        #expect(batches.failures.count == 2)
        #expect("\(batches.failures[0])".contains("4 x 4"))
    }

    @Test("Partial decoding gives the same pixels and failures as whole images")
    func files() throws {
        var files = try ["rgb.jpg", "exif-6.jpg", "rgb.png", "cmyk.jpg", "lossy.webp", "progressive.jpg"].map {
            try goldenImage($0)
        }
        files.append(Array(files[0].dropLast(40)))
        let chains: [[any ImageTransform]] = [
            [Resize(shortSide: 12), CenterCrop(8)], [RandomResizedCrop(8), RandomHorizontalFlip()],
            [RandomCrop(9), AddRandom(), RandomHorizontalFlip(), Resize(width: 8, height: 8)],
        ]
        for chain in chains {
            func load(givesFiles: Bool, decoding: ImageReadingOptions.Decoding = .exact) throws -> [Content] {
                let loader = DataLoader(
                    FilesDataset(files: files, givesFiles: givesFiles), transforms: chain, height: 8, width: 8,
                    batchSize: 4, seed: 3, workers: 2, reading: ImageReadingOptions(decoding: decoding))
                return try loader.batches(epoch: 1).all().map(Content.init)
            }
            #expect(try load(givesFiles: true) == load(givesFiles: false))
            #expect(try load(givesFiles: true).flatMap(\.failed) == [6])
            #expect(try load(givesFiles: true, decoding: .fast).flatMap(\.indices) == Array(0..<6))
        }
        // A subset and new labels refer to the same files.
        let subset = Subset(of: FilesDataset(files: files, givesFiles: true), indices: [2, 0])
        #expect(try subset.encodedImage(at: 1).map { try Image(decoding: $0) } == Image(decoding: files[0]))
        let relabeled = try subset.relabeled(to: ["b", "a"])
        #expect(try relabeled.encodedImage(at: 0).map { try Image(decoding: $0) } == Image(decoding: files[2]))
    }

    @Test("Workers never run further ahead than the prefetch")
    func boundedPrefetch() throws {
        let dataset = CountingDataset(base: MemoryDataset(count: 400))
        let batches = loader(dataset, workers: 3, prefetch: 2).batches()
        _ = try #require(try batches.next())
        let deadline = Date(timeIntervalSinceNow: 60)
        while dataset.counter.value < 12, Date() < deadline { usleep(1000) }
        usleep(50_000)
        #expect(dataset.counter.value == 12)
    }

    @Test("An early exit ends the workers and leaves nothing behind")
    func earlyStop() throws {
        for round in 0..<50 {
            let dataset = CountingDataset(base: MemoryDataset(count: 1000))
            weak var work: LoadingWork?
            do {
                let loader = loader(dataset, workers: 3)
                let batches = BatchIterator(work: watched(loader, &work), workers: 3)
                while let batch = try batches.next(), batch.number != round % 3 {}
                #expect(work != nil)
            }
            #expect(work == nil)
            let count = dataset.counter.value
            usleep(100)
            #expect(dataset.counter.value == count)
        }
    }

    private func watched(_ loader: DataLoader, _ reference: inout LoadingWork?) -> LoadingWork {
        let work = LoadingWork(loader, epoch: 0, firstBatch: 0)
        reference = work
        return work
    }

    @Test("A batch in use keeps its pixels; a released one gives its memory to the next")
    func memory() throws {
        let loader = loader(MemoryDataset(count: 80), workers: 2)
        let kept = try loader.batches().all()
        #expect(
            kept.flatMap { $0.withUnsafeBytes { $0.map { Int($0) } } }
                == (0..<80).flatMap { Array(repeating: $0, count: 48) })

        var addresses: Set<UnsafeRawPointer> = []
        for _ in 0..<5 {
            let batches = loader.batches()
            while let batch = try batches.next() {
                addresses.formUnion(batch.withUnsafeBytes { $0.baseAddress.map { [$0] } ?? [] })
            }
        }
        // Of 100 batches, the twenty kept ones have separate buffers.
        #expect(addresses.count <= loader.prefetch + 2)
        #expect(kept[19].labels == [0, 1, 0, 1])
    }
}
