internal import Foundation
internal import Torch

/// The exponential moving average (EMA) of a network's parameters and buffers, which often classifies better than the
/// network at the end of training.
///
/// It starts as a copy. Each update computes decay · average + (1 - decay) · network, as timm's `ModelEmaV3` and
/// `torch.optim.swa_utils.get_ema_multi_avg_fn` do. Integers, such as the number of batches, are copied.
public final class WeightAverage {
    /// The weight of the average in an update.
    public let decay: Double
    /// The power p in the decay of update n, starting at 0: 1 - (1 + n)^-p, up to `decay`. Nil uses `decay` from the
    /// start.
    ///
    /// For a new network, the average would otherwise contain the random initial weights for a long time. 2/3 suits
    /// runs of a million steps (0.999 after 32,000), 3/4 shorter ones (after 10,000).
    public let warmUpPower: Double?
    /// The number of updates so far.
    public private(set) var updates = 0

    private let tensors: [(name: String, tensor: Tensor)]
    private var averages: [Tensor]
    private var isSwappedIn = false

    /// Creates the average as a copy of the current network.
    ///
    /// - Parameters:
    ///   - module: The network. Move it to its device first.
    ///   - decay: The decay from 0 to 1; 0.9999 for long runs, 0.99 to 0.999 for thousands of steps.
    ///   - warmUpPower: The power of the decay's warm-up.
    public init(of module: any Module, decay: Double = 0.9999, warmUpPower: Double? = nil) throws {
        precondition((0...1).contains(decay), "a decay of \(decay)")
        (self.decay, self.warmUpPower) = (decay, warmUpPower)
        let tensors = module.namedTensors
        self.tensors = tensors
        averages = try withoutGradient { try tensors.map { try $0.tensor.detach().clone() } }
    }

    /// The decay of the next update.
    public var currentDecay: Double {
        warmUpPower.map { min(decay, 1 - pow(1 + Double(updates), -$0)) } ?? decay
    }

    /// Updates the average. Call it after each step of the optimizer.
    public func update() throws {
        precondition(!isSwappedIn, "the average cannot be updated while the network uses it")
        try withoutGradient {
            let moving = averages.indices.filter { averages[$0].dtype.isFloatingPoint }
            if !moving.isEmpty {
                try Operator.foreachInterpolate.run(
                    moving.map { averages[$0] }, moving.map { tensors[$0].tensor }, 1 - currentDecay)
            }
            for index in averages.indices where !averages[index].dtype.isFloatingPoint {
                try averages[index].copy(from: tensors[index].tensor)
            }
        }
        updates += 1
    }

    /// Runs `body`, such as a validation or the writing of a file, while the network uses the average as its weights.
    ///
    /// Nothing is copied: the weights of the network and the average are swapped, and swapped back even if `body`
    /// throws.
    public func withAverage<Result>(_ body: () throws -> Result) throws -> Result {
        guard !isSwappedIn else { return try body() }
        try swap()
        let result = Swift.Result(catching: body)
        try swap()
        return try result.get()
    }

    private func swap() throws {
        for (index, (_, tensor)) in tensors.enumerated() {
            let own = try tensor.detach()
            try tensor.setData(averages[index])
            averages[index] = own
        }
        isSwappedIn.toggle()
    }

    /// The average and the number of updates. Save it with a run to resume it later.
    ///
    /// The names are those in the state dict of PyTorch's `AveragedModel`: `n_averaged`, `module.conv1.weight`. The
    /// tensors are the average's own, which the next update changes.
    public var state: StateDict {
        get throws {
            precondition(!isSwappedIn, "the state cannot be read while the network uses the average")
            return StateDict(entries(count: try Tensor(updates)))
        }
    }

    private func entries(count: Tensor) -> [(name: String, tensor: Tensor)] {
        [("n_averaged", count)] + zip(tensors, averages).map { ("module.\($0.name)", $1) }
    }

    /// Restores a saved `state`.
    ///
    /// - Throws: `LoadError` before anything is changed, if the state belongs to another network.
    public func loadState(_ state: StateDict) throws {
        precondition(!isSwappedIn, "a state cannot be loaded while the network uses the average")
        let count = try Tensor(updates)
        _ = try state.copy(to: entries(count: count), isStrict: true)
        updates = try count.item()
    }
}
