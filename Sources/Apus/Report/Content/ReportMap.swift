internal import TorchVision

/// A map of pictures for a report.
enum ReportMap {
    /// Every picture passes the network once more for it, so there are no more than that, spread over the classes.
    static let pictureCount = 256
    /// Fewer tell nothing.
    static let fewestPictures = 8
}

extension ImageClassifier {
    /// The principal components of the features of some pictures; nil where there are too few, or where the model, an
    /// ONNX file, gives no features.
    func reportMap(of pictures: any ImageDataset) async throws -> PageFigure? {
        let some = pictures.limited(to: ReportMap.pictureCount)
        guard some.count >= ReportMap.fewestPictures,
            let extractor = try? await FeatureExtractor(self, forPictures: some.count)
        else { return nil }
        let embeddings = try await extractor.embeddings(of: PictureCollection(some))
        guard embeddings.count >= ReportMap.fewestPictures else { return nil }
        let map = try await embeddings.map(by: .pca)
        let share = (map.varianceRatio ?? []).reduce(0, +)
        return try PageFigure(
            "Map of the features of \(map.points.count) pictures",
            "What the network makes of \(map.points.count) pictures before its head, in the two directions in which they "
                + "differ most, which have \(share.percent) of the variance. Classes that lie apart here are easy to tell."
        ) { map.chart(classes: some.classNames, theme: $0) }
    }
}
