internal import Classifier
public import Platform
public import TorchVision

extension ImageClassifier {
    /// Trains a classifier on a folder of pictures, and saves the best and the last model in a run directory.
    ///
    /// The same configuration and pictures give the same files, bit by bit, on the same machine, whatever the number of
    /// workers: on a CPU always, on CUDA where `isDeterministic` is set. LibTorch has one random generator for the process,
    /// so what else makes networks or draws numbers meanwhile is to do so on `TensorActor`.
    ///
    /// ```swift
    /// let run = try await ImageClassifier.train(on: "photos", TrainingConfiguration()) { events in
    ///     for await case .epochEnded(let metrics, _) in events { print(metrics.epoch, metrics.validationAccuracy) }
    /// }
    /// ```
    ///
    /// Where the task is canceled, or `reader` throws, the run saves its state after the step that it is at, and stops.
    ///
    /// - Parameters:
    ///   - data: the dataset, in any layout that `openDataset` knows.
    ///   - configuration: the settings of the run.
    ///   - network: a network of your own program, in place of the one that the configuration names.
    ///   - directory: the folder of the run, which must not hold another run; nil for the first of `runs/MODEL-1`,
    ///     `runs/MODEL-2`, … that does not exist. No other process may work on it meanwhile.
    ///   - store: where published weights are kept.
    ///   - reader: reads what happens, while it happens. Training goes on where it returns early.
    /// - Throws: what `reader` throws; an error that says what to do: about the configuration, the data, the weights, the
    ///   disk, or a loss that is no number any more; `TrainingInterruption` where the task is canceled. What was saved
    ///   before stays.
    public static func train(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        directory: String? = nil, store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingResult {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await train(
                on: data, configuration, network: network, directory: directory, store: store, reportingTo: events)
        }
    }

    /// Goes on with a run that was stopped or cut off, from the state that it saved last. It ends with the same files, bit
    /// by bit, as if it had never been stopped; on CUDA where its configuration sets `isDeterministic`.
    ///
    /// - Parameters:
    ///   - directory: the folder of the run.
    ///   - data: where its data lie now; nil for where they were.
    ///   - epochs: another number of epochs than the run was begun for; nil for the same.
    ///   - network: for a network of your own program, the one that the run trains.
    ///   - store: where published weights are kept.
    ///   - reader: reads what happens, as with `train`.
    /// - Throws: as `train` does; `ApusError` where there is no run, another process works on it, its data have changed, or
    ///   it is done.
    public static func resume(
        _ directory: String, data: String? = nil, epochs: Int? = nil, network: Architecture? = nil,
        store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingResult {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await resume(
                directory, data: data, epochs: epochs, network: network, store: store, reportingTo: events)
        }
    }

    /// Returns what a run would do, and leaves nothing behind.
    ///
    /// - Parameters:
    ///   - data: the dataset, in any layout that `openDataset` knows.
    ///   - configuration: the settings of the run.
    ///   - network: a network of your own program, in place of the one that the configuration names.
    ///   - directory: the folder that the run would have, where it is known already.
    ///   - store: where published weights are kept.
    ///   - reader: reads how far the download of weights is.
    /// - Throws: as `train` does before its first step.
    public static func plan(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        directory: String? = nil, store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingPlan {
        if let directory { try RunDirectory(reading: directory).checkEmpty() }
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try TrainingSetup(
                configuration, on: data, network: network, store: store, download: events.download
            ).plan
        }
    }
}
