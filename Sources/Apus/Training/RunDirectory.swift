internal import Foundation
internal import TensorBoard
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
    /// What happened in the run, a JSON object on each line.
    public var log: String { path + "/log.jsonl" }
    /// The learning rate, the loss and the accuracy of the steps: a line for every few of them.
    public var steps: String { path + "/steps.csv" }
    /// What TensorBoard reads, where that was asked for.
    public var events: String { path + "/" + EventFileWriter.fileName }
    /// Which picture was learned from, and which was set aside: a line for each.
    public var split: String { path + "/split.csv" }

    /// The names of all files that a run writes.
    private var files: [String] {
        [configuration, metrics, best, last, report, page, curves, checkpoint, split, log, steps, events]
    }

    /// The folder of a run that is looked at.
    init(reading path: String) { self.path = path }

    /// The folder of a run that is to begin; it is made by `create`.
    ///
    /// - Throws: `ApusError` where a run is in it already.
    init(checking path: String) throws(ApusError) {
        self.path = path
        if let present = files.first(where: fileExists) {
            throw ApusError(
                "\(present) is there already, of another run; choose another folder, move that one away, or go on with "
                    + "that run: apus train --resume \(path)")
        }
    }

    /// Makes the folder.
    ///
    /// - Throws: `ApusError` where it can't be made.
    func create() throws(ApusError) {
        do {
            try makeFolder(path)
        } catch {
            throw ApusError("\(error)")
        }
    }

    /// Opens the folder of a run that is to go on, and clears away what was being written when it was cut off.
    ///
    /// - Throws: `ApusError` where no run is in it.
    init(opening path: String) throws(ApusError) {
        self.path = path
        guard fileExists(configuration) else {
            throw ApusError(
                "\(path): no run is in this folder (it would have config.json), so none can go on; begin one with "
                    + "--out \(path)")
        }
        for name in (try? entryNames(of: path)) ?? []
        where name.hasPrefix(".") && name.hasSuffix(".partial") {
            try? removeFile(path + "/" + name)
        }
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

    /// The first of `runs/NAME-1`, `runs/NAME-2`, … that does not exist.
    public static func next(for name: String) -> String {
        let number = (1...).first { !fileExists("runs/\(name)-\($0)") } ?? 1
        return "runs/\(name)-\(number)"
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

    /// Checks that the pictures are those that the run began with.
    ///
    /// - Throws: `ApusError` with the first that is another.
    func checkSplit(of data: TrainingData) throws {
        guard let table = data.table(in: path), let saved = try? fileBytes(split) else { return }
        let (now, then) = (table.split(separator: "\n"), String(fileName: saved).split(separator: "\n"))
        guard now != then else { return }
        let differing = zip(now, then).first { $0 != $1 }.map { "'\($0)' was '\($1)'" }
        throw ApusError(
            "\(data.path): the pictures have changed since the run began (\(differing ?? "\(now.count) in place of \(then.count)")"
                + "; see \(split)), so it can't go on as if nothing had been; put them back, or begin another run")
    }

    func write(_ epochs: [EpochMetrics]) throws {
        let header =
            "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy\n"
        let lines = epochs.map {
            "\($0.epoch),\($0.learningRate),\($0.trainingLoss),\($0.trainingAccuracy),\($0.validationLoss),"
                + "\($0.validationAccuracy)\n"
        }
        try write(header + lines.joined(), to: metrics)
    }

    func write(_ text: String, to path: String) throws { try writeAtomically(text.fileNameBytes, to: path) }
}

/// Whether something lies at a path.
func fileExists(_ path: String) -> Bool { path.withFileName { access($0, F_OK) } == 0 }
