internal import Classifier
internal import Foundation
internal import Platform
package import TensorBoard
internal import Torch

/// The folder of a training run: its configuration, the figures of each epoch, the best and the last model.
public struct RunDirectory: Sendable, Equatable {
    /// The folder.
    public let path: String

    /// The configuration as JSON.
    public var configuration: String { path + "/config.json" }
    /// The figures, a line for each epoch.
    public var metrics: String { path + "/metrics.csv" }
    /// The model of the epoch with the best validation accuracy; of equal ones, that with the lower loss.
    public var best: String { path + "/best.safetensors" }
    /// The model of the last epoch.
    public var last: String { path + "/last.safetensors" }
    /// The figures for people, as text.
    public var report: String { path + "/report.md" }
    /// All that there is to say of the run, as a page that opens from disk.
    public var page: String { path + "/report.html" }
    /// The curves as a picture.
    public var curves: String { path + "/curves.png" }
    /// What the run needs to go on after a pause.
    public var checkpoint: String { path + "/checkpoint.safetensors" }
    /// What it needed before that, in case the other is damaged.
    public var previousCheckpoint: String { path + "/checkpoint-previous.safetensors" }
    /// What the run was begun with: digests of the images, the weights and the network, and the configuration.
    public var inputs: String { path + "/inputs.json" }
    /// What happened in the run, a JSON object on each line.
    public var log: String { path + "/log.jsonl" }
    /// The learning rate, the loss and the accuracy of the steps: a line for every few of them.
    public var steps: String { path + "/steps.csv" }
    /// What TensorBoard reads, where that was asked for.
    public var events: String { path + "/" + EventFileWriter.fileName }
    /// Which picture was learned from, and which was set aside: a line for each.
    public var split: String { path + "/split.csv" }

    /// The names of all files that a run writes.
    var files: [String] {
        [
            configuration, metrics, best, last, report, page, curves, checkpoint, previousCheckpoint, inputs,
            split, log, steps, events,
        ]
    }

    /// The folder at a path, whatever is in it.
    init(reading path: String) { self.path = path }

    /// Checks that no run is in the folder.
    ///
    /// - Throws: `ApusError` with a file of another run.
    func checkEmpty() throws(ApusError) {
        guard let present = files.first(where: fileExists) else { return }
        throw ApusError(
            .runExists, path: path, "\(present.fileName) is there already, of another run",
            advice: "choose another folder, move that one away, or resume that run")
    }

    /// The model that is kept of an epoch.
    public func kept(epoch: Int) -> String { path + "/epoch-\(epoch).safetensors" }

    /// Keeps the model of an epoch, and of earlier ones the latest.
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
        struct Saved: Encodable {
            let data: String
            let configuration: TrainingConfiguration
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(
            String(decoding: try encoder.encode(Saved(data: data, configuration: configuration)), as: UTF8.self) + "\n",
            to: self.configuration)
    }

    /// Writes which pictures are learned from and which are set aside.
    func write(_ data: TrainingData) throws {
        if let table = data.table(in: path) { try write(table, to: split) }
    }

    /// Keeps the state that was saved last beside the one that is about to be saved.
    func keepState() throws {
        guard fileExists(checkpoint) else { return }
        // Where the file system has no second names for files, the state is away for a moment, and then this one is taken.
        let temporary = path + "/.checkpoint-previous.partial"
        try? removeFile(temporary)
        let isLinked = checkpoint.withFileName { old in temporary.withFileName { link(old, $0) == 0 } }
        try renameFile(isLinked ? temporary : checkpoint, to: previousCheckpoint)
    }

    func write(_ epochs: [EpochMetrics]) throws {
        let isMultiLabel = epochs.contains { $0.validationMeanAveragePrecision != nil }
        let header =
            "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy"
            + (isMultiLabel ? ",validation_mean_average_precision" : "")
        let lines = epochs.map { epoch in
            "\(epoch.epoch),\(epoch.learningRate),\(epoch.trainingLoss),\(epoch.trainingAccuracy),"
                + "\(epoch.validationLoss),\(epoch.validationAccuracy)"
                + (isMultiLabel ? ",\(epoch.validationMeanAveragePrecision.map { "\($0)" } ?? "")" : "")
        }
        try write(([header] + lines).map { $0 + "\n" }.joined(), to: metrics)
    }

    /// Finds out whether a run may be here.
    ///
    /// - Throws: `ApusError` where the folder can't be looked at, for another reason than that nothing is there.
    func checkAccess() throws(ApusError) {
        let code = configuration.withFileName { access($0, F_OK) == 0 ? 0 : errno }
        guard ![0, ENOENT, ENOTDIR].contains(code) else { return }
        throw ApusError(
            .unreadableFile, path: configuration,
            "can't be looked at: \(String(cString: strerror(code)).lowercased())",
            advice: "check the path and the permissions of its folders")
    }

    func write(_ text: String, to path: String) throws { try writeAtomically(text.fileNameBytes, to: path) }
}
