internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Trains a classifier on a folder of pictures, and saves the best and the last model in a run directory.
    ///
    /// The same configuration and pictures give the same files, bit by bit, on the same machine, whatever the number of
    /// workers: on a CPU always, on CUDA where `isDeterministic` is set. LibTorch has one random generator for the process,
    /// so what else makes networks or draws numbers meanwhile is to do so on `TensorActor`. Where the task is cancelled the run saves its state after the step that it is at.
    ///
    /// - Parameters:
    ///   - data: the dataset, in any layout that `openDataset` knows.
    ///   - network: a network of your own program, in place of the one that the configuration names.
    ///   - directory: the folder of the run, which must not hold another run; nil for the first of `runs/MODEL-1`,
    ///     `runs/MODEL-2`, … that does not exist. No other process may work on it meanwhile.
    ///   - store: where published weights are kept.
    ///   - onEvent: told what happens, on the thread of the work.
    ///   - download: told how far a download of weights is, from another thread: bytes received, and in all.
    /// - Throws: an error that says what to do: about the configuration, the data, the weights, the disk, or a loss
    ///   that is no number any more; `TrainingInterruption` where the task is cancelled. What was saved before stays.
    public static func train(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        directory: String? = nil, store: WeightsStore = .standard,
        onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in },
        download: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> TrainingResult {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        // What is wrong with the settings is told before a picture is looked for.
        let reference = try reference(network, configuration)
        _ = try Device.find(configuration.device)
        // The run's folder may lie within that of the data.
        let pictures = try TrainingData(at: data, configuration)
        let held = try HeldRun(beginning: directory, name: reference.architecture.name)
        defer { held.release() }
        let run = held.directory
        let training = try Training(
            configuration, reference: reference, data: pictures, run: run, store: store,
            onEvent: onEvent, download: download)
        let inputs = try RunInputs(configuration, reference: reference, images: ImageListing(of: pictures))
        training.split = inputs.images.record
        try inputs.write(to: run)
        try run.write(pictures)
        // With its configuration the folder is one of a run.
        try run.write(configuration, data: data)
        return try await finish(training, on: pictures, network: network, onEvent: onEvent)
    }

    /// Goes on with a run that was stopped or cut off, from the state that it saved last. It ends with the same files, bit
    /// by bit, as if it had never been stopped; on CUDA where its configuration sets `isDeterministic`.
    ///
    /// - Parameters:
    ///   - directory: the folder of the run.
    ///   - data: where its data lie now; nil for where they were.
    ///   - epochs: another number of epochs than the run was begun for; nil for the same.
    ///   - network: for a network of your own program, the one that the run trains.
    /// - Throws: as `train` does; `ApusError` where there is no run, another process works on it, its data have changed, or
    ///   it is done.
    public static func resume(
        _ directory: String, data: String? = nil, epochs: Int? = nil, network: Architecture? = nil,
        store: WeightsStore = .standard,
        onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in },
        download: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> TrainingResult {
        let held = try HeldRun(resuming: directory)
        defer { held.release() }
        let run = held.directory
        let begunWith = try TrainingConfiguration.read(run.configuration)
        guard let place = data ?? begunWith.data else {
            throw ApusError("\(run.configuration): it does not tell where the run's data lie")
        }
        var configuration = begunWith.configuration
        if let epochs { configuration.epochs = epochs }
        try configuration.validate()
        let reference = try reference(network, configuration)
        let pictures = try runData(at: place, configuration)
        let inputs = try RunInputs(configuration, reference: reference, images: ImageListing(of: pictures))
        let begun = try RunInputs.read(of: run)
        if let begun { try inputs.check(since: begun, run: run, data: place) }
        // A run may be cut off before it has saved anything: then it begins anew.
        let saved = try RunState.readLast(of: run)
        if let state = saved?.state {
            if state.epoch > configuration.epochs, fileExists(run.report) {
                throw ApusError(
                    "\(directory): the run has done its \(state.epoch - 1) epochs; to train more, give --epochs with a "
                        + "larger number")
            }
            if state.best != nil { try checkModels(of: run) }
        }
        let training = try Training(
            configuration, reference: reference, data: pictures, run: run, store: store,
            onEvent: onEvent, download: download)
        training.split = (begun ?? inputs).images.record
        training.warnings = [
            saved?.warning,
            begun == nil
                ? "\(run.inputs): it is missing, so whether images and weights are those of the run's start is unknown"
                : nil,
        ].compactMap(\.self)
        if let saved { try training.takeUp(saved.state, saved.tensors, path: run.checkpoint) }
        if data != nil { try run.write(pictures) }
        if epochs != nil || data != nil { try run.write(configuration, data: place) }
        return try await finish(training, on: pictures, network: network, onEvent: onEvent)
    }

    private static func runData(at path: String, _ configuration: TrainingConfiguration) throws -> TrainingData {
        do throws(DatasetError) {
            return try TrainingData(at: path, configuration)
        } catch {
            guard error.reason == .missing else { throw error }
            throw ApusError("\(error) If the run's data were moved, tell where to: --resume RUN --data NEW")
        }
    }

    /// A run that goes on does not write the models of earlier epochs again.
    private static func checkModels(of run: RunDirectory) throws {
        for path in [run.best, run.last] {
            do {
                try Checkpoint.verify(path)
            } catch {
                throw ApusError(
                    "\(path): the run's model is damaged: \(error.problem); put a copy in its place, or begin another "
                        + "run")
            }
        }
    }

    /// Trains to the end and writes the reports, last of all the one that tells a run that is done.
    private static func finish(
        _ training: Training, on data: TrainingData, network: Architecture?,
        onEvent: @escaping @Sendable (TrainingEvent) -> Void
    ) async throws -> TrainingResult {
        let (configuration, plan) = (training.configuration, training.plan)
        let result: TrainingResult
        do {
            result = try withDeterministicAlgorithms(configuration.isDeterministic && training.device.kind == .cuda) {
                try training.train()
            }
        } catch let error as TorchError where error.message.contains("does not have a deterministic implementation") {
            throw ApusError(
                "an operator of \(configuration.model) has no deterministic algorithm on CUDA (\(error)); train without "
                    + "deterministic algorithms, on the CPU, or another network")
        }
        if configuration.writesReport {
            try await writeReport(
                of: result, plan: plan, configuration, data: data, network: network, onEvent: onEvent)
        }
        let directory = result.directory
        try directory.write(trainingReport(result, plan: plan, configuration: configuration), to: directory.report)
        return result
    }
}
