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
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ApusError("\(path) can't be made: \(reason(of: error)); choose another folder")
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

/// The system's own words for a failure of Foundation.
func reason(of error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
    if underlying.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(underlying.code))) }
    return switch (error as? CocoaError)?.code {
    case .fileWriteNoPermission: "permission denied"
    case .fileWriteFileExists: "a file of that name is in the way"
    case .fileWriteOutOfSpace: "no space left on the disk"
    default: error.localizedDescription
    }
}
