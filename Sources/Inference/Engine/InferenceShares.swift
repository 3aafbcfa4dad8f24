internal import Platform

/// How an engine divides a machine: pictures a batch, batches computed side by side, threads for all of them.
public struct InferenceShares: Sendable, Hashable {
    /// How many pictures a batch has.
    public var batchSize: Int
    /// How many batches are computed at the same time.
    public var streams: Int
    /// How many threads compute, all streams taken together.
    public var threads: Int

    /// Shares of one's own choice.
    public init(batchSize: Int, streams: Int, threads: Int) {
        self.batchSize = batchSize
        self.streams = streams
        self.threads = threads
    }

    /// For many pictures: a stream of one thread for each core, and small batches.
    ///
    /// Threads that share no batch never wait for each other, so one that is interrupted, by a worker that decodes
    /// for instance, delays nobody: on two cores that two other processes kept busy, MobileNetV2 took 0.7 of the time
    /// that one stream of two threads did. Batches of 4 are enough to read the weights less often, and what a layer leaves
    /// for the next still fits the caches of a core: with MobileNetV2, batches of 16 cost 16 % more processor time and
    /// four times the memory; with ResNets 1 to 32 cost the same within 5 %.
    public static func throughput(batchSize: Int = 4, cores: Int = Self.coreCount) -> InferenceShares {
        InferenceShares(batchSize: batchSize, streams: max(1, cores), threads: max(1, cores))
    }

    /// For the soonest answer to single pictures: all cores on one picture.
    public static func latency(cores: Int = Self.coreCount) -> InferenceShares {
        InferenceShares(batchSize: 1, streams: 1, threads: max(1, cores))
    }

    /// How many processors this process may keep busy, by its affinity and its container's limit.
    public static var coreCount: Int { ProcessorCount.available }
}
