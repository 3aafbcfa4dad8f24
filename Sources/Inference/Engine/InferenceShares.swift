internal import Platform

/// The division of a machine for an engine: images per batch, batches computed in parallel, and threads.
public struct InferenceShares: Sendable, Hashable {
    /// The number of images in a batch.
    public var batchSize: Int
    /// The number of batches computed in parallel.
    public var streams: Int
    /// The total number of threads of all streams.
    public var threads: Int

    /// Creates a custom division.
    public init(batchSize: Int, streams: Int, threads: Int) {
        self.batchSize = batchSize
        self.streams = streams
        self.threads = threads
    }

    /// The division for many images: one single-threaded stream for each core, and small batches.
    ///
    /// Threads that share no batch never wait for each other, so an interrupted thread (for example by a worker that
    /// decodes) delays no other. On two cores that two other processes kept busy, MobileNetV2 took 0.7 of the time of
    /// one stream with two threads. Batches of 4 are large enough to read the weights less often, and a layer's results
    /// still fit into the caches of a core. With MobileNetV2, batches of 16 cost 16 % more processor time and four
    /// times the memory; with ResNets, batches of 1 to 32 cost the same within 5 %.
    public static func throughput(batchSize: Int = 4, cores: Int = Self.coreCount) -> InferenceShares {
        InferenceShares(batchSize: batchSize, streams: max(1, cores), threads: max(1, cores))
    }

    /// The division for the lowest latency of single images: all cores work on one image.
    public static func latency(cores: Int = Self.coreCount) -> InferenceShares {
        InferenceShares(batchSize: 1, streams: 1, threads: max(1, cores))
    }

    /// The number of processors that this process may use, by its affinity and its container's limit.
    public static var coreCount: Int { ProcessorCount.available }
}
