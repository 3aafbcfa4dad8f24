public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a layer gave for some pictures, in figures.
public struct ActivationStatistics: Sendable, Equatable, Codable {
    /// The layer's name.
    public let layer: String
    /// Its type, `ReLU`.
    public let type: String
    /// How many channels its result has.
    public let channels: Int
    /// The mean of all values.
    public let mean: Double
    /// Their standard deviation.
    public let standardDeviation: Double
    /// The share of values that are zero, 0 to 1.
    public let zeroShare: Double
    /// The channels that were zero at every place of every picture: nothing passes through them.
    public let deadChannels: [Int]
    /// The channels whose values hardly differ from place to place and from picture to picture: their deviation is below a
    /// hundredth of the layer's. Dead ones are not among them.
    public let constantChannels: [Int]

    /// How small a channel's deviation is, as a share of the layer's, where it counts as constant.
    static let constantBound = 0.01
}

/// Sums of what a layer's channels gave, batch after batch.
struct ActivationTally {
    private let layer: String
    private let type: String
    /// `[channels]` in double precision.
    private var sums: Tensor
    private var squares: Tensor
    private var nonzeros: Tensor
    /// How many values each channel has given.
    private var count = 0

    init(_ layer: String, type: String, channels: Int) throws {
        (self.layer, self.type) = (layer, type)
        sums = try Tensor.zeros([channels], dtype: .float64)
        squares = try Tensor.zeros([channels], dtype: .float64)
        nonzeros = try Tensor.zeros([channels], dtype: .float64)
    }

    /// Adds maps `[N, C, h, w]`.
    mutating func add(_ maps: Tensor) throws {
        let values = try maps.to(.float64)
        sums = try sums + values.sum(dims: [0, 2, 3]).to(.cpu)
        squares = try squares + values.pow(2).sum(dims: [0, 2, 3]).to(.cpu)
        nonzeros = try nonzeros + values.countNonzero(dims: [0, 2, 3]).to(.float64).to(.cpu)
        count += values.shape[0] * values.shape[2] * values.shape[3]
    }

    var statistics: ActivationStatistics {
        get throws {
            let (sums, squares, nonzeros) = (
                try self.sums.array(as: Double.self), try self.squares.array(as: Double.self),
                try self.nonzeros.array(as: Double.self)
            )
            let all = Double(count * sums.count)
            func deviation(_ sum: Double, _ square: Double, _ count: Double) -> Double {
                max(0, square / count - (sum / count) * (sum / count)).squareRoot()
            }
            let whole = deviation(sums.reduce(0, +), squares.reduce(0, +), all)
            let dead = sums.indices.filter { nonzeros[$0] == 0 }
            let constant = sums.indices.filter { channel in
                nonzeros[channel] > 0
                    && deviation(sums[channel], squares[channel], Double(count))
                        < ActivationStatistics.constantBound * whole
            }
            return ActivationStatistics(
                layer: layer, type: type, channels: sums.count, mean: sums.reduce(0, +) / all,
                standardDeviation: whole, zeroShare: 1 - nonzeros.reduce(0, +) / all, deadChannels: dead,
                constantChannels: constant)
        }
    }
}

extension ImageClassifier {
    /// Tells in figures what each layer gives for some pictures: dead channels, nearly constant ones, the share of zeros.
    ///
    /// A layer that only hands on what one within it gave is left out. In memory are the activations of one batch, one
    /// layer after the other.
    ///
    /// - Parameters:
    ///   - pictures: what passes the network; the more, the surer it is that a channel is dead.
    ///   - options: how images are read; by default 16 pass at once. Only the center crop is looked at.
    ///   - reader: reads the progress, and the images that can't be read.
    /// - Returns: the layers in the order in which they are done.
    /// - Throws: `ApusError` where no picture is readable.
    public func activationStatistics(
        for pictures: any ImageDataset, options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> [ActivationStatistics] {
        let network = try network
        let normalizer = try Normalizer(description.preprocessing, device: device)
        let recorder = LayerRecorder(of: network)
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var tallies: [(name: String, tally: ActivationTally)] = []
            let pass = pass(over: pictures, through: nil, options)
            while let (batch, _) = try await pass.next(events) {
                var places = Dictionary(uniqueKeysWithValues: tallies.enumerated().map { ($1.name, $0) })
                var last: TensorIdentity?
                var trouble: (any Error)?
                try withoutGradient {
                    _ = try recorder.run({ try network(normalizer(batch)) }) { output in
                        defer { last = output.tensor.identity }
                        guard trouble == nil, output.tensor.identity != last else { return }
                        do {
                            guard let maps = try output.channels(pictures: batch.count) else { return }
                            if places[output.name] == nil {
                                places[output.name] = tallies.count
                                let tally = try ActivationTally(
                                    output.name, type: "\(type(of: output.module))", channels: maps.shape[1])
                                tallies.append((output.name, tally))
                            }
                            if let place = places[output.name] { try tallies[place].tally.add(maps) }
                        } catch {
                            trouble = error
                        }
                    }
                }
                if let trouble { throw trouble }
            }
            return try tallies.map { name, tally in
                let statistics = try tally.statistics
                guard statistics.mean.isFinite, statistics.standardDeviation.isFinite else {
                    throw ApusError(
                        .notFinite, name: name,
                        "the layer '\(name)' gives values that are NaN or infinite for one of the images")
                }
                return statistics
            }
        }
    }
}

extension LayerRecorder.Output {
    /// The result as `[N, C, h, w]`, that of a linear layer with one place.
    fileprivate func channels(pictures: Int) throws -> Tensor? {
        if tensor.rank == 2, tensor.shape[0] == pictures {
            return try tensor.detach().unsqueeze(dim: -1).unsqueeze(dim: -1)
        }
        return try maps(pictures: pictures)
    }
}
