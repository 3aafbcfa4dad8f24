internal import Platform

/// Reads a dataset in batches: worker threads decode and transform images directly into the memory of the batches.
///
/// The content of a batch depends only on the dataset, the order, the transforms, the seed and the epoch, not on the
/// number or speed of workers. Unreadable images are listed in the batch's `failures` and omitted. They end the
/// iteration only if there are more than `maximumUnreadable`. A failure of the machine (too many open files, no memory,
/// a faulty disk) always ends it.
///
/// Random transforms of an image depend on (seed, epoch, index in the dataset). For sampling with replacement they
/// depend on (seed, epoch, number of the draw), so that an image drawn twice is augmented twice.
///
/// ```swift
/// let loader = DataLoader(dataset, transforms: chain, height: 224, width: 224, batchSize: 64, order: .shuffled)
/// for epoch in 0..<10 {
///     let batches = loader.batches(epoch: epoch)
///     while let batch = try batches.next() { … }
/// }
/// ```
public struct DataLoader: Sendable {
    /// The order of the samples in an epoch.
    public enum Order: Sendable, Codable, Hashable {
        /// The dataset's order.
        case sequential
        /// A new random order in each epoch, depending only on (seed, epoch).
        case shuffled
        /// Sampling with replacement: as many samples as in the dataset, each drawn with a probability proportional to
        /// its weight, as in torch's `WeightedRandomSampler`. Each epoch is drawn anew, depending only on (seed,
        /// epoch). There must be one weight per sample, at least 0 and one above 0. See `ClassBalance.imageWeights`.
        case weighted([Double])
    }

    /// The images.
    public let dataset: any ImageDataset

    /// The transforms of each image, in this order. The last step must return `height` by `width` pixels.
    public let transforms: [any ImageTransform]

    /// The size of the images in a batch.
    public let height: Int, width: Int

    /// The batch size; the last batch of an epoch may be smaller.
    public let batchSize: Int

    /// The order of the samples in an epoch.
    public let order: Order

    /// Whether a smaller last batch is dropped.
    public let dropsLast: Bool

    /// The minimum size of a batch, up to `batchSize`. A smaller last batch, or a batch with too many unreadable
    /// images, is joined to the previous batch. Batch normalization needs at least 2 images in training.
    public let minimumBatch: Int

    /// The seed of shuffling and random transforms, together with the epoch and the index.
    public let seed: UInt64

    /// The number of threads that read images. With 0, the calling thread reads them when it requests a batch. If the
    /// first image is at a URL, there are at least 16.
    public let workers: Int

    /// The maximum number of batches in progress or waiting, without the one held back for the next with a
    /// `minimumBatch`. It limits the memory.
    public let prefetch: Int

    /// The decoding options.
    public let reading: ImageReadingOptions

    /// The maximum number of unreadable images in an epoch; nil for no limit.
    public let maximumUnreadable: UnreadableLimit?

    /// The part of each batch that this loader reads; nil for the whole batches.
    package private(set) var part: BatchPart?

    /// The minimum number of threads for images at URLs.
    private static let remoteWorkers = 16

    private(set) var pool: BufferPool

