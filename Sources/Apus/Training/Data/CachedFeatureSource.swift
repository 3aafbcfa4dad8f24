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
    /// How many views of each picture are kept; with one, or none drawn at random, all epochs see the same.
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

    func pass(epoch: Int, from first: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        let (view, failures) = try self.view(epoch % viewCount)
        let pictures = loader.indices(epoch: epoch).filter { view.rowOfPicture[$0] != nil }
        for (number, start) in stride(from: 0, to: pictures.count, by: loader.batchSize).enumerated().dropFirst(first) {
            let chosen = Array(pictures[start..<min(start + loader.batchSize, pictures.count)])
            let rows = try Tensor(chosen.compactMap { view.rowOfPicture[$0] }).to(source.device)
            try body(LearningBatch(number: number, input: view.features.indexSelect(0, rows), pictures: chosen))
        }
        return failures
    }

    func logits(_ input: Tensor) throws -> Tensor { try source.logits(input) }

    /// A view, and the pictures that could not be read where it is computed now.
    private func view(_ number: Int) throws -> (View, [SampleFailure]) {
        if let view = views[number] { return (view, []) }
        var parts: [Tensor] = []
        var rowOfPicture: [Int: Int] = [:]
        var failures: [SampleFailure] = []
        progress(0, dataset.count)
        failures += try source.pass(epoch: number, from: 0) { batch in
            for picture in batch.pictures { rowOfPicture[picture] = rowOfPicture.count }
            parts.append(batch.input)
            failures += batch.failures
            progress(rowOfPicture.count + failures.count, dataset.count)
        }
        guard !parts.isEmpty else { return (View(features: try Tensor.zeros([0]), rowOfPicture: [:]), failures) }
        let view = View(features: try Tensor.cat(parts), rowOfPicture: rowOfPicture)
        views[number] = view
        return (view, failures)
    }
}
