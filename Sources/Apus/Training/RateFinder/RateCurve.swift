public import Classifier
internal import Foundation
public import Platform
internal import Torch
internal import TorchNN
public import TorchVision

/// The result of a learning rate range test: the losses of steps with a growing learning rate.
///
/// L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2015, arXiv:1506.01186. The smoothing, the end of
/// the test and the suggestions are those of fastai's `lr_find`.
public struct RateCurve: Sendable, Codable, Equatable {
    /// A step of the test.
    public struct Point: Sendable, Codable, Equatable {
        /// The learning rate of the step.
        public let rate: Double
        /// The loss of its images before the step.
        public let loss: Double
        /// The exponential moving average of the losses so far.
        public let smoothed: Double
    }

    /// The events of a range test.
    public enum Event: Sendable {
        /// A file of published weights is being downloaded.
        case downloading(FileProgress)
        /// The test begins.
        case started(TrainingPlan)
        /// A step has ended: its number, the largest number of steps, its learning rate, and the loss before it.
        case step(Int, of: Int, rate: Double, loss: Double)

        /// Whether the event reports progress. A slow reader may miss such events, but no others.
        public var isProgress: Bool {
            if case .started = self { false } else { true }
        }
    }

    /// The decay of the moving average.
    static let inertia = 0.98
    /// The test ends when the smoothed loss is this many times the lowest one.
    static let end = 4.0
    /// The number of points at the end that are ignored, because the loss has diverged there.
    static let skippedAtEnd = 5
    /// The smallest relative fall of the loss for a suggestion. fastai has no such limit.
    static let leastFall = 0.01

    /// The lowest and the highest learning rate of the test.
    public let lowest: Double, highest: Double
    /// The number of planned steps.
    public let plannedSteps: Int
    /// The steps so far.
    public private(set) var points: [Point] = []
    private var mean = 0.0

    /// Creates an empty curve.
    ///
    /// - Parameters:
    ///   - lowest: The learning rate of the first step.
    ///   - highest: The learning rate after the last step.
    ///   - steps: The number of planned steps, at least 6. The default is that of fastai.
    /// - Throws: `ApusError` if `highest` is not above `lowest`.
    public init(from lowest: Double = 1e-7, to highest: Double = 10, steps: Int = 100) throws(ApusError) {
        guard lowest > 0, lowest < highest, highest.isFinite else {
            throw ApusError(
                .invalidConfiguration, name: "learningRate", value: "\(lowest) to \(highest)",
                "learning rates from \(lowest) to \(highest) are not possible",
                advice: "use two numbers above 0, the smaller one first, such as 1e-7 and 10")
        }
        self.lowest = lowest
        self.highest = highest
        plannedSteps = max(6, steps)
    }

    /// Returns the learning rate of a step, counted from 0. The rates grow exponentially.
    public func rate(step: Int) -> Double {
        lowest * pow(highest / lowest, Double(step) / Double(plannedSteps))
    }

    /// Adds the loss of the next step.
    ///
    /// - Returns: Whether the test continues. It ends after its last step, if the smoothed loss is above four times the
    ///   lowest one, and if the loss is NaN or infinite; such a loss is not kept.
    public mutating func add(loss: Double) -> Bool {
        guard points.count < plannedSteps, loss.isFinite else { return false }
        mean = Self.inertia * mean + (1 - Self.inertia) * loss
        // Corrects the bias of the mean, which begins at 0.
        let smoothed = mean / (1 - pow(Self.inertia, Double(points.count + 1)))
        points.append(Point(rate: rate(step: points.count), loss: loss, smoothed: smoothed))
        let best = points.reduce(Double.infinity) { min($0, $1.smoothed) }
        return smoothed - best <= (Self.end - 1) * abs(best) && points.count < plannedSteps
    }
}

extension RateCurve {
    /// The points for suggestions: all except the first tenth, whose mean is of few steps, and the last five.
    var considered: ArraySlice<Point> {
        let start = plannedSteps / 10
        return points.count - Self.skippedAtEnd > start ? points[start..<points.count - Self.skippedAtEnd] : []
    }