    /// Creates a loader without reading anything.
    ///
    /// By default `workers` is the number of processors and `prefetch` is two more than `workers`. Sizes must be at
    /// least 1.
    public init(
        _ dataset: any ImageDataset, transforms: [any ImageTransform], height: Int, width: Int, batchSize: Int,
        order: Order = .sequential, dropsLast: Bool = false, minimumBatch: Int = 1, seed: UInt64 = 0,
        workers: Int = Self.processorCount, prefetch: Int? = nil, reading: ImageReadingOptions = .init(),
        maximumUnreadable: UnreadableLimit? = nil
    ) {
        precondition((1...batchSize).contains(minimumBatch), "`minimumBatch` must be from 1 to `batchSize`")
        precondition(height > 0 && width > 0 && batchSize > 0, "`height`, `width` and `batchSize` must be at least 1")
        if case .weighted(let weights) = order {
            precondition(weights.count == dataset.count, "the number of weights must equal the number of samples")
            precondition(
                weights.isEmpty || weights.allSatisfy { $0 >= 0 && $0.isFinite } && weights.contains { $0 > 0 },
                "weights must be at least 0, and one must be above 0")
        }
        precondition(workers >= 0 && prefetch ?? 1 > 0, "`workers` must be at least 0 and `prefetch` at least 1")
        self.dataset = dataset
        self.transforms = transforms
        self.height = height
        self.width = width
        self.batchSize = batchSize
        self.order = order
        self.dropsLast = dropsLast
        self.minimumBatch = minimumBatch
        self.seed = seed
        // Threads that fetch images from web servers wait for most of the time.
        let isRemote = dataset.count > 0 && (try? dataset.encodedImage(at: 0))?.isRemote ?? false
        self.workers = isRemote && workers > 0 ? max(workers, Self.remoteWorkers) : workers
        self.prefetch = workers == 0 ? 1 : prefetch ?? workers + 2
        self.reading = reading
        self.maximumUnreadable = maximumUnreadable
        let largest = max(1, min(batchSize, dataset.count)) + minimumBatch - 1
        pool = BufferPool(byteCount: largest * height * width * 3, capacity: self.prefetch + 1)
    }

    /// Returns a loader of one part of each batch, for one of several processes that share the work.
    ///
    /// It delivers a batch for each number, also without images, and joins no batches for unreadable images, so that
    /// all processes have the same batches. Images are transformed as in a loader of the whole batches.
    package func part(_ part: BatchPart) -> DataLoader {
        var loader = self
        loader.part = part
        let largest = part.largest(upTo: max(1, min(batchSize, dataset.count)) + minimumBatch - 1)
        loader.pool = BufferPool(byteCount: max(1, largest) * height * width * 3, capacity: prefetch + 1)
        return loader
    }

    /// The number of processors that the process may use.
    public static var processorCount: Int { ProcessorCount.available }

    /// The number of batches in an epoch. A batch without readable images is not delivered.
    public var batchCount: Int { batches(of: dataset.count).count }

    /// The number of images in an epoch, without those of a dropped last batch.
    public var imageCount: Int { batches(of: dataset.count).last?.upperBound ?? 0 }

    /// The indices in an epoch's order for each batch, for an epoch with `count` images.
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

    /// The indices in the dataset in the epoch's order.
    public func indices(epoch: Int) -> [Int] {
        switch order {
        case .sequential: Array(0..<dataset.count)
        case .shuffled: shuffledIndices(count: dataset.count, seed: seed, epoch: epoch, stream: RandomStream.shuffle)
        case .weighted(let weights): weightedIndices(weights, seed: seed, epoch: epoch)
        }
    }

    /// Starts the workers on an epoch and returns its batches in order.
    ///
    /// With `startingAt`, an interrupted epoch continues at that batch as if it had not been interrupted.
    public func batches(epoch: Int = 0, startingAt firstBatch: Int = 0) -> BatchIterator {
        BatchIterator(
            work: LoadingWork(self, epoch: epoch, firstBatch: firstBatch), workers: workers,
            minimumBatch: part == nil ? minimumBatch : 1, keepsEmpty: part != nil)
    }

    /// Reads and transforms one sample as in the epoch into memory of `height * width * 3` bytes; `draw` is its index
    /// in the epoch's order.
    ///
    /// - Returns: Whether the image has more frames than the one that is read.
    func load(_ index: Int, epoch: Int, draw: Int, into memory: UnsafeMutableRawBufferPointer) throws -> Bool {
        var random =
            if case .weighted = order {
                CountedRandom(seed: seed, epoch: epoch, index: draw, stream: RandomStream.draw)
            } else {
                CountedRandom(seed: seed, epoch: epoch, index: index)
            }
        let preparation = ImagePreparation(transforms, height: height, width: width, reading: reading)
        guard let file = try dataset.encodedImage(at: index) else {
            try preparation.write(dataset.image(at: index, options: reading), into: memory, using: &random)
            return false
        }
        return try preparation.write(ImageReader(file, options: reading), into: memory, using: &random)
    }
}
