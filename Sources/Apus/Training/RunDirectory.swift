internal import Foundation
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
    /// The figures for people.
    public var report: String { path + "/report.md" }

    /// The names of all files that a run writes.
    private var files: [String] { [configuration, metrics, best, last, report] }

    /// Makes the folder.
    ///
    /// - Throws: `ApusError` where a run is in it already, or it can't be made.
    init(creating path: String) throws(ApusError) {
        self.path = path
        if let present = files.first(where: fileExists) {
            throw ApusError("\(present) is there already, of another run; choose another folder, or move that one away")
        }
        do {
            try makeFolder(path)
        } catch {
            throw ApusError("\(error)")
        }
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

    func write(_ epochs: [EpochMetrics]) throws {
        let header =
            "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy\n"
        let lines = epochs.map {
            "\($0.epoch),\($0.learningRate),\($0.trainingLoss),\($0.trainingAccuracy),\($0.validationLoss),"
                + "\($0.validationAccuracy)\n"
        }
        try write(header + lines.joined(), to: metrics)
    }

    func write(_ text: String, to path: String) throws { try writeAtomically(Array(text.utf8), to: path) }
}

/// Whether something lies at a path.
func fileExists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// Makes a folder, and those above it that are not there. Foundation would do so too, but its errors tell no reason.
private func makeFolder(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    var code = errno
    if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try makeFolder(String(path[..<slash]))
        code = mkdir(path, 0o777) == 0 ? 0 : errno
    }
    var isFolder: ObjCBool = false
    if code == EEXIST, FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        return
    }
    guard code == 0 else { throw FileError(path: path, operation: "make the folder", code: code) }
}
