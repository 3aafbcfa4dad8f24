internal import Images
internal import Torch
internal import TorchVision

/// Features that are computed once and kept: epochs then read no picture.
///
/// They are computed in the order of the dataset, before the first epoch that wants them, so that a run that goes on
/// after a pause has the same.
@TensorActor
final class CachedFeatureSource: LearningSource {
    /// The features of one view of the pictures that could be read, `[N, …]`, and the row of each.
    private struct View {
        let features: Tensor
        let rowOfPicture: [Int: Int]
    }

    private let loader: DataLoader
    /// Gives the pictures in the order of the dataset.
    private let source: FeatureSource
    /// How many views of each picture are kept; with one, or none drawn at random, all epochs see the same. An image that
    /// an epoch draws again is taken from the next view.
    private let viewCount: Int
    private var views: [Int: View] = [:]
    private let progress: (_ done: Int, _ total: Int) -> Void

    /// - Parameters:
    ///   - loader: tells the order of the epochs and the size of the batches.
    ///   - source: computes the features.
    ///   - progress: told while features are computed: pictures so far, and in all.
    init(
        _ loader: DataLoader, _ source: FeatureSource, views: Int = 1,
        progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) {
        (self.loader, self.source, viewCount, self.progress) = (loader, source, views, progress)
    }

    var dataset: any ImageDataset { loader.dataset }

    func batches(epoch: Int, from first: Int) throws -> LearningBatches {
        var drawn: [Int: Int] = [:]
        let draws = loader.indices(epoch: epoch).map { picture in
            defer { drawn[picture, default: 0] += 1 }
            return (picture: picture, view: (epoch + drawn[picture, default: 0]) % viewCount)
        }
        var failures: [SampleFailure] = []
        for number in Set(draws.map(\.view)).sorted() where views[number] == nil {
            let computed = try computeView(number)
            views[number] = computed.view
            failures += computed.failures
        }
        let rows = draws.compactMap { picture, number in
            views[number]?.rowOfPicture[picture].map { (picture: picture, view: number, row: $0) }
        }
        var left = loader.batches(of: rows.count).enumerated().dropFirst(first).makeIterator()
        var isDone = false
        return LearningBatches(failures: { isDone ? failures : [] }) { [self] in
            guard let (number, range) = left.next() else {
                isDone = true
                return nil
            }
            let chosen = rows[range]
            return LearningBatch(
                number: number, input: try features(chosen.map { ($0.view, $0.row) }), pictures: chosen.map(\.picture))
        }
    }

    func logits(_ input: Tensor) throws -> Tensor { try source.logits(input) }

    /// Rows of views, one after the other.
    private func features(_ rows: [(view: Int, row: Int)]) throws -> Tensor {
        var parts: [Tensor] = []
        // Where each row lies in the parts, which are by views.
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
        return parts.count == 1
            ? parts[0] : try Tensor.cat(parts).indexSelect(dim: 0, index: Tensor(places).to(source.device))
    }

    /// Computes a view.
    ///
    /// - Returns: it, and the images that could not be read.
    private func computeView(_ number: Int) throws -> (view: View, failures: [SampleFailure]) {
        var parts: [Tensor] = []
        var rowOfPicture: [Int: Int] = [:]
        var failures: [SampleFailure] = []
        progress(0, dataset.count)
        let batches = source.batches(epoch: number, from: 0)
        while let batch = try batches.next() {
            for picture in batch.pictures { rowOfPicture[picture] = rowOfPicture.count }
            parts.append(batch.input)
            failures += batches.newFailures()
            progress(rowOfPicture.count + failures.count, dataset.count)
        }
        failures += batches.newFailures()
        guard !parts.isEmpty else { return (View(features: try Tensor.zeros([0]), rowOfPicture: [:]), failures) }
        return (View(features: try Tensor.cat(parts), rowOfPicture: rowOfPicture), failures)
    }
}
