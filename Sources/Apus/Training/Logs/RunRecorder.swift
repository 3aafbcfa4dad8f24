internal import Classifier
internal import Drawing
internal import Foundation
internal import Images
internal import TensorBoard
internal import Torch
internal import TorchVision

/// Writes what happens in a run to its logs, and remembers what a diagnosis is made of.
///
/// Steps are counted over the whole run.
@TensorActor
final class RunRecorder {
    private let log: RunLog
    private let curve: CurveLog
    /// For TensorBoard, where that was asked for.
    private let events: EventFileWriter?
    /// What each few steps came to.
    private(set) var steps: [StepSummary]

    /// Begins the logs of a run, or goes on with them after a step: what an earlier process wrote beyond it is cut off.
    init(_ run: RunDirectory, plan: TrainingPlan, writesEvents: Bool, after step: Int) throws {
        let isFresh = step == 0
        log = try RunLog(resuming: run.log, afterStep: isFresh ? -1 : step)
        curve = try CurveLog(resuming: run.steps, afterStep: step)
        events = try writesEvents ? EventFileWriter(resuming: run.events, afterStep: step) : nil
        steps = try CurveLog.read(run.steps)
        if isFresh {
            try record(.started(LogStart(plan)), step: 0)
            for note in plan.notes { try record(.note(note), step: 0) }
        } else {
            try record(.resumed, step: step)
        }
    }

    /// Notes what the last few steps came to.
    func record(_ summary: StepSummary) throws {
        steps.append(summary)
        try curve.write(summary)
        try record(.step(summary), step: summary.step)
        try events?.write(summary.summaryValues, step: summary.step)
    }

    /// Notes the end of an epoch.
    func record(_ metrics: EpochMetrics, isBest: Bool, step: Int) throws {
        try record(.epoch(metrics, isBest: isBest), step: step)
        try events?.write(metrics.summaryValues, step: step)
    }

    /// Shows the first pictures that are learned from, as the transforms leave them, where there is an event file.
    func record(pictures loader: DataLoader) throws {
        guard let events, let batch = try loader.batches(epoch: 0).next() else { return }
        let tiles = try (0..<min(16, batch.count)).map { place in
            let image = batch.image(at: place)
            let labels = loader.dataset.labels(at: batch.indices[place]).map { loader.dataset.classNames[$0] }
            return PictureGrid.Tile(
                try Raster(width: image.width, height: image.height, pixels: image.pixels),
                captions: [labels.joined(separator: ", ")])
        }
        let side = Double(min(128, max(loader.width, loader.height)))
        let sheet = PictureGrid("", tiles, columns: 4, tileSize: Size(width: side, height: side))
        try events.write([.image("pictures/training", png: sheet.png())], step: 0)
    }

    /// Tells how the values of the parameters are spread, where there is an event file.
    func record(parameters: [(name: String, tensor: Tensor)], step: Int) throws {
        guard let events else { return }
        try events.write(
            parameters.map { name, tensor in
                let values: [Float] = try tensor.detach().to(.float32).to(.cpu).contiguous().flatten().array()
                return .histogram(name, Histogram(values))
            }, step: step)
    }

    /// Notes what has no figures.
    func record(_ event: LogEvent, step: Int) throws {
        try log.write(event, step: step, time: Date().timeIntervalSince1970)
    }

    /// Brings everything to the disk, before a state is saved that relies on it.
    func synchronize() throws {
        try log.synchronize()
        try curve.synchronize()
        try events?.synchronize()
    }
}