    /// Whether the smoothed loss falls by more than 1 % anywhere. Otherwise its changes are noise.
    private var falls: Bool {
        var highest = -Double.infinity
        return considered.contains { point in
            highest = max(highest, point.smoothed)
            return point.smoothed < highest - Self.leastFall * abs(highest)
        }
    }

    /// The learning rate at which the smoothed loss falls most steeply over the logarithm of the rate; nil if it does
    /// not fall.
    public var steepest: Double? {
        guard falls else { return nil }
        let pairs = zip(considered, considered.dropFirst())
        let slopes = pairs.map { (rate: $0.rate, slope: ($1.smoothed - $0.smoothed) / log($1.rate / $0.rate)) }
        return slopes.min { $0.slope < $1.slope }?.rate
    }

    /// A learning rate in the longest valley: about half way down the longest falling subsequence of the smoothed
    /// losses; nil if there is none. It is usually a safe rate.
    public var valley: Double? {
        guard falls else { return nil }
        let considered = Array(considered)
        // The length of the longest falling subsequence that ends at each point.
        var lengths = [Int](repeating: 1, count: considered.count)
        var end = 0
        for index in considered.indices {
            for before in 0..<index where considered[index].smoothed < considered[before].smoothed {
                lengths[index] = max(lengths[index], lengths[before] + 1)
            }
            if lengths[index] > lengths[end] { end = index }
        }
        // As in fastai: the subsequence is treated as contiguous, and begins one point before its first.
        let start = end - lengths[end]
        let third = (end - start) / 3
        let sixth = (end - start) / 6
        return considered[max(0, start + third + sixth)].rate
    }
}

extension ImageClassifier {
    /// Runs a learning rate range test: steps with a growing learning rate, and the loss of each.
    ///
    /// L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2015, arXiv:1506.01186. The test changes no
    /// files and discards the trained weights.
    ///
    /// - Parameters:
    ///   - data: The dataset, in any layout that `openDataset` reads.
    ///   - configuration: The settings of the run.
    ///   - network: A custom network, in place of the one that the configuration names.
    ///   - loss: a custom loss, as with `train`.
    ///   - steps: The number of learning rates, from 1e-7 to 10.
    ///   - store: The store of published weights.
    ///   - reader: Reads the events during the test.
    /// - Throws: The errors of `train`, and those of `reader`.
    public static func findLearningRate(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        loss: TrainingLoss? = nil, steps: Int = 100, store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<RateCurve.Event>) async throws -> Void = { _ in }
    ) async throws -> RateCurve {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let custom = CustomParts(loss: loss)
            try custom.validateLoss(with: configuration)
            let setup = try TrainingSetup(configuration, on: data, network: network, custom: custom, store: store) {
                events.send(.downloading($0))
                try events.checkCancellation()
            }
            events.send(.started(setup.plan))
            var curve = try RateCurve(steps: steps)
            try curve.test(setup, events)
            return curve
        }
    }
}

extension RateCurve {
    /// Takes steps at the rates of the curve until the loss diverges, for as many epochs as needed.
    @TensorActor
    fileprivate mutating func test(_ setup: TrainingSetup, _ events: EventChannel<Event>) throws {
        let step = try TrainingStep(setup)
        let source = try LearningSources(setup, strategy: step.phase.phase.strategy).training
        setup.network.train()
        for epoch in 1... {
            let before = points.count
            let batches = try source.batches(epoch: epoch - 1, from: 0)
            while let batch = try batches.next() {
                try events.checkCancellation()
                let rate = rate(step: points.count)
                let loss: Double = try step.learn(batch, of: source, epoch: epoch).loss.item()
                let goesOn = add(loss: loss)
                events.send(.step(points.count, of: plannedSteps, rate: rate, loss: loss))
                guard goesOn else { return }
                try step.update(learningRate: rate)
            }
            guard points.count > before else {
                throw ApusError(.noReadableImages, "none of the training images could be read")
            }
        }
    }
}
