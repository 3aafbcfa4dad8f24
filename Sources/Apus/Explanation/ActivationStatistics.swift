public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// Statistics of the output of a layer for some images.
public struct ActivationStatistics: Sendable, Equatable, Codable {
    /// The name of the layer.
    public let layer: String
    /// The type of the layer, such as `ReLU`.
    public let type: String
    /// The number of output channels.
    public let channels: Int
    /// The mean of all values.
    public let mean: Double
    /// The standard deviation of all values.
    public let standardDeviation: Double
    /// The fraction of values that are zero, 0 to 1.
    public let zeroFraction: Double
    /// The dead channels, which are zero everywhere for all images.
    public let deadChannels: [Int]
    /// The nearly constant channels, whose standard deviation is below 1 % of the layer's. Dead channels are not
    /// included.
    public let constantChannels: [Int]

    /// The standard deviation of a channel relative to the layer's below which it counts as constant.
    static let constantBound = 0.01

    private enum CodingKeys: String, CodingKey {
        case layer, type, channels, mean, standardDeviation, deadChannels, constantChannels
        // The key in JSON since version 0.1.
        case zeroFraction = "zeroShare"
    }
}

/// Sums over the outputs of a layer, by channel.
struct ActivationTally {
    private let layer: String
    private let type: String
    /// The sums `[channels]` in double precision.
    private var sums: Tensor
    private var squares: Tensor
    private var nonzeros: Tensor
    /// The number of values of each channel.
    private var count = 0

    init(_ layer: String, type: String, channels: Int) throws {
        (self.layer, self.type) = (layer, type)
        sums = try Tensor.zeros([channels], dtype: .float64)
        squares = try Tensor.zeros([channels], dtype: .float64)
        nonzeros = try Tensor.zeros([channels], dtype: .float64)
    }

    /// Adds outputs `[N, C, h, w]`.
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
                standardDeviation: whole, zeroFraction: 1 - nonzeros.reduce(0, +) / all, deadChannels: dead,
                constantChannels: constant)
        }
    }
}

extension ImageClassifier {
    /// Computes statistics of the outputs of each layer for some images: dead channels, nearly constant channels, the
    /// fraction of zeros.
    ///
    /// A layer that returns the output of an inner layer unchanged is left out. Only the activations of one layer for
    /// one batch are in memory.
    ///
    /// - Parameters:
    ///   - images: the images. More images make dead channels more certain.
    ///   - options: the options of the pass; by default batches of 16. Only the center crop is used.
    ///   - reader: reads the progress and the unreadable images.
    /// - Returns: the statistics in the order of execution.
    /// - Throws: `ApusError` if no image is readable.
    public func activationStatistics(
        for images: any ImageDataset, options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> [ActivationStatistics] {
        let network = try network
        let normalizer = try Normalizer(description.preprocessing, device: device)
        let recorder = LayerRecorder(of: network)
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var tallies: [(name: String, tally: ActivationTally)] = []
            let pass = pass(over: images, through: nil, options)
            while let (batch, _) = try await pass.next(events) {
                var places = Dictionary(uniqueKeysWithValues: tallies.enumerated().map { ($1.name, $0) })
                var last: TensorIdentity?
                var failure: (any Error)?
                try withoutGradient {
                    _ = try recorder.run({ try network(normalizer(batch)) }) { output in
                        defer { last = output.tensor.identity }
                        guard failure == nil, output.tensor.identity != last else { return }
                        do {
                            guard let maps = try output.channels(images: batch.count) else { return }
                            if places[output.name] == nil {
                                places[output.name] = tallies.count
                                let tally = try ActivationTally(
                                    output.name, type: "\(type(of: output.module))", channels: maps.shape[1])
                                tallies.append((output.name, tally))
                            }
                            if let place = places[output.name] { try tallies[place].tally.add(maps) }
                        } catch {
                            failure = error
                        }
                    }
                }
                if let failure { throw failure }
            }
            return try tallies.map { name, tally in
                let statistics = try tally.statistics
                guard statistics.mean.isFinite, statistics.standardDeviation.isFinite else {
                    throw ApusError(
                        .notFinite, name: name,
                        "the layer '\(name)' outputs NaN or infinite values for an image")
                }
                return statistics
            }
        }
    }
}

extension LayerRecorder.Output {
    /// Returns the output as `[N, C, h, w]`; the output of a linear layer as `[N, C, 1, 1]`.
    fileprivate func channels(images: Int) throws -> Tensor? {
        if tensor.rank == 2, tensor.shape[0] == images {
            return try tensor.detach().unsqueeze(dim: -1).unsqueeze(dim: -1)
        }
        return try maps(images: images)
    }
}
