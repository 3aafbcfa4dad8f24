public import TorchDistributed

/// The processes that train one network together, each on its part of every batch.
///
/// `data.batchSize` is the batch of all processes together, so that the same seed gives the same images in the same
/// batches for any number of processes. Process 0 writes the files of the run; the others need only the data and the
/// weights.
public struct TrainingProcesses: Sendable {
    /// What the launcher has set for this process.
    public var environment: DistributedEnvironment
    /// The time after which a process that does not take part is lost, and the others end.
    public var timeout: Duration

    /// Creates a description of the processes.
    public init(_ environment: DistributedEnvironment, timeout: Duration = .seconds(600)) {
        (self.environment, self.timeout) = (environment, timeout)
    }
}
