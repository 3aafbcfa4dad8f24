internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Tries learning rates that rise from step to step, and gives the loss of each: the learning-rate range test.
    ///
    /// L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2015, arXiv:1506.01186. It changes no file, and
    /// what it trains is thrown away.
    ///
    /// - Parameters:
    ///   - steps: how many rates are tried, from 1e-7 to 10.
    ///   - onPlan: told what would be trained on what, before the first step.
    ///   - onStep: told after each: its number, how many there are, its rate and its loss.
    /// - Throws: as `train` does.
    public static func findLearningRate(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil, steps: Int = 100,
        store: WeightsStore = .standard, onPlan: @Sendable (TrainingPlan) -> Void = { _ in },
        onStep: @escaping @Sendable (_ step: Int, _ steps: Int, _ rate: Double, _ loss: Double) -> Void = {
            _, _, _, _ in
        },
        download: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> RateCurve {
        let training = try trial(
            on: data, configuration, network: network, store: store, onEvent: { _ in }, download: download)
        onPlan(training.plan)
        var curve = try RateCurve(steps: steps)
        try training.test(&curve, onStep)
        return curve
    }
}

extension Training {
    /// Takes steps at the rates of a curve until the loss explodes, passing the pictures as often as that needs.
    func test(_ curve: inout RateCurve, _ onStep: (Int, Int, Double, Double) -> Void) throws {
        let phase = try phase(of: 1)
        let source = phase.sources.training
        network.train()
        var (epoch, goesOn) = (1, true)
        struct Enough: Error {}
        while goesOn {
            let before = curve.points.count
            do {
                _ = try source.pass(epoch: epoch - 1, from: 0) { batch in
                    try Task.checkCancellation()
                    try phase.optimizer.zeroGradients()
                    let rate = curve.rate(step: curve.points.count)
                    let loss: Double = try learn(batch, of: source, epoch: epoch, share: 1).loss.item()
                    goesOn = curve.add(loss: loss)
                    onStep(curve.points.count, curve.plannedSteps, rate, loss)
                    guard goesOn else { throw Enough() }
                    try takeStep(phase, rate: rate)
                }
            } catch is Enough { return }
            guard curve.points.count > before else { throw ApusError("none of the training pictures could be read") }
            epoch += 1
        }
    }
}
