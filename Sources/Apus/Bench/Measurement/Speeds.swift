/// The speed of reading, decoding and transforming images.
package struct DecodingSpeed: Sendable, Equatable, Codable {
    /// The images in a second.
    package let rate: MeasuredRate
    /// The number of threads that read images.
    package let workers: Int
    /// The fraction of the time in which these threads, or the processors if these are fewer, computed, from 0 to 1.
    /// They wait for files in the rest.
    package let busyFraction: Double
}

/// The speed of the whole network in prediction, on images in memory.
package struct InferenceSpeed: Sendable, Equatable, Codable {
    /// The images in a second.
    package let rate: MeasuredRate
    /// The engine: `OpenVINO 2026.4.1, float32, 2 streams`.
    package let engine: String
}

/// The speed of training steps, on images in memory.
package struct StepSpeed: Sendable, Equatable, Codable {
    /// The images in a second.
    package let rate: MeasuredRate
    /// The number of images of a step.
    package let images: Int
    /// The times of the parts of a step, in seconds. Nothing is read, so the time of the input is 0.
    package let times: StepTimes
}

/// The speed of training as it is, with reading and decoding.
package struct TrainingSpeed: Sendable, Equatable, Codable {
    /// The images in a second.
    package let rate: MeasuredRate
    /// The fraction of the time in which a step waits for its images, from 0 to 1.
    package let waitingFraction: Double
}
