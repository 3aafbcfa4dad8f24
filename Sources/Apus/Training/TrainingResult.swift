public import Classifier
internal import Foundation
public import Images
package import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a training run leaves behind.
public struct TrainingResult: Sendable {
    /// The figures of each epoch.
    public let epochs: [EpochMetrics]
    /// The epoch whose model is `best.safetensors`.
    public let best: EpochMetrics
    /// The folder of the run.
    public let directory: RunDirectory
    /// How many pictures could not be read.
    public let unreadable: Int
    /// How long each epoch took that this process trained, validation included and saving not, in seconds. Not in any
    /// file of the run, since equal runs write equal files.
    public let seconds: [Double]
    /// Whether the run ended before its last epoch, since no better one came.
    public let endedEarly: Bool
    /// What the curves tell, the gravest first.
    public let findings: [Finding]
    /// Whether images may have several labels, so that accuracies are of labels.
    public let isMultiLabel: Bool
    /// What was understood of the data.
    public let dataset: DataDescription
    /// In which way the training loss is not the validation loss; nil where both are the same function.
    public let lossNote: String?
    /// What makes the best model's probabilities mean what they say; nil where pictures may have several classes.
    public let calibration: ModelCalibration?

    /// The page that tells of the run; nil where none was asked for.
    public var page: String? { fileExists(directory.page) ? directory.page : nil }
}

/// A run was asked to stop, and has saved where it is.
public struct TrainingInterruption: Error, Sendable, CustomStringConvertible {
    /// The epoch that it was in, from 1, and how many of its steps are done.
    public let epoch: Int, step: Int
    /// The folder of the run.
    public let directory: String?

    /// Where it stopped.
    public var description: String {
        "stopped in epoch \(epoch) after step \(step)"
    }
}
