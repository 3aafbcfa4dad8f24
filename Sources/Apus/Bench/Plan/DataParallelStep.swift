/// The times of the parts of a training step in one process, in seconds.
package struct StepTimes: Sendable, Equatable, Codable {
    /// What reading and decoding add to a step: they share the processors with it, or it waits for them.
    package var input: Double
    /// The forward pass with the loss.
    package var forward: Double
    /// The backward pass.
    package var backward: Double
    /// The update of the parameters.
    package var update: Double

    /// Creates times in seconds.
    package init(input: Double = 0, forward: Double, backward: Double, update: Double) {
        (self.input, self.forward, self.backward, self.update) = (input, forward, backward, update)
    }

    /// The whole step without other processes.
    package var total: Double { input + forward + backward + update }
}

/// The predicted time of a training step in which several processes average their gradients, in seconds.
package struct DataParallelStep: Sendable, Equatable {
    /// The time of all transfers, whether or not the step waits for them.
    package let communication: Double
    /// The time in which the step waits for the network, because nothing is left to compute.
    package let waiting: Double
    /// The whole step.
    package let total: Double

    /// Predicts a step.
    ///
    /// Buckets are averaged one after the other. A bucket starts when its gradients are known, while the backward pass
    /// computes those of the next buckets, so only what is left after the backward pass costs time; the last bucket
    /// always is. S. Li et al.: PyTorch Distributed: Experiences on Accelerating Data Parallel Training, VLDB 2020,
    /// arXiv:2006.15704. A short message with the sums of the losses comes before the first bucket. The processor time
    /// of the transfers is not part of the prediction.
    ///
    /// - Parameters:
    ///   - times: The times of the computation in each process.
    ///   - buckets: The gradients, in the order in which they are sent.
    ///   - processes: The number of processes, each on a machine of its own.
    ///   - compression: The fraction of the bytes that are sent: 0.5 for bfloat16.
    package init(
        _ times: StepTimes, _ buckets: [GradientBucket], processes: Int, over link: NetworkLink,
        compression: Double = 1
    ) {
        let begin = times.input + times.forward
        let end = begin + times.backward
        let losses = link.allReduceSeconds(bytes: Self.bytesOfLosses, processes: processes)
        var (free, sum) = (begin + losses, losses)
        for bucket in buckets {
            let bytes = Int((Double(bucket.bytes) * compression).rounded())
            let seconds = link.allReduceSeconds(bytes: bytes, processes: processes)
            free = max(free, begin + times.backward * bucket.readyAt) + seconds
            sum += seconds
        }
        communication = sum
        waiting = max(0, free - end)
        total = times.total + waiting
    }

    /// The size of the sums of losses and hits in bytes.
    private static let bytesOfLosses = 16
}
