package import Images

/// The measured speeds of a training on this machine, what limits them, and what to change.
package struct BenchResult: Sendable, Encodable {
    /// The path of the data.
    package let data: String
    /// What was found in the data.
    package let dataset: DataDescription
    /// The network and its weights.
    package let model: String
    /// The part of the network that is trained.
    package let strategy: TrainingStrategy
    /// The device, and the name of its processor; nil if it is unknown.
    package let device: String, processor: String?
    /// The numeric precision of layers.
    package let precision: TrainingPrecision
    /// The number of trainable parameters, and of all parameters.
    package let trainableParameters: Int, parameters: Int
    /// Reading files; nil if the images are not in files.
    package let reading: ReadingSpeed?
    /// Reading, decoding and transforming.
    package let decoding: DecodingSpeed
    /// The same with JPEG files decoded at a reduced size; nil if it was not measured.
    package let fastDecoding: DecodingSpeed?
    /// Prediction.
    package let inference: InferenceSpeed
    /// Training steps alone.
    package let steps: StepSpeed
    /// Training.
    package let training: TrainingSpeed
    /// The gradients, in the order in which processes average them.
    package let buckets: [GradientBucket]
    /// What limits the training.
    package let limit: Limit
    /// The limit in words, and what to change. Settings are in backticks.
    package var findings: [String]
    /// The prediction for several processes; nil if none was asked for.
    package let plan: ScalingPlan?

    /// What limits the speed of a training.
    package enum Limit: String, Sendable, Codable {
        /// Reading files: the disk or the network.
        case reading
        /// Decoding and transforming images.
        case decoding
        /// Computing the network.
        case compute
    }

    /// The size of all gradients in bytes.
    package var gradientBytes: Int { buckets.reduce(0) { $0 + $1.bytes } }
}
