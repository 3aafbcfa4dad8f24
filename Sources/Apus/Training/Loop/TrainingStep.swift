internal import Classifier
internal import Torch
internal import TorchNN
internal import TorchVision

/// A step of training: from batches to gradients, and from gradients to other weights.
@TensorActor
final class TrainingStep {
    /// What is trained now, and how fast.
    private(set) var phase: RunningPhase
    /// Whether the network is between two states from which a run could go on: gradients wait for their step, or
    /// running statistics are estimated.
    private(set) var isUnderWay = false
    /// Keeps small gradients in float16; nil in other precisions.
    private(set) var scaler: GradientScaler?
    /// The exponential moving average of the weights, where there is one.
    let average: WeightAverage?

    private let setup: TrainingSetup
    private let objective: Objective
    private var configuration: TrainingConfiguration { setup.configuration }
    private var network: any ImageNetwork { setup.network }

    /// A step in the phase that an epoch belongs to.
    init(_ setup: TrainingSetup, epoch: Int = 1) throws {
        self.setup = setup
        let (configuration, data) = (setup.configuration, setup.data)
        average = try configuration.averageDecay.map { try WeightAverage(of: setup.network, decay: $0) }
        scaler = setup.precision == .float16 ? GradientScaler() : nil
        objective = Objective(
            classes: data.classes.count, isMultiLabel: data.isMultiLabel, labelSmoothing: configuration.labelSmoothing,
            classWeights: try data.classWeights.map { try Tensor($0.map { Float($0) }).to(setup.device) })
        phase = try RunningPhase(setup.phase(of: epoch), of: setup)
    }

    /// Goes on with the parameters that another phase trains.
    func begin(_ phase: TrainingPhase) throws {
        if phase != self.phase.phase { self.phase = try RunningPhase(phase, of: setup) }
    }

    /// Passes a batch and adds the gradient of its loss, times `share`, to those of the batches before it in the step.
    ///
    /// - Returns: the mean loss and the number of hits, scalars.
    func learn(
        _ batch: LearningBatch, of source: any LearningSource, epoch: Int, share: Double = 1
    ) throws -> (loss: Tensor, hits: Tensor) {
        if !isUnderWay { try phase.optimizer.zeroGradients() }
        // What is random in a step depends on the seed and the step alone, not on what went before.
        try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number))
        let targets = try objective.targets(of: batch.pictures, in: source.dataset).to(setup.device)
        let (input, mixed) = try mix(batch, targets, epoch: epoch)
        let logits = try inPrecision { try source.trainingLogits(input) }.inFloat32()
        let losses = try objective.losses(logits, mixed)
        let loss = share == 1 ? losses.whole : try losses.whole * share
        try (scaler?.scaled(loss) ?? loss).backward()
        isUnderWay = true
        return (losses.main, try withoutGradient { try objective.hits(logits.main, targets) })
    }

    /// Changes the parameters by their gradients.
    ///
    /// - Parameters:
    ///   - momentum: nil leaves it as it is.
    ///   - correction: what the gradients are multiplied by before.
    func update(learningRate: Double, momentum: Double? = nil, correction: Double = 1) throws {
        let parameters = network.trainableParameters
        if correction != 1 { try scaleGradients(parameters, by: correction) }
        if let momentum { phase.optimizer.setMomentum(momentum) }
        phase.optimizer.setLearningRate(learningRate)
        isUnderWay = false
        // Gradients that ran over say nothing of the loss; the next step has a smaller scale.
        if try scaler?.unscale(parameters) == false { return }
        try addL1Gradients(parameters, strength: configuration.absoluteDecay)
        if let norm = configuration.clipNorm { try clipGradients(parameters, norm: norm) }
        try phase.optimizer.step()
        try average?.update()
    }

    /// The logits of a batch without training, image by image.
    func outputs(_ batch: LearningBatch, of source: any LearningSource) throws -> [Float] {
        try withInferenceMode { try inPrecision { try source.logits(batch.input) }.array() }
    }

    /// Runs the body with the moving average of the weights in the network, where there is one.
    func withAveragedWeights(_ body: () throws -> Void) throws {
        guard let average else { return try body() }
        try average.withAverage(body)
    }

    /// Estimates the running statistics of batch normalization anew, on the first batches of an epoch.
    ///
    /// - Parameter afterBatch: called after each batch.
    /// - Returns: the number of batches; nil for a network that has no such statistics.
    func estimateRunningStatistics(
        on source: any LearningSource, epoch: Int, afterBatch: () throws -> Void
    ) throws -> Int? {
        network.train()
        guard network.normalizesBatches else { return nil }
        isUnderWay = true
        var count = 0
        try withAveragedWeights {
            try network.estimateRunningStatistics {
                let batches = try source.batches(epoch: epoch - 1, from: 0)
                while count < Self.statisticsBatches, let batch = try batches.next() {
                    try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number))
                    _ = try inPrecision { try source.trainingLogits(batch.input) }
                    count += 1
                    try afterBatch()
                }
            }
        }
        isUnderWay = false
        return count
    }

    /// From how many batches running statistics are estimated at most.
    private static let statisticsBatches = 100

    /// Loads what an earlier process saved.
    ///
    /// - Parameter path: the file that it comes from.
    func load(_ state: RunState, _ tensors: RunTensors, path: String) throws {
        do {
            // What was frozen is as the run began.
            try network.load(tensors.network, isStrict: false)
            if let average { try average.loadState(tensors.average) }
            if let memory = state.scaling { scaler?.memory = memory }
            // The optimiser belongs to the phase of the last step, which at the end of an epoch may be the one before.
            guard state.batches > 0 || phase.phase.epochs.lowerBound < state.epoch else { return }
            if let momentum = phase.momentum(epoch: state.epoch, batch: state.batches) {
                phase.optimizer.setMomentum(momentum)
            }
            try phase.optimizer.loadState(tensors.optimizer)
            if let memory = state.rateMemory { phase.learningRate.memory = memory }
        } catch let error as LoadError {
            throw ApusError(
                .weightsMismatch, path: path, "it does not fit the run's network: \(error)", underlyingError: error)
        }
    }

    /// The batch as it is learned from: mixed with itself where the configuration says so.
    private func mix(_ batch: LearningBatch, _ targets: Tensor, epoch: Int) throws -> (Tensor, Tensor) {
        var random = configuration.mixingRandom(epoch: epoch, step: batch.number)
        let side = setup.prepared.preprocessing.cropSize
        guard let mixture = configuration.trainingTransforms?.batch.mixture(width: side, height: side, using: &random)
        else { return (batch.input, targets) }
        return (try mixture.pictures(batch.input), try mixture.targets(targets, classCount: objective.classes))
    }

    /// A forward pass through what is trained, in the run's precision; the loss is always taken in float32.
    private func inPrecision<Output>(_ pass: () throws -> Output) throws -> Output {
        guard let type = setup.precision.reducedType else { return try pass() }
        return try withAutocast(type, on: setup.device.kind, pass)
    }
}
