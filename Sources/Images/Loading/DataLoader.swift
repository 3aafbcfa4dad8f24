internal import Platform

/// Reads a dataset in batches: worker threads decode and transform images straight into the batches' memory.
///
/// What a batch holds depends on the dataset, the order, the transforms, the seed and the epoch alone: neither on the
/// number of workers nor on which of them is faster. An image that can't be read is named in the batch's `failures`
/// and left out; it ends the iteration only where there are more of them than `maximumUnreadable`. A failure of the
/// machine (too many open files, no memory, a faulty disk) always ends it.
///
/// Random transforms of an image depend on (seed, epoch, its place in the dataset); where images are drawn with
/// replacement, on (seed, epoch, number of the draw), so that an image drawn twice is augmented twice.
///
/// ```swift
/// let loader = DataLoader(dataset, transforms: chain, height: 224, width: 224, batchSize: 64, order: .shuffled)
/// for epoch in 0..<10 {
///     let batches = loader.batches(epoch: epoch)
///     while let batch = try batches.next() { … }
/// }
/// ```
public struct DataLoader: Sendable {
    /// In which order an epoch passes the samples.
    public enum Order: Sendable, Codable, Hashable {
        /// As the dataset has them.
        case sequential
        /// At random, anew in each epoch, dependent on (seed, epoch) alone.
        case shuffled
        /// As many as there are, each drawn with a chance in proportion to its weight, whatever was drawn before (with
        /// replacement), as torch's `WeightedRandomSampler` does; anew in each epoch, dependent on (seed, epoch) alone.
        /// There is a weight for each sample, 0 or more, and one above 0. See `ClassBalance.pictureWeights`.
        case weighted([Double])
    }

    /// The images.
    public let dataset: any ImageDataset

    /// What is done to each image, in this order. The last step leaves `height` by `width` pixels.
    public let transforms: [any ImageTransform]

    /// The size of the images in a batch.
    public let height: Int, width: Int

    /// How many images a batch has; the last of an epoch may have fewer.
    public let batchSize: Int

    /// In which order an epoch passes the samples.
    public let order: Order

    /// Whether a last batch of fewer images is left out.
    public let dropsLast: Bool

    /// The fewest images that a batch may have, up to `batchSize`: a last batch of fewer is part of the batch before it,
    /// and so is a batch of which too many images cannot be read. Batch normalization trains on 2 or more.
    public let minimumBatch: Int

    /// What shuffling and random transforms depend on, with the epoch and the index.
    public let seed: UInt64

    /// How many threads read images; with 0 the calling thread does, when it asks for a batch.
    public let workers: Int

    /// How many batches may be under way or waiting, without the one that waits for the next where there is a
    /// `minimumBatch`. It bounds the memory.
    public let prefetch: Int

    /// How images are decoded.
    public let reading: ImageReadingOptions

    /// How many images of the dataset an epoch may find unreadable; nil for any number.
    public let maximumUnreadable: UnreadableLimit?

    let pool: BufferPool

    /// Describes the loading; nothing is read yet.
    ///
    /// `workers` is the number of processors by default, `prefetch` two more batches than workers.
    /// Sizes below one are a programmer's mistake.
    public init(
        _ dataset: any ImageDataset, transforms: [any ImageTransform], height: Int, width: Int, batchSize: Int,
        order: Order = .sequential, dropsLast: Bool = false, minimumBatch: Int = 1, seed: UInt64 = 0,
        workers: Int = Self.processorCount, prefetch: Int? = nil, reading: ImageReadingOptions = .init(),
        maximumUnreadable: UnreadableLimit? = nil
    ) {
        precondition((1...batchSize).contains(minimumBatch), "A batch has at least 1 and at most `batchSize` images.")
        precondition(height > 0 && width > 0 && batchSize > 0, "Images and batches have a size.")
        if case .weighted(let weights) = order {
            precondition(weights.count == dataset.count, "Each sample has a weight.")
            precondition(
                weights.isEmpty || weights.allSatisfy { $0 >= 0 && $0.isFinite } && weights.contains { $0 > 0 },
                "Weights are 0 or more, and one is above 0.")
        }
        precondition(workers >= 0 && prefetch ?? 1 > 0, "A loader reads at least one batch at a time.")
        self.dataset = dataset
        self.transforms = transforms
        self.height = height
        self.width = width
        self.batchSize = batchSize
        self.order = order
        self.dropsLast = dropsLast
        self.minimumBatch = minimumBatch
        self.seed = seed
        self.workers = workers
        self.prefetch = workers == 0 ? 1 : prefetch ?? workers + 2
        self.reading = reading
        self.maximumUnreadable = maximumUnreadable
        let largest = max(1, min(batchSize, dataset.count)) + minimumBatch - 1
        pool = BufferPool(byteCount: largest * height * width * 3, capacity: self.prefetch + 1)
    }

