internal import Classifier
internal import Torch
internal import TorchNN
internal import TorchVision

/// A training step: computes gradients from batches, and updates the weights.
@TensorActor
final class TrainingStep {
    /// The current phase.
    private(set) var phase: RunningPhase
    /// Whether a run can't resume from the current state of the network: a step is incomplete, or running statistics
    /// are being estimated.
    private(set) var isUnderWay = false
    /// The gradient scaler for float16; nil in other precisions.
    private(set) var scaler: GradientScaler?
    /// The exponential moving average of the weights; nil for none.
    let average: WeightAverage?

    private let setup: TrainingSetup
    private let objective: Objective
    private var configuration: TrainingConfiguration { setup.configuration }
    private var network: any ImageNetwork { setup.network }

    /// Creates a step in the phase of an epoch.
    init(_ setup: TrainingSetup, epoch: Int = 1) throws {
        self.setup = setup
        let (configuration, data) = (setup.configuration, setup.data)
        average = try configuration.optimizer.emaDecay.map { try WeightAverage(of: setup.network, decay: $0) }
        scaler = setup.precision == .float16 ? GradientScaler() : nil
        objective = Objective(
            classes: data.classes.count, isMultiLabel: data.isMultiLabel,
            labelSmoothing: configuration.loss.labelSmoothing,
            classWeights: try data.classWeights.map { try Tensor($0.map { Float($0) }).to(setup.device) },
            custom: setup.custom.loss)
        phase = try RunningPhase(setup.phase(of: epoch), of: setup)
    }

    /// Begins another phase.
    func begin(_ phase: TrainingPhase) throws {
        if phase != self.phase.phase { self.phase = try RunningPhase(phase, of: setup) }
    }

    /// Computes the gradient of a batch's loss, times `fraction`, and adds it to those of the batches before it in the
    /// step.
    ///
    /// - Returns: The mean loss and the number of hits, scalars.
    func learn(
        _ batch: LearningBatch, of source: any LearningSource, epoch: Int, fraction: Double = 1
    ) throws -> (loss: Tensor, hits: Tensor) {
        if !isUnderWay { try phase.optimizer.zeroGradients() }
        // Random numbers depend only on the seed and the step.
        try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number))
        let targets = try objective.targets(of: batch.images, in: source.dataset).to(setup.device)
        let (input, mixed) = try mix(batch, targets, epoch: epoch)
        let logits = try inPrecision { try source.trainingLogits(input) }.inFloat32()
        let losses = try objective.losses(logits, mixed)
        let loss = fraction == 1 ? losses.whole : try losses.whole * fraction
        try (scaler?.scaled(loss) ?? loss).backward()
        isUnderWay = true
        return (losses.main, try withoutGradient { try objective.hits(logits.main, targets) })
    }

    /// Updates the parameters.
    ///
    /// - Parameters:
    ///   - momentum: The momentum; nil for no change.
    ///   - correction: The factor of the gradients.
    func update(learningRate: Double, momentum: Double? = nil, correction: Double = 1) throws {
        let parameters = network.trainableParameters
        if correction != 1 { try scaleGradients(parameters, by: correction) }
        if let momentum { phase.optimizer.setMomentum(momentum) }
        phase.optimizer.setLearningRate(learningRate)
        isUnderWay = false
        // Overflowing gradients are discarded; the next step has a smaller scale.
        if try scaler?.unscale(parameters) == false { return }
        try addL1Gradients(parameters, strength: configuration.optimizer.l1)
        if let norm = configuration.optimizer.clipNorm { try clipGradients(parameters, norm: norm) }
        try phase.optimizer.step()
        try average?.update()
    }

    /// Returns the logits of a batch in inference, and its mean custom loss if there is one.
    func outputs(_ batch: LearningBatch, of source: any LearningSource) throws -> (logits: [Float], loss: Double?) {
        try withInferenceMode {
            let logits = try inPrecision { try source.logits(batch.input) }
            guard setup.custom.loss != nil else { return (try logits.array(), nil) }
            let targets = try objective.targets(of: batch.images, in: source.dataset).to(setup.device)
            return (try logits.array(), try objective.validationLoss(logits, targets))
        }
    }

    /// Runs the body with the moving average of the weights in the network, if there is one.
    func withAveragedWeights(_ body: () throws -> Void) throws {
        guard let average else { return try body() }
        try average.withAverage(body)
    }

    /// Estimates the running statistics of batch normalization again, on the first batches of an epoch.
    ///
    /// - Parameter afterBatch: Called after each batch.
    /// - Returns: The number of batches; nil for a network without such statistics.
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

    /// The largest number of batches for estimating running statistics.
    private static let statisticsBatches = 100

    /// Loads the state of an earlier process.
    ///
    /// - Parameter path: The file of the state.
    func load(_ state: RunState, _ tensors: RunTensors, path: String) throws {
        do {
            // The state does not have frozen parameters, which do not change.
            try network.load(tensors.network, isStrict: false)
            if let average { try average.loadState(tensors.average) }
            if let memory = state.scaling { scaler?.memory = memory }
            // The optimizer belongs to the phase of the last step, which at the end of an epoch may be the one before.
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

    /// Returns the batch after MixUp or CutMix, if the configuration has them.
    private func mix(_ batch: LearningBatch, _ targets: Tensor, epoch: Int) throws -> (Tensor, Tensor) {
        var random = configuration.mixingRandom(epoch: epoch, step: batch.number)
        let side = setup.prepared.preprocessing.cropSize
        guard
            let mixture = configuration.data.trainingTransforms?.batch.mixture(
                width: side, height: side, using: &random)
        else { return (batch.input, targets) }
        return (try mixture.images(batch.input), try mixture.targets(targets, classCount: objective.classes))
    }

    /// Runs a forward pass in the precision of the run. The loss is always computed in float32.
    private func inPrecision<Output>(_ pass: () throws -> Output) throws -> Output {
        guard let type = setup.precision.reducedType else { return try pass() }
        return try withAutocast(type, on: setup.device.kind, pass)
    }
}
