public import Classifier
internal import Foundation
public import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// The result of a training run.
public struct TrainingResult: Sendable {
    /// The metrics of the validation images before training; nil if they were not requested.
    public let initial: InitialMetrics?
    /// The metrics of each epoch.
    public let epochs: [EpochMetrics]
    /// The epoch whose model is `best.safetensors`.
    public let best: EpochMetrics
    /// The folder of the run.
    public let directory: RunDirectory
    /// The number of images that could not be read.
    public let unreadable: Int
    /// The duration, in seconds, of each epoch that this process trained, including validation and without saving. No
    /// file of the run has it, because equal runs write equal files.
    public let seconds: [Double]
    /// Whether early stopping ended the run before its last epoch.
    public let endedEarly: Bool
    /// The diagnosis of the training curves, the most severe finding first.
    public let findings: [Finding]
    /// Whether the data is multi-label. Accuracies are then of all labels.
    public let isMultiLabel: Bool
    /// What was found in the data.
    public let dataset: DataDescription
    /// How the training loss differs from the validation loss; nil if both are the same function.
    public let lossNote: String?
    /// The calibration of the best model's probabilities; nil for multi-label data.
    public let calibration: ModelCalibration?

    /// The result of the best model on the validation images in plain words (`Evaluation.verdict`); nil if the run
    /// wrote no report page.
    public internal(set) var verdict: String?

    /// The path of the report page; nil if the run wrote none.
    public var page: String? { fileExists(directory.page) ? directory.page : nil }
}

/// An error that is thrown by a canceled run after it has saved its state.
public struct TrainingInterruption: Error, Sendable, CustomStringConvertible {
    /// The epoch, from 1, and the number of its steps that are done.
    public let epoch: Int, step: Int
    /// The folder of the run.
    public let directory: String?

    /// The epoch and the step.
    public var description: String {
        "stopped in epoch \(epoch) after step \(step)"
    }
}