    /// How many processors the process may keep busy.
    public static var processorCount: Int { ProcessorCount.available }

    /// How many batches an epoch has. A batch of which no image can be read is not delivered.
    public var batchCount: Int { batches(of: dataset.count).count }

    /// How many images an epoch passes: all, or without those of a last batch that is left out.
    public var imageCount: Int { batches(of: dataset.count).last?.upperBound ?? 0 }

    /// The places in an epoch's order that each batch holds, where the epoch has `count` images.
    package func batches(of count: Int) -> [Range<Int>] {
        var ranges = stride(from: 0, to: count, by: batchSize).map { $0..<min($0 + batchSize, count) }
        guard let last = ranges.last, last.count < batchSize else { return ranges }
        if dropsLast {
            ranges.removeLast()
        } else if last.count < minimumBatch, ranges.count > 1 {
            ranges.removeLast(2)
            ranges.append(last.lowerBound - batchSize..<count)
        }
        return ranges
    }

    /// The places in the dataset in the order in which the epoch passes them.
    public func indices(epoch: Int) -> [Int] {
        switch order {
        case .sequential: Array(0..<dataset.count)
        case .shuffled: shuffledIndices(count: dataset.count, seed: seed, epoch: epoch, stream: RandomStream.shuffle)
        case .weighted(let weights): weightedIndices(weights, seed: seed, epoch: epoch)
        }
    }

    /// Starts the workers on an epoch and gives its batches one after the other.
    ///
    /// With `startingAt` an epoch that was broken off goes on at that batch, as if it had not been.
    public func batches(epoch: Int = 0, startingAt firstBatch: Int = 0) -> BatchIterator {
        BatchIterator(
            work: LoadingWork(self, epoch: epoch, firstBatch: firstBatch), workers: workers, minimumBatch: minimumBatch)
    }

    /// Reads and transforms one sample, as it would be in the epoch, into memory of `height * width * 3` bytes; `draw` is
    /// its place in the epoch's order.
    ///
    /// Where all that is done to the image is known before it is decoded, no more of it is decoded than is needed.
    func load(_ index: Int, epoch: Int, draw: Int, into memory: UnsafeMutableRawBufferPointer) throws {
        var random =
            if case .weighted = order {
                CountedRandom(seed: seed, epoch: epoch, index: draw, stream: RandomStream.draw)
            } else {
                CountedRandom(seed: seed, epoch: epoch, index: index)
            }
        guard let file = try dataset.encodedImage(at: index) else {
            let image = try dataset.image(at: index, options: reading)
            let (rendering, rest) = transforms[...].merged(width: image.width, height: image.height, using: &random)
            if rest.isEmpty {
                try check(width: rendering.width, height: rendering.height)
                rendering.write(image, into: memory)
            } else {
                try copy(rest.apply(to: rendering.image(of: image), using: &random), into: memory)
            }
            return
        }
        let reader = try ImageReader(file, options: reading)
        let (rendering, rest) = transforms[...].merged(
            width: reader.size.width, height: reader.size.height, using: &random)
        if rest.isEmpty {
            try check(width: rendering.width, height: rendering.height)
            try reader.write(rendering, into: memory)
        } else {
            try copy(rest.apply(to: reader.image(rendering), using: &random), into: memory)
        }
    }

    private func copy(_ image: Image, into memory: UnsafeMutableRawBufferPointer) throws {
        try check(width: image.width, height: image.height)
        memory.copyBytes(from: image.pixels)
    }

    private func check(width: Int, height: Int) throws {
        guard height == self.height, width == self.width else {
            throw LoaderError(
                description: "the transforms left \(width) x \(height) pixels, and the batch needs "
                    + "\(self.width) x \(self.height). End them with a crop or a resize to that size.")
        }
    }
}

/// A sample that does not fit into its batch.
struct LoaderError: Error, CustomStringConvertible {
    let description: String
}
