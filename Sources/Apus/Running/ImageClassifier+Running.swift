internal import Classifier
internal import Drawing
internal import Images
internal import Platform
internal import Torch
internal import TorchDistributed
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// Trains a classifier, and sends events to a channel.
    static func train(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        custom: CustomParts = CustomParts(), directory: String? = nil, store: WeightsStore = .standard,
        processes: TrainingProcesses? = nil, reportingTo events: EventChannel<TrainingEvent>
    ) async throws -> TrainingResult {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        try custom.validate(with: configuration)
        // Errors of the settings come before errors of the data.
        let reference = try ModelReference(network, configuration)
        _ = try Device.find(configuration.compute.device, localRank: processes?.environment.localRank)
        let team = try TrainingTeam(processes, configuration)
        return try await team.announcingFailure {
            if let run = try team.runToContinue(directory, configuration, named: reference.architecture.name) {
                return try await resume(
                    run, data: data, network: network, custom: custom, store: store, team: team,
                    reportingTo: events)
            }
            // The folder of the run may be within that of the data.
            let images = try TrainingData(at: data, configuration)
            let held = try team.isFirst ? HeldRun(beginning: directory, name: reference.architecture.name) : nil
            defer { held?.release() }
            let run = try team.directory(of: held)
            let setup = try team.prepare {
                try TrainingSetup(
                    configuration, reference: reference, data: images, custom: custom, store: store, team: team,
                    download: events.download)
            }
            let inputs = try RunInputs(
                configuration, reference: reference, custom: custom, images: ImageListing(of: images))
            try team.demandSame(inputs.images.digest, "other images or labels")
            try team.demandSame(inputs.settings, "other settings")
            if team.isFirst {
                try inputs.write(to: run)
                try run.write(images)
                // The configuration makes the folder one of a run.
                try run.write(configuration, data: data)
            }
            let trainer = try Trainer(
                setup, TrainingStep(setup), from: RunState(), split: inputs.images.record, in: run, events: events)
            return try await finish(trainer, network: network)
        }
    }

    /// Resumes a run, and sends events to a channel.
    static func resume(
        _ directory: String, data: String? = nil, epochs: Int? = nil, network: Architecture? = nil,
        custom: CustomParts = CustomParts(), store: WeightsStore = .standard,
        processes: TrainingProcesses? = nil, reportingTo events: EventChannel<TrainingEvent>
    ) async throws -> TrainingResult {
        let team = try TrainingTeam(processes, TrainingConfiguration.ofRun(directory, processes))
        return try await team.announcingFailure {
            try await resume(
                directory, data: data, epochs: epochs, network: network, custom: custom, store: store, team: team,
                reportingTo: events)
        }
    }

    private static func resume(
        _ directory: String, data: String? = nil, epochs: Int? = nil, network: Architecture?,
        custom: CustomParts, store: WeightsStore, team: TrainingTeam, reportingTo events: EventChannel<TrainingEvent>
    ) async throws -> TrainingResult {
        let held = try team.isFirst ? HeldRun(resuming: directory) : nil
        defer { held?.release() }
        let run = try team.directory(of: held)
        let begunWith = try team.configuration(of: run)
        guard let place = data ?? begunWith.data else {
            throw ApusError(.damagedFile, path: run.configuration, "it has no path of the data")
        }
        var configuration = begunWith.configuration
        if let epochs { configuration.epochs = epochs }
        try configuration.validate()
        let reference = try ModelReference(network, configuration)
        let images = try runData(at: place, configuration)
        let inputs = try RunInputs(
            configuration, reference: reference, custom: custom, images: ImageListing(of: images))
        let begun = try team.isFirst ? RunInputs.read(of: run) : nil
        if let begun { try inputs.check(since: begun, run: run, data: place) }
        try team.demandSame(inputs.images.digest, "other images or labels")
        try custom.validate(with: configuration)
        // A run that was interrupted before it saved a state begins again.
        let saved = try team.lastState(of: run)
        if let state = saved?.state, team.isFirst {
            if state.epoch > configuration.epochs, fileExists(run.report) {
                throw ApusError(
                    .runIsFinished, path: directory, value: state.epoch - 1,
                    "the run has ended after its \(state.epoch - 1) epochs",
                    advice: "to train more, use a larger number of `epochs`")
            }
            if state.best != nil { try checkModels(of: run) }
        }
        let setup = try team.prepare {
            try TrainingSetup(
                configuration, reference: reference, data: images, custom: custom, store: store, team: team,
                download: events.download)
        }
        let step = try TrainingStep(setup, epoch: saved?.state.epoch ?? 1)
        if let saved { try step.load(saved.state, saved.tensors, path: run.checkpoint) }
        let warnings = [
            saved?.warning,
            begun == nil && team.isFirst
                ? "\(run.inputs): it is missing, so changes of the images and the weights can't be detected"
                : nil,
        ].compactMap(\.self)
        if data != nil, team.isFirst { try run.write(images) }
        if epochs != nil || data != nil, team.isFirst { try run.write(configuration, data: place) }
        let trainer = try Trainer(
            setup, step, from: saved?.state ?? RunState(), split: (begun ?? inputs).images.record, in: run,
            warnings: warnings, events: events)
        return try await finish(trainer, network: network)
    }

    private static func runData(at path: String, _ configuration: TrainingConfiguration) throws -> TrainingData {
        do throws(DatasetError) {
            return try TrainingData(at: path, configuration)
        } catch {
            guard error.code == .missing else { throw error }
            throw ApusError(
                .datasetMissing, path: error.path, error.clause,
                advice: "if the data was moved, resume the run with its new path", underlyingError: error)
        }
    }

    /// Checks the models of earlier epochs, which a resumed run does not write again.
    private static func checkModels(of run: RunDirectory) throws {
        for path in [run.best, run.last] {
            do {
                try Checkpoint.verify(path)
            } catch {
                throw ApusError(
                    .damagedFile, path: path, "the run's model is damaged: \(error.problem)",
                    advice: "replace it with a copy, or start a new run", underlyingError: error)
            }
        }
    }

    /// Trains to the end and writes the reports. The last one, `report.md`, marks a run that has ended.
    private static func finish(_ trainer: Trainer, network: Architecture?) async throws -> TrainingResult {
        let (configuration, setup) = (trainer.configuration, trainer.setup)
        var result: TrainingResult
        do {
            result = try withDeterministicAlgorithms(
                configuration.compute.isDeterministic && setup.device.kind == .cuda
            ) {
                try trainer.run()
            }
        } catch let error as TorchError where error.message.contains("does not have a deterministic implementation") {
            throw ApusError(
                .engineUnsupported, name: configuration.model,
                "an operator of \(configuration.model) has no deterministic algorithm on CUDA (\(error))",
                advice: "train without `compute.isDeterministic`, on the CPU, or another network",
                underlyingError: error)
        }
        guard setup.team.isFirst else { return result }
        if configuration.output.writesReport, DrawingLibraries.isAvailable {
            result.verdict = try await writeReport(
                of: result, plan: setup.plan, configuration, data: setup.data, network: network,
                isTrusted: trainer.store.hasWrittenBest, reportingTo: trainer.events)
        }
        let directory = result.directory
        try directory.write(
            trainingReport(result, plan: setup.plan, configuration: configuration), to: directory.report)
        return result
    }
}
