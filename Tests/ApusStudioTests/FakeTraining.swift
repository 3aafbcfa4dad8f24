import Apus
import Classifier
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import TorchVision

@testable import ApusStudio

/// A project with labeled photos, and a shell script in place of `apus train` that does what the test says: it makes the
/// run's folder, then waits for `go`, `fail`, or Ctrl-C.
final class FakeTraining {
    let folder: TemporaryFolder
    let context: StudioContext
    let runs: RunService

    /// - Parameter photos: the number of photos of each class.
    init(_ photos: [String: Int] = ["ant": 6, "bee": 6]) throws {
        folder = try TemporaryFolder()
        try folder.make("photos", "fake", "weights")
        for (name, count) in photos {
            for place in 0..<count {
                let color = RGBColor(red: UInt8(place), green: UInt8(name.utf8.count), blue: 90)
                try folder.write(
                    "photos/\(name)/\(place).jpg", try Image(width: 8, height: 8, filledWith: color).jpegData())
            }
        }
        let script = """
            #!/bin/sh
            fake='\(folder.path("fake"))'
            printf '%s\\n' "$@" >> "$fake/arguments"
            case "$2" in --resume) dir="$3" ;; *) dir="$6" ;; esac
            mkdir -p "$dir"
            trap 'cat "$fake/stopped" >> "$dir/log.jsonl"; echo saved >> "$fake/interruptions"; exit 130' INT
            echo 'features  10 of 40  5/s  0:06 left' >&2
            cp "$fake/config" "$dir/config.json"
            cat "$fake/begun" >> "$dir/log.jsonl"
            : > "$fake/ready"
            while [ ! -e "$fake/go" ] && [ -e "$fake/config" ]; do
                if [ -e "$fake/fail" ]; then printf 'a note\\napus: the disk is full\\nfree some space\\n' >&2; exit 1; fi
                sleep 0.01
            done
            cat "$fake/finished" >> "$dir/log.jsonl"
            echo model > "$dir/best.safetensors"
            echo report > "$dir/report.md"
            """
        let program = try folder.write("fake/apus", script.utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let configuration = TrainingConfiguration(model: "resnet18", epochs: 2)
        try folder.write("fake/config", try jsonText(ConfigurationFile(configuration, data: "table.csv")).utf8)
        try folder.write("fake/begun", try Self.log([(.started(Self.start), 0, 100)]))
        try folder.write("fake/stopped", try Self.log([(.stopped(reason: "it was canceled"), 4, 140)]))
        try folder.write(
            "fake/finished",
            try Self.log([
                (.step(Self.step(4, loss: 0.5)), 4, 110), (.epoch(Self.epoch(1, accuracy: 0.75), isBest: true), 4, 120),
                (.epoch(Self.epoch(2, accuracy: 0.5), isBest: false), 8, 140),
                (.finished(Self.epoch(1, accuracy: 0.75)), 8, 140),
            ]))
        let store = WeightsStore(folder: folder.path("weights"))
        for name in ["mobilenet_v2", "resnet18"] {
            let file = Architecture.named(name)?.weights.first?.file.fileName ?? ""
            try folder.write("weights/\(file)", "weights".utf8)
        }
        let project = try Project(at: folder.path("photos"), isDurable: false)
        if !photos.isEmpty { _ = try project.scan() }
        // Whatever the scan takes for classes.
        for name in photos.keys.sorted() {
            let known = project.classes.first { $0.name == name }?.id
            let classID = try known ?? project.apply(.addClass(name: name)).created
            try project.apply(.label(project.ids(PhotoFilter(text: name + "/")), classID: classID))
        }
        context = try StudioContext(project, executable: program, store: store)
        runs = RunService(context)
    }

    static let start = LogStart(
        data: "table.csv", model: "resnet18:IMAGENET1K_V1", strategy: "all", head: "linear", classes: ["ant", "bee"],
        isMultiLabel: false, trainingImages: 32, validationImages: 8, trainableParameters: 10, parameters: 20,
        epochs: 2, stepsPerEpoch: 4, device: "cpu", processor: Processors.summary)

    static func step(_ step: Int, loss: Double) -> StepSummary {
        StepSummary(epoch: 1, step: step, learningRate: 0.001, loss: loss, accuracy: 0.5, images: 32)
    }

    static func epoch(_ epoch: Int, accuracy: Double) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, learningRate: 0.001, trainingLoss: 1 / Double(epoch), trainingAccuracy: accuracy,
            validationLoss: 1.5 / Double(epoch), validationAccuracy: accuracy)
    }

    /// The lines of a log: events, their steps, and their times.
    static func log(_ events: [(event: LogEvent, step: Int, time: Double)]) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "log.jsonl").path
            let log = try RunLog(creating: path)
            for (event, step, time) in events { try log.write(event, step: step, time: time) }
            return try fileBytes(path)
        }
    }

    /// Makes a file that the script waits for.
    func say(_ name: String) throws { try folder.write("fake/\(name)") }

    /// Starts a run with the first preset, and waits until the script has begun.
    func begin(_ name: String? = nil) async throws -> String {
        let name = try runs.start(.quick, [:], name: name)
        try await eventually { self.exists("fake/ready") }
        return name
    }

    func exists(_ name: String) -> Bool { fileExists(folder.path(name)) }

    /// The words with which the script was started, all times together.
    var arguments: [String] {
        get throws { try text("fake/arguments").split(separator: "\n").map(String.init) }
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: folder.path(name), encoding: .utf8) }
}

/// Waits until a condition holds.
///
/// - Throws: an error if it does not within a minute.
func eventually(_ condition: () throws -> Bool) async throws {
    struct Late: Error {}
    let deadline = ContinuousClock.now + .seconds(60)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Late() }
        try await Task.sleep(for: .milliseconds(5))
    }
}
