internal import Classifier
internal import Images
internal import Torch
internal import TorchDistributed
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
    private var team: TrainingTeam { setup.team }
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
            hostWeights: data.classWeights, custom: setup.custom.loss)
        phase = try RunningPhase(setup.phase(of: epoch), of: setup)
    }

    /// Begins another phase.
    func begin(_ phase: TrainingPhase) throws {
        if phase != self.phase.phase { self.phase = try RunningPhase(phase, of: setup) }
    }

    /// Computes the gradient of a batch's loss, times `fraction`, and adds it to those of the batches before it in the
    /// step.
    ///
    /// Each process of a team computes its part of the batch. The gradients of the last batch of a step are averaged
    /// over the processes while they are computed.
    ///
    /// - Parameters:
    ///   - isLast: Whether the batch is the last of its step.
    ///   - failures: The number of new unreadable images in this process.
    ///   - fraction: Returns the fraction of its step that the batch makes, for its number of images.
    /// - Returns: The outcome of the batch in all processes.
    func learn(
        _ batch: LearningBatch, of source: any LearningSource, epoch: Int, isLast: Bool = true, failures: Int = 0,
        fraction: (_ images: Int) -> Double = { _ in 1 }
    ) throws -> BatchOutcome {
        let batch = try trainable(batch)
        if !isUnderWay { try phase.optimizer.zeroGradients() }
        // Random numbers depend only on the seed, the step and the process.
        try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number, process: team.rank))
        let pending = try team.startShare(
            images: batch.images.count,
            mass: objective.mass(of: batch.images, in: source.dataset, isMixed: mixesBatches), failures: failures)
        let targets = try objective.targets(of: batch.images, in: source.dataset).to(setup.device)
        let (input, mixed) = try mix(batch, targets, epoch: epoch)
        try phase.parallel?.beginForward(synchronizes: isLast)
        let losses: (main: Tensor, whole: Tensor)
        let hits: Tensor
        if batch.images.isEmpty {
            losses = try lossWithoutImages(batch.input, of: source)
            hits = try Tensor.zeros([], dtype: .float64, device: setup.device)
        } else {
            let logits = try inPrecision { try source.trainingLogits(input) }.inFloat32()
            losses = try objective.losses(logits, mixed)
            hits = try withoutGradient { try objective.hits(logits.main, targets) }
        }
        let share = try pending.wait()
        // The processes' gradients are averaged, and each of them has a portion of the batch.
        let factor = fraction(share.images) * share.portion * Double(team.count)
        let main = team.count > 1 ? try losses.main.detach() * share.portion : losses.main
        let sums = try team.startSums([main, hits])
        let loss = factor == 1 ? losses.whole : try losses.whole * factor
        try phase.backward(scaler?.scaled(loss) ?? loss)
        isUnderWay = true
        let totals = try sums()
        return BatchOutcome(loss: totals[0], hits: totals[1], images: share.images, failures: share.failures)
    }

    /// Returns the batch without its only image, whose batch normalization would have a single value per channel. Images
    /// that could not be read leave a process with it.
    private func trainable(_ batch: LearningBatch) throws -> LearningBatch {
        guard batch.images.count == 1, setup.needsSeveralImages else { return batch }
        return LearningBatch(
            number: batch.number, lastNumber: batch.lastNumber,
            input: try batch.input.narrow(dim: 0, from: 0, length: 0), images: [])
    }

    /// Returns a loss of 0 that depends on all trained parameters, for a part without images: all processes average the
    /// same gradients.
    private func lossWithoutImages(
        _ input: Tensor, of source: any LearningSource
    ) throws -> (main: Tensor, whole: Tensor) {
        // Layers that add up statistics over the processes wait for this one, in the backward pass, too.
        if setup.sharesStatistics {
            let logits = try passBlank(like: input, of: source)
            let losses = try objective.losses(logits, logits.main.detach() * 0)
            return (try losses.main.detach() * 0, try losses.whole * 0)
        }
        let zero = try network.trainableParameters.reduce(Tensor.zeros([], device: setup.device)) { sum, parameter in
            try sum + parameter.to(.float32).sum() * 0
        }
        return (try zero.detach(), zero)
    }

    /// Passes one blank image, or its features, which counts in no statistics, in place of a batch without images.
    private func passBlank(like input: Tensor, of source: any LearningSource) throws -> TrainingLogits {
        try network.leavingOutStatistics {
            let blank = try Tensor.zeros([1] + input.shape.dropFirst(), dtype: input.dtype, device: input.device)
            return try inPrecision { try source.trainingLogits(blank) }.inFloat32()
        }
    }

    /// Leaves out a step none of whose images could be read.
    func skip() { isUnderWay = false }

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

    /// Returns the logits of a batch in inference, and the sum of its custom losses if there is one.
    ///
    /// - Parameter failures: The new unreadable images.
    func outputs(
        _ batch: LearningBatch, of source: any LearningSource, failures: [SampleFailure]
    ) throws -> PartOutputs {
        guard !batch.images.isEmpty else { return PartOutputs(failures: failures) }
        return try withInferenceMode {
            let logits = try inPrecision { try source.logits(batch.input) }
            var loss = 0.0
            if setup.custom.loss != nil {
                let targets = try objective.targets(of: batch.images, in: source.dataset).to(setup.device)
                loss = try (objective.validationLoss(logits, targets) ?? 0) * Double(batch.images.count)
            }
            return PartOutputs(images: batch.images, values: try logits.array(), loss: loss, failures: failures)
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
                while count < Self.statisticsBatches, let batch = try batches.next().map(trainable) {
                    let seed = configuration.stepSeed(epoch: epoch, step: batch.number, process: team.rank)
                    try RandomState.seed(seed)
                    if !batch.images.isEmpty {
                        _ = try inPrecision { try source.trainingLogits(batch.input) }
                    } else if setup.sharesStatistics {
                        _ = try passBlank(like: batch.input, of: source)
                    }
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

    /// Gives all processes the buffers of process 0, such as running statistics, which each has of its own batches.
    func shareBuffers() throws {
        guard team.group != nil else { return }
        let trained = Set(network.parameters.map { ObjectIdentifier($0) })
        try team.broadcast(network.stateDict.map(\.tensor).filter { !trained.contains(ObjectIdentifier($0)) })
        if let average { try team.broadcast(average.state.map(\.tensor)) }
    }

    /// Whether images of a batch are mixed.
    private var mixesBatches: Bool { !(configuration.data.trainingTransforms?.batch.isEmpty ?? true) }

    /// Returns the batch after MixUp or CutMix, if the configuration has them.
    private func mix(_ batch: LearningBatch, _ targets: Tensor, epoch: Int) throws -> (Tensor, Tensor) {
        var random = configuration.mixingRandom(epoch: epoch, step: batch.number)
        let side = setup.prepared.preprocessing.cropSize
        guard
            let mixture = configuration.data.trainingTransforms?.batch.mixture(
                width: side, height: side, using: &random)
        else { return (batch.input, targets) }
        let (images, classes) = (batch.input, objective.classes)
        guard let neighbor = try team.neighbor(images, targets), !batch.images.isEmpty else {
            return (try mixture.images(images), try mixture.targets(targets, classCount: classes))
        }
        // The first image is mixed with the one before it in the whole batch.
        let count = batch.images.count
        return (
            try mixture.images(Tensor.cat([neighbor.image, images])).narrow(dim: 0, from: 1, length: count),
            try mixture.targets(Tensor.cat([neighbor.targets, targets]), classCount: classes)
                .narrow(dim: 0, from: 1, length: count)
        )
    }

    /// Runs a forward pass in the precision of the run. The loss is always computed in float32.
    private func inPrecision<Output>(_ pass: () throws -> Output) throws -> Output {
        guard let type = setup.precision.reducedType else { return try pass() }
        return try withAutocast(type, on: setup.device.kind, pass)
    }
}

/// What a batch gave, in all processes.
struct BatchOutcome {
    /// The mean loss, and the number of hits: scalars.
    let loss: Tensor, hits: Tensor
    /// The number of images.
    let images: Int
    /// The number of new unreadable images.
    let failures: Int
}
