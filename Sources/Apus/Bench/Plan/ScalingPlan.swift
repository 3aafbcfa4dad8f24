/// The predicted speed of training with several processes, each on a machine like this one.
package struct ScalingPlan: Sendable, Equatable, Codable {
    /// The rate of the network in bytes per second, and its latency in seconds.
    package let link: NetworkLink
    /// The prediction for 1, 2, 4, … processes.
    package let rows: [Row]

    /// The prediction for a number of processes.
    package struct Row: Sendable, Equatable, Codable {
        /// The number of processes.
        package let processes: Int
        /// The largest number of images of a process in a step, if all processes share the measured batch.
        package let imagesPerProcess: Int
        /// The time of reading and computing in a step, in seconds.
        package let computeSeconds: Double
        /// The time of all transfers, and the part of it that is not hidden by the backward pass, in seconds.
        package let communicationSeconds: Double, waitingSeconds: Double
        /// The time of a step in seconds.
        package let stepSeconds: Double
        /// The images of all processes in a second.
        package let imagesPerSecond: Double
        /// The fraction of the images in a second that as many single processes would reach together.
        package let efficiency: Double
        /// The time of a step with gradients in bfloat16, in seconds.
        package let bfloat16StepSeconds: Double
        /// The same values if the batch grows with the number of processes.
        package let growingBatch: GrowingBatch

        /// The speed if each process has a whole batch.
        package struct GrowingBatch: Sendable, Equatable, Codable {
            /// The time of a step in seconds.
            package let stepSeconds: Double
            /// The images of all processes in a second.
            package let imagesPerSecond: Double
            /// The fraction of the images in a second that as many single processes would reach together.
            package let efficiency: Double
        }
    }

    /// Predicts the speed of 1, 2, 4, … up to `processes` processes.
    ///
    /// - Parameters:
    ///   - images: The number of images of a step, of all processes together.
    ///   - model: The measured times of steps.
    ///   - buckets: The gradients in the order in which they are sent.
    package init(
        images: Int, _ model: StepTimeModel, _ buckets: [GradientBucket], upTo processes: Int, over link: NetworkLink
    ) {
        self.link = link
        let alone = Double(images) / model.times(images: images).total
        rows = Self.counts(upTo: processes).map { count in
            let share = (images + count - 1) / count
            let times = model.times(images: share)
            func step(_ times: StepTimes, compression: Double = 1) -> DataParallelStep {
                DataParallelStep(times, buckets, processes: count, over: link, compression: compression)
            }
            let (shared, whole) = (step(times), step(model.times(images: images)))
            let (rate, grown) = (Double(images) / shared.total, Double(images * count) / whole.total)
            let possible = alone * Double(count)
            return Row(
                processes: count, imagesPerProcess: share, computeSeconds: times.total,
                communicationSeconds: shared.communication, waitingSeconds: shared.waiting,
                stepSeconds: shared.total, imagesPerSecond: rate, efficiency: rate / possible,
                bfloat16StepSeconds: step(times, compression: 0.5).total,
                growingBatch: .init(stepSeconds: whole.total, imagesPerSecond: grown, efficiency: grown / possible))
        }
    }

    /// The powers of 2 below a number, and the number.
    static func counts(upTo processes: Int) -> [Int] {
        sequence(first: 1) { $0 < processes - $0 ? $0 * 2 : nil }.filter { $0 < processes } + [processes]
    }
}
