internal import Foundation
internal import Torch

/// The exponential moving average of a network's parameters and buffers, which often classifies better than the network
/// that a training ends with.
///
/// It begins as a copy; each update makes it decay · average + (1 - decay) · network, as timm's `ModelEmaV3` and
/// `torch.optim.swa_utils.get_ema_multi_avg_fn` do. Whole numbers, such as the count of batches, are copied.
public final class WeightAverage {
    /// The fraction of the average that an update keeps.
    public let decay: Double
    /// p in the decay of update n, counted from 0: 1 - (1 + n)^-p, up to `decay`. Nil for `decay` from the start.
    ///
    /// A network that is new would otherwise leave its first, random weights in the average for long. 2/3 suits trainings
    /// of a million steps (0.999 after 32,000), 3/4 shorter ones (after 10,000).
    public let warmUpPower: Double?
    /// The number of updates so far.
    public private(set) var updates = 0

    private let tensors: [(name: String, tensor: Tensor)]
    private var averages: [Tensor]
    private var isSwappedIn = false

    /// Begins with a copy of the network as it is now.
    ///
    /// - Parameters:
    ///   - module: the network. It is moved to its device before, not after.
    ///   - decay: 0 to 1; 0.9999 for long trainings, 0.99 to 0.999 where there are only thousands of steps.
    ///   - warmUpPower: lets the decay grow from 0.
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

    /// Moves the average towards the network, after each step of the optimizer.
    public func update() throws {
        precondition(!isSwappedIn, "an update of the average while the network has the average itself")
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

    /// Runs `body`, a validation or the writing of a file, while the network has the average for its weights.
    ///
    /// Nothing is copied: the network and the average change places, and change back also where `body` throws.
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

    /// The average and the count of updates, to be saved with a training that is to go on.
    ///
    /// Names as in the state dict of PyTorch's `AveragedModel`: `n_averaged`, `module.conv1.weight`. The tensors are the
    /// average's own, which the next update changes.
    public var state: StateDict {
        get throws {
            precondition(!isSwappedIn, "the state of the average while the network has it")
            return StateDict(entries(count: try Tensor(updates)))
        }
    }

    private func entries(count: Tensor) -> [(name: String, tensor: Tensor)] {
        [("n_averaged", count)] + zip(tensors, averages).map { ("module.\($0.name)", $1) }
    }

    /// Takes over a saved `state`.
    ///
    /// - Throws: `LoadError` before anything is changed, where it is another network's.
    public func loadState(_ state: StateDict) throws {
        precondition(!isSwappedIn, "a state is loaded while the network has the average")
        let count = try Tensor(updates)
        _ = try state.copy(to: entries(count: count), isStrict: true)
        updates = try count.item()
    }
}
