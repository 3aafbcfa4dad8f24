internal import Images

extension Evaluation {
    /// Computes the metrics of images from outputs of the network that are already known, such as those of an earlier
    /// pass. They are those of `ImageClassifier.evaluate`.
    ///
    /// - Parameters:
    ///   - logits: the outputs, `[images, classes]`.
    ///   - labels: the true class of each image.
    ///   - classes: the names of the classes.
    ///   - calibration: the calibration of the probabilities; nil for none.
    ///   - errors: the number of unreadable images.
    ///   - body: called with the outcome of each image, whose file has no name.
    /// - Throws: `ApusError` if the number of outputs is wrong.
    package init(
        logits: [Float], labels: [Int], classes: [String], calibration: ModelCalibration?, errors: Int,
        _ body: (ImageOutcome) -> Void
    ) throws {
        let rows = try Logits(logits, images: labels.count, classes: classes.count)
        var tally = makeTally(
            isMultiLabel: false, classes: classes, images: KnownLabels(classNames: classes, known: labels),
            calibration: calibration)
        tally.add(rows, images: Array(labels.indices), body)
        self = tally.evaluation(errors: errors)
    }
}

/// Labels without images.
private struct KnownLabels: ImageDataset {
    let classNames: [String]
    let known: [Int]

    var count: Int { known.count }
    func label(at index: Int) -> Int { known[index] }
    func name(at index: Int) -> String { "" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        throw ImageError(.unreadable, message: "there are only labels")
    }
}
