internal import Classifier
public import Platform
public import TorchVision

extension ImageClassifier {
    /// Trains a classifier on a dataset, and saves the best and the last model in a run folder.
    ///
    /// The same configuration and images give the same files, bit by bit, on the same machine, for any number of
    /// workers: always on a CPU, and on CUDA if `compute.isDeterministic` is set. LibTorch has one random generator per
    /// process, so other code that draws random numbers during training must run on `TensorActor`.
    ///
    /// ```swift
    /// let run = try await ImageClassifier.train(on: "photos", TrainingConfiguration()) { events in
    ///     for await case .epochEnded(let metrics, _) in events { print(metrics.epoch, metrics.validationAccuracy) }
    /// }
    /// ```
    ///
    /// If the task is canceled, or `reader` throws, the run saves its state after the current step, and stops.
    ///
    /// - Parameters:
    ///   - data: The dataset, in any layout that `openDataset` reads.
    ///   - configuration: The settings of the run.
    ///   - network: A custom network, in place of the one that the configuration names.
    ///   - loss: A custom loss; nil for the cross entropy, in multi-label data the binary cross entropy.
    ///   - metrics: Custom metrics in addition to the built-in ones.
    ///   - directory: The folder of the run, which must not have another run; nil for the first of `runs/MODEL-1`,
    ///     `runs/MODEL-2`, … that does not exist. No other process can use it during training.
    ///   - store: The store of published weights.
    ///   - processes: The processes that train together; nil for this one alone. A process whose launcher has
    ///     restarted it continues the run in `directory`, or the last one of the same configuration.
    ///   - reader: Reads the events during training. If it returns early, training continues.
    /// - Throws: The errors of `reader`; an error about the configuration, the data, the weights, the disk or a
    ///   diverging loss; `DistributedError` if another process is lost; `TrainingInterruption` if the task is canceled,
    ///   in any process. Files that are already saved are kept.
    public static func train(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        loss: TrainingLoss? = nil, metrics: [any TrainingMetric] = [], directory: String? = nil,
        store: WeightsStore = .standard, processes: TrainingProcesses? = nil,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingResult {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await train(
                on: data, configuration, network: network, custom: CustomParts(loss: loss, metrics: metrics),
                directory: directory, store: store, processes: processes, reportingTo: events)
        }
    }

    /// Resumes a run that was stopped or interrupted, from its last saved state. It ends with the same files, bit by
    /// bit, as an uninterrupted run; on CUDA if its configuration sets `compute.isDeterministic`.
    ///
    /// - Parameters:
    ///   - directory: The folder of the run.
    ///   - data: The new path of its data, if it was moved.
    ///   - epochs: A new number of epochs; nil for that of the configuration.
    ///   - network: The custom network, if the run trains one.
    ///   - loss: The custom loss that the run began with. The run folder has only its name.
    ///   - metrics: The custom metrics that the run began with.
    ///   - store: The store of published weights.
    ///   - processes: The processes that train together, as many as before or not; nil for this one alone.
    ///   - reader: Reads the events, as for `train`.
    /// - Throws: The errors of `train`; `ApusError` if there is no run, it has ended, another process uses it, or its
    ///   data has changed.
    public static func resume(
        _ directory: String, data: String? = nil, epochs: Int? = nil, network: Architecture? = nil,
        loss: TrainingLoss? = nil, metrics: [any TrainingMetric] = [], store: WeightsStore = .standard,
        processes: TrainingProcesses? = nil,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingResult {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await resume(
                directory, data: data, epochs: epochs, network: network,
                custom: CustomParts(loss: loss, metrics: metrics), store: store, processes: processes,
                reportingTo: events)
        }
    }

    /// Returns the plan of a run, without writing files.
    ///
    /// - Parameters:
    ///   - data: The dataset, in any layout that `openDataset` reads.
    ///   - configuration: The settings of the run.
    ///   - network: A custom network, in place of the one that the configuration names.
    ///   - loss: A custom loss; nil for the cross entropy.
    ///   - metrics: Custom metrics in addition to the built-in ones.
    ///   - directory: The folder of the run, to check that it has no other run.
    ///   - store: The store of published weights.
    ///   - processes: The number of processes that the run will have.
    ///   - reader: Reads the progress of the download of weights.
    /// - Throws: The errors of `train` before its first step.
    public static func plan(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        loss: TrainingLoss? = nil, metrics: [any TrainingMetric] = [], directory: String? = nil,
        store: WeightsStore = .standard, processes: Int = 1,
        readBy reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void = { _ in }
    ) async throws -> TrainingPlan {
        if let directory { try RunDirectory(reading: directory).checkEmpty() }
        let custom = CustomParts(loss: loss, metrics: metrics)
        try custom.validate(with: configuration)
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try TrainingSetup(
                configuration, on: data, network: network, custom: custom, store: store,
                team: TrainingTeam(planned: processes), download: events.download
            ).plan
        }
    }
}
