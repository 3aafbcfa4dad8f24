public import TorchNN

extension Module {
    /// Makes the batch normalizations of this module use the statistics of the batches of all processes in training,
    /// like PyTorch's `SyncBatchNorm`; nil makes them use those of this process again.
    ///
    /// All processes must run the same layers in the same order. A process may have an empty batch.
    public func synchronizeBatchNorm(over group: ProcessGroup?) {
        for case let layer as BatchNorm in namedModules.map(\.module) {
            layer.statisticsReduction = group.map { group in { try group.sum($0) } }
        }
    }
}
