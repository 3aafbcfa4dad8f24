internal import Images
internal import Torch
internal import TorchVision

/// A source that computes features once and keeps them, so that epochs read no images.
///
/// Features are computed in the order of the dataset, before the first epoch that uses them, so that a resumed run has
/// the same features.
@TensorActor
final class CachedFeatureSource: LearningSource {
    /// The features of one variant of the readable images, `[N, …]`, and the row of each.
    private struct View {
        let features: Tensor
        let rowOfImage: [Int: Int]
    }

    private let loader: DataLoader
    /// The source of the images in the order of the dataset.
    private let source: FeatureSource
    /// The number of variants of each image. An image that an epoch draws again is taken from the next variant.
    private let viewCount: Int
    private var views: [Int: View] = [:]
    private let team: TrainingTeam
    private let progress: (_ done: Int, _ total: Int) -> Void

    /// - Parameters:
    ///   - loader: The loader with the order of the epochs and the batch size.
    ///   - source: The source that computes the features.
    ///   - progress: Called while features are computed, with the number of images so far and the total.
    init(
        _ loader: DataLoader, _ source: FeatureSource, views: Int = 1, team: TrainingTeam = TrainingTeam(),
        progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) {
        (self.loader, self.source, viewCount) = (loader, source, views)
        (self.team, self.progress) = (team, progress)
    }

    var dataset: any ImageDataset { loader.dataset }

    func batches(epoch: Int, from first: Int) throws -> LearningBatches {
        var drawn: [Int: Int] = [:]
        let draws = loader.indices(epoch: epoch).map { image in
            defer { drawn[image, default: 0] += 1 }
            return (image: image, view: (epoch + drawn[image, default: 0]) % viewCount)
        }
        var failures: [SampleFailure] = []
        var frames = SeveralFrames()
        for number in Set(draws.map(\.view)).sorted() where views[number] == nil {
            let computed = try computeView(number)
            views[number] = computed.view
            failures += computed.failures
            // Each variant has the same images.
            if frames.count == 0 { frames = computed.frames }
        }
        let rows = draws.compactMap { image, number in
            views[number]?.rowOfImage[image].map { (image: image, view: number, row: $0) }
        }
        let all = loader.batches(of: rows.count)
        var left = all.enumerated().dropFirst(first).makeIterator()
        var isDone = false
        return LearningBatches(isShared: true, failures: { isDone ? failures : [] }, frames: { [frames] in frames }) {
            [self] in
            guard let (number, range) = left.next() else {
                isDone = true
                return nil
            }
            let chosen = rows[loader.part?.range(of: range) ?? range]
            // Unreadable images may leave fewer batches than planned: processes then end the last step together.
            let isLast = loader.part != nil && number + 1 == all.count
            return LearningBatch(
                number: number, lastNumber: isLast ? max(number, loader.batchCount - 1) : number,
                input: try features(chosen.map { ($0.view, $0.row) }), images: chosen.map(\.image))
        }
    }

    func logits(_ input: Tensor) throws -> Tensor { try source.logits(input) }

    /// Returns the batch of all processes for the part of this one.
    private func whole(
        _ part: LearningBatch, _ failures: [SampleFailure]
    ) throws -> (input: Tensor, images: [Int], failures: [SampleFailure]) {
        guard team.group != nil else { return (part.input, part.images, failures) }
        let whole = try team.gather(
            PartOutputs(images: part.images, values: part.input.to(.cpu).array(), failures: failures))
        try team.checkCancellation()
        let shape = [whole.images.count] + source.featureShape
        return (try Tensor(whole.values, shape: shape).to(source.device), whole.images, whole.failures)
    }

    /// Returns rows of variants as one tensor.
    private func features(_ rows: [(view: Int, row: Int)]) throws -> Tensor {
        var parts: [Tensor] = []
        // The place of each row in the concatenated parts.
        var places = Array(repeating: 0, count: rows.count)
        var count = 0
        for number in Set(rows.map(\.view)).sorted() {
            guard let view = views[number] else { continue }
            let ofView = rows.indices.filter { rows[$0].view == number }
            for place in ofView {
                places[place] = count
                count += 1
            }
            parts.append(
                try view.features.indexSelect(
                    dim: 0, index: Tensor(ofView.map { rows[$0].row }).to(view.features.device)))
        }
        // A part of a batch may have no images.
        guard !parts.isEmpty else { return try Tensor.zeros([0] + source.featureShape, device: source.device) }
        return parts.count == 1
            ? parts[0] : try Tensor.cat(parts).indexSelect(dim: 0, index: Tensor(places).to(source.device))
    }

    /// Computes a variant. Each process computes its part of it.
    ///
    /// - Returns: The variant, the images that could not be read, and those with several frames.
    private func computeView(
        _ number: Int
    ) throws -> (view: View, failures: [SampleFailure], frames: SeveralFrames) {
        var parts: [Tensor] = []
        var rowOfImage: [Int: Int] = [:]
        var failures: [SampleFailure] = []
        var unreadable = UnreadableImages(of: source.loader)
        progress(0, dataset.count)
        let batches = source.batches(epoch: number, from: 0)
        while let batch = try batches.next() {
            let (input, images, failed) = try whole(batch, batches.newFailures())
            for image in images { rowOfImage[image] = rowOfImage.count }
            if !images.isEmpty { parts.append(input) }
            failures += failed
            try unreadable.add(failed)
            progress(rowOfImage.count + failures.count, dataset.count)
        }
        let rest = try team.gather(failures: batches.newFailures())
        failures += rest
        try unreadable.add(rest)
        let frames = try SeveralFrames(team.gather(batches.severalFrames))
        guard !parts.isEmpty else {
            return (View(features: try Tensor.zeros([0]), rowOfImage: [:]), failures, frames)
        }
        return (View(features: try Tensor.cat(parts), rowOfImage: rowOfImage), failures, frames)
    }
}
