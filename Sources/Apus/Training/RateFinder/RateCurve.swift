public import Classifier
internal import Foundation
public import Platform
internal import Torch
internal import TorchNN
public import TorchVision

/// What a range test of the learning rate finds: the loss of steps whose rate grows from one to the next.
///
/// L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2015, arXiv:1506.01186. Smoothing, the end of the
/// test and the suggestions are those of fastai's `lr_find`.
public struct RateCurve: Sendable, Codable, Equatable {
    /// A step of the test.
    public struct Point: Sendable, Codable, Equatable {
        /// The learning rate of the step.
        public let rate: Double
        /// The loss of its pictures, before the step.
        public let loss: Double
        /// The mean of the losses up to here, the last ones weighing most.
        public let smoothed: Double
    }

    /// What a range test reports while it goes on.
    public enum Event: Sendable {
        /// A file of published weights is fetched: its name, the bytes received so far, and their total where it is
        /// known.
        case downloading(file: String, received: Int, total: Int?)
        /// What is trained on what, before the first step.
        case started(TrainingPlan)
        /// A step: its number, the number of steps at most, its learning rate, and the loss before it.
        case step(Int, of: Int, rate: Double, loss: Double)

        /// Whether the event reports how far the test is. A slow reader may miss such events, and no others.
        public var isProgress: Bool {
            if case .started = self { false } else { true }
        }
    }

    /// The share of the mean that a step leaves as it was.
    static let inertia = 0.98
    /// How many times the lowest smoothed loss ends the test.
    static let end = 4.0
    /// How many points at the end are not looked at: there the loss has come apart.
    static let skippedAtEnd = 5
    /// The share that a loss falls by at least where there is anything to suggest; fastai asks for none.
    static let leastFall = 0.01

    /// The rates between which the test runs.
    public let lowest: Double, highest: Double
    /// How many steps are planned.
    public let plannedSteps: Int
    /// The steps made so far.
    public private(set) var points: [Point] = []
    private var mean = 0.0

    /// An empty curve.
    ///
    /// - Parameters:
    ///   - lowest: the rate of the first step.
    ///   - highest: the rate that the last step comes near.
    ///   - steps: how many steps are planned; fastai makes 100, and never fewer than 6.
    /// - Throws: `ApusError` where the rates do not grow.
    public init(from lowest: Double = 1e-7, to highest: Double = 10, steps: Int = 100) throws(ApusError) {
        guard lowest > 0, lowest < highest, highest.isFinite else {
            throw ApusError(
                .invalidConfiguration, name: "learningRate", value: "\(lowest) to \(highest)",
                "learning rates from \(lowest) to \(highest) can't be tried",
                advice: "give two numbers above 0, the smaller one first, such as 1e-7 and 10")
        }
        self.lowest = lowest
        self.highest = highest
        plannedSteps = max(6, steps)
    }

    /// The learning rate of a step, counted from 0: each is so many times the one before.
    public func rate(step: Int) -> Double {
        lowest * pow(highest / lowest, Double(step) / Double(plannedSteps))
    }

    /// Adds the loss of the next step.
    ///
    /// - Returns: whether the test goes on: it ends after its last step, where the smoothed loss is above four times the
    ///   lowest one, and where the loss is no number, which is not kept.
    public mutating func add(loss: Double) -> Bool {
        guard points.count < plannedSteps, loss.isFinite else { return false }
        mean = Self.inertia * mean + (1 - Self.inertia) * loss
        // The mean begins at 0, which the first steps would feel.
        let smoothed = mean / (1 - pow(Self.inertia, Double(points.count + 1)))
        points.append(Point(rate: rate(step: points.count), loss: loss, smoothed: smoothed))
        let best = points.reduce(Double.infinity) { min($0, $1.smoothed) }
        return smoothed <= Self.end * best && points.count < plannedSteps
    }
}

extension RateCurve {
    /// The points that suggestions are taken from: neither the first tenth, whose mean is of few steps, nor the last five.
    var considered: ArraySlice<Point> {
        let start = plannedSteps / 10
        return points.count - Self.skippedAtEnd > start ? points[start..<points.count - Self.skippedAtEnd] : []
    }

    /// Whether the smoothed loss falls by more than a hundredth anywhere: else its ups and downs mean nothing.
    private var falls: Bool {
        var highest = -Double.infinity
        return considered.contains { point in
            highest = max(highest, point.smoothed)
            return point.smoothed < highest * (1 - Self.leastFall)
        }
    }

    /// The rate where the smoothed loss falls most steeply over the logarithm of the rate; nil where it falls nowhere.
    public var steepest: Double? {
        guard falls else { return nil }
        let pairs = zip(considered, considered.dropFirst())
        let slopes = pairs.map { (rate: $0.rate, slope: ($1.smoothed - $0.smoothed) / log($1.rate / $0.rate)) }
        return slopes.min { $0.slope < $1.slope }?.rate
    }

    /// A rate in the longest valley: about half way down the longest falling run of smoothed losses, which may leave
    /// points out; nil where there is none. A rate that is safe as a rule.
    public var valley: Double? {
        guard falls else { return nil }
        let considered = Array(considered)
        // The longest falling run that ends at each point.
        var lengths = [Int](repeating: 1, count: considered.count)
        var end = 0
        for index in considered.indices {
            for before in 0..<index where considered[index].smoothed < considered[before].smoothed {
                lengths[index] = max(lengths[index], lengths[before] + 1)
            }
            if lengths[index] > lengths[end] { end = index }
        }
        // As fastai has it: the run is taken to be without gaps, and begins one point before its first.
        let start = end - lengths[end]
        let third = (end - start) / 3
        let sixth = (end - start) / 6
        return considered[max(0, start + third + sixth)].rate
    }
}

extension ImageClassifier {
    /// Tries learning rates that rise from step to step, and gives the loss of each: the learning-rate range test.
    ///
    /// L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2015, arXiv:1506.01186. It changes no file, and
    /// what it trains is thrown away.
    ///
    /// - Parameters:
    ///   - data: the dataset, in any layout that `openDataset` knows.
    ///   - configuration: the settings of the run.
    ///   - network: a network of your own program, in place of the one that the configuration names.
    ///   - steps: how many rates are tried, from 1e-7 to 10.
    ///   - store: where published weights are kept.
    ///   - reader: reads what happens, while it happens.
    /// - Throws: as `train` does; what `reader` throws.
    public static func findLearningRate(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil, steps: Int = 100,
        store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<RateCurve.Event>) async throws -> Void = { _ in }
    ) async throws -> RateCurve {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let setup = try TrainingSetup(configuration, on: data, network: network, store: store) {
                events.send(.downloading(file: $0, received: $1, total: $2))
            }
            events.send(.started(setup.plan))
            var curve = try RateCurve(steps: steps)
            try curve.test(setup, events)
            return curve
        }
    }
}

extension RateCurve {
    /// Takes steps at the rates of the curve until the loss explodes, passing the images as often as that needs.
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
