internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Tells in figures what each layer gives for some pictures: dead channels, nearly constant ones, the share of zeros.
    ///
    /// A layer that only hands on what one within it gave is left out. In memory are the activations of one batch, one
    /// layer after the other.
    ///
    /// - Parameters:
    ///   - pictures: what passes the network; the more, the surer it is that a channel is dead.
    ///   - batchSize: how many pass at once.
    ///   - workers: how many threads decode.
    ///   - maximumUnreadable: how many pictures may be unreadable before the work ends; nil for any number.
    ///   - progress: told after each batch how many pictures are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Returns: the layers in the order in which they are done.
    /// - Throws: `ApusError` where no picture is readable.
    public func activationStatistics(
        for pictures: any ImageDataset, batchSize: Int = 16, workers: Int = DataLoader.processorCount,
        maximumUnreadable: UnreadableLimit? = nil, progress: @Sendable (Int) -> Void = { _ in },
        onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> [ActivationStatistics] {
        let network = try network
        let normalizer = try Normalizer(description.preprocessing, device: device)
        let recorder = LayerRecorder(of: network)
        var tallies: [(name: String, tally: ActivationTally)] = []
        var done = 0
        let batches = loader(
            pictures, batchSize: batchSize, workers: workers, decoding: .exact, maximumUnreadable: maximumUnreadable
        ).batches()
        var failures = 0
        while let batch = try batches.next() {
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
                            let type = "\(type(of: output.module))"
                            tallies.append(
                                (output.name, try ActivationTally(output.name, type: type, channels: maps.size(1))))
                        }
                        if let place = places[output.name] { try tallies[place].tally.add(maps) }
                    } catch {
                        trouble = error
                    }
                }
            }
            if let trouble { throw trouble }
            batches.failures[failures...].forEach(onFailure)
            failures = batches.failures.count
            done += batch.count
            progress(done + failures)
        }
        batches.failures[failures...].forEach(onFailure)
        guard done > 0 else {
            throw ApusError("none of the \(pictures.count) pictures could be read; the first: \(batches.failures[0])")
        }
        return try tallies.map { name, tally in
            let statistics = try tally.statistics
            guard statistics.mean.isFinite, statistics.standardDeviation.isFinite else {
                throw ApusError("the layer '\(name)' gives values that are NaN or infinite for one of the pictures")
            }
            return statistics
        }
    }
}

extension LayerRecorder.Output {
    /// The result as `[N, C, h, w]`, that of a linear layer with one place.
    fileprivate func channels(pictures: Int) throws -> Tensor? {
        if tensor.rank == 2, tensor.size(0) == pictures { return try tensor.detach().unsqueeze(-1).unsqueeze(-1) }
        return try maps(pictures: pictures)
    }
}
