internal import TorchVision

/// A map of pictures for a report.
enum ReportMap {
    /// Every picture passes the network once more for it, so there are no more than that, spread over the classes.
    static let pictureCount = 256
    /// Fewer tell nothing.
    static let fewestPictures = 8
    /// More classes can't be told by colours and shapes.
    static let classCount = 16

    /// The pictures of the classes that are most often mistaken for each other, where there are many classes; all where
    /// there are few, or no mistakes.
    ///
    /// - Parameter pictures: those that were evaluated, with the model's classes.
    static func worthAMap(of pictures: any ImageDataset, in evaluation: Evaluation) -> any ImageDataset {
        guard let matrix = evaluation.confusion, matrix.order.count > classCount else { return pictures }
        let classes = Set(matrix.focus(on: classCount))
        let indices = (0..<pictures.count).filter { classes.contains(pictures.label(at: $0)) }
        return indices.count < fewestPictures ? pictures : Subset(of: pictures, indices: indices)
    }
}

extension ImageClassifier {
    /// The principal components of the features of some pictures; nil where there are too few, or where the model, an
    /// ONNX file, gives no features.
    func reportMap(of pictures: any ImageDataset, in evaluation: Evaluation) async throws -> PageFigure? {
        let pictures = try pictures.relabelled(to: classes, aliases: aliases)
        let chosen = ReportMap.worthAMap(of: pictures, in: evaluation)
        let some = chosen.limited(to: ReportMap.pictureCount)
        guard some.count >= ReportMap.fewestPictures,
            let extractor = try? await FeatureExtractor(self, forPictures: some.count)
        else { return nil }
        let embeddings = try await extractor.embeddings(of: PictureCollection(some))
        guard embeddings.count >= ReportMap.fewestPictures else { return nil }
        let map = try await embeddings.map(by: .pca)
        let share = (map.varianceRatio ?? []).reduce(0, +)
        let which = chosen.count < pictures.count ? "; they are of the classes most often confused" : ""
        return try PageFigure(
            "Map of the features of \(map.points.count) pictures",
            "What the network makes of \(map.points.count) pictures before its head, in the two directions in which they "
                + "differ most, which have \(share.percent) of the variance\(which). Classes that lie apart here are easy to tell."
        ) { map.chart(classes: some.classNames, theme: $0) }
    }
}
