internal import Classifier
internal import Foundation
internal import Platform
internal import TensorBoard
internal import Torch

/// The folder of a training run: its configuration, the metrics of each epoch, the best and the last model.
public struct RunDirectory: Sendable, Equatable {
    /// The folder.
    public let path: String

    /// The configuration as JSON.
    public var configuration: String { path + "/config.json" }
    /// The metrics, one line per epoch.
    public var metrics: String { path + "/metrics.csv" }
    /// The model of the best epoch.
    public var best: String { path + "/best.safetensors" }
    /// The model of the last epoch.
    public var last: String { path + "/last.safetensors" }
    /// The report as Markdown.
    public var report: String { path + "/report.md" }
    /// The report as a web page.
    public var page: String { path + "/report.html" }
    /// The chart of the training curves.
    public var curves: String { path + "/curves.png" }
    /// The training state, from which the run can resume.
    public var checkpoint: String { path + "/checkpoint.safetensors" }
    /// The training state before it, in case the other one is damaged.
    public var previousCheckpoint: String { path + "/checkpoint-previous.safetensors" }
    /// The inputs of the run: digests of the images, the weights and the network, and the configuration.
    public var inputs: String { path + "/inputs.json" }
    /// The events of the run, one JSON object per line.
    public var log: String { path + "/log.jsonl" }
    /// The learning rate, the loss and the accuracy of the steps: one line for every few steps.
    public var steps: String { path + "/steps.csv" }
    /// The event file for TensorBoard, if the configuration asks for it.
    public var events: String { path + "/" + EventFileWriter.fileName }
    /// The split of each image, training, validation or test: one line per image.
    public var split: String { path + "/split.csv" }

    /// The paths of all files that a run writes.
    var files: [String] {
        [
            configuration, metrics, best, last, report, page, curves, checkpoint, previousCheckpoint, inputs,
            split, log, steps, events,
        ]
    }

    /// Creates a description of the folder at a path, without checking its content.
    package init(reading path: String) { self.path = path }

    /// Checks that no run is in the folder.
    ///
    /// - Throws: `ApusError` that names a file of another run.
    func checkEmpty() throws(ApusError) {
        guard let present = files.first(where: fileExists) else { return }
        throw ApusError(
            .runExists, path: path, "\(present.fileName) already exists, from another run",
            advice: "choose another folder, move this one away, or resume its run")
    }

    /// The model that is kept for an epoch.
    public func kept(epoch: Int) -> String { path + "/epoch-\(epoch).safetensors" }

    /// Keeps the model of an epoch, and removes the oldest of the kept models.
    func keep(epoch: Int, atMost count: Int?, write: (String) throws -> Void) throws {
        try write(kept(epoch: epoch))
        guard let count else { return }
        let names = try entryNames(of: path)
        let epochs = names.compactMap { name in
            name.hasPrefix("epoch-") && name.hasSuffix(".safetensors") ? Int(name.dropFirst(6).dropLast(12)) : nil
        }
        for old in epochs.sorted().dropLast(count) { try removeFile(kept(epoch: old)) }
    }

    func write(_ configuration: TrainingConfiguration, data: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = try encoder.encode(ConfigurationFile(configuration, data: data))
        try write(String(decoding: file, as: UTF8.self) + "\n", to: self.configuration)
    }

    /// Writes the split of each image.
    func write(_ data: TrainingData) throws {
        if let table = data.table(in: path) { try write(table, to: split) }
    }

    /// Keeps the last saved state while the next one is written.
    func keepState() throws {
        guard fileExists(checkpoint) else { return }
        // On file systems without hard links the state is missing for a moment; then this one is used.
        let temporary = path + "/.checkpoint-previous.partial"
        try? removeFile(temporary)
        let isLinked = checkpoint.withFileName { old in temporary.withFileName { link(old, $0) == 0 } }
        try renameFile(isLinked ? temporary : checkpoint, to: previousCheckpoint)
    }

    /// The columns of `metrics`; the last one is for multi-label data only. Custom metrics follow.
    static let columns = [
        "epoch", "learning_rate", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy",
        "validation_mean_average_precision",
    ]

    func write(_ epochs: [EpochMetrics]) throws {
        let isMultiLabel = epochs.contains { $0.validationMeanAveragePrecision != nil }
        let custom = (epochs.last?.custom ?? [:]).keys.sorted()
        let header = (Self.columns.dropLast(isMultiLabel ? 0 : 1) + custom).joined(separator: ",")
        let lines = epochs.map { epoch in
            "\(epoch.epoch),\(epoch.learningRate),\(epoch.trainingLoss),\(epoch.trainingAccuracy),"
                + "\(epoch.validationLoss),\(epoch.validationAccuracy)"
                + (isMultiLabel ? ",\(epoch.validationMeanAveragePrecision.map { "\($0)" } ?? "")" : "")
                + custom.map { name in ",\(epoch.custom?[name].map { "\($0)" } ?? "")" }.joined()
        }
        try write(([header] + lines).map { $0 + "\n" }.joined(), to: metrics)
    }

    /// Checks that the folder can be read.
    ///
    /// - Throws: `ApusError` if the system denies access. A folder that does not exist is not an error.
    func checkAccess() throws(ApusError) {
        let code = configuration.withFileName { access($0, F_OK) == 0 ? 0 : errno }
        guard ![0, ENOENT, ENOTDIR].contains(code) else { return }
        throw ApusError(
            .unreadableFile, path: configuration,
            "can't be read: \(String(cString: strerror(code)).lowercased())",
            advice: "check the path and the permissions of its folders")
    }

    func write(_ text: String, to path: String) throws { try writeAtomically(text.fileNameBytes, to: path) }
}
