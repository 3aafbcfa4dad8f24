public import Classifier
public import Images
internal import Platform
internal import TorchVision

/// The images for the calibration of quantization, and those for its evaluation.
public struct QuantizationData: Sendable {
    /// The images, and how the data was interpreted. Without labels, no accuracy is measured.
    public let input: ImageInput
    let calibration: any ImageDataset
    let measured: any ImageDataset
    /// The descriptions of both.
    let calibratedOn: String, measuredOn: String

    /// Opens the data: a labeled dataset, or images without labels.
    ///
    /// The value ranges are calibrated on training images, and the accuracy is measured on validation or test images.
    /// Without such splits, one half of the images is used for each.
    ///
    /// - Parameters:
    ///   - path: the data.
    ///   - classifier: the classifier.
    ///   - options: the options for reading the data. Unset options are as in training if the data can be read that
    ///     way.
    ///   - calibrationCount: the largest number of images for calibration.
    /// - Throws: `DatasetError` if the data can't be read, or if its classes are not those of the classifier and
    ///   `options` are set or the data is a table or list.
    public init(
        at path: String, for classifier: ImageClassifier, options: DatasetOptions = .init(), calibrationCount: Int
    ) throws(DatasetError) {
        do throws(DatasetError) {
            self = try Self(labeledAt: path, for: classifier, options, calibrationCount)
        } catch {
            let mayBeWithoutLabels = [.ambiguous, .notAFolder, .unknownClass].contains(error.code)
            guard mayBeWithoutLabels, options == .init(), !DatasetLocation.isFileOfNames(path) else { throw error }
            self = try Self(
                unlabeledAt: path, calibrationCount,
                "no accuracy is measured, because the labels can't be used: \(error)")
        }
    }

    private init(
        labeledAt path: String, for classifier: ImageClassifier, _ options: DatasetOptions, _ calibrationCount: Int
    ) throws(DatasetError) {
        let parts = try DataParts(at: path, classifier.description.training, options: options, isSplitNamed: true)
        func part(_ split: EvaluationSplit) throws(DatasetError) -> (any ImageDataset)? {
            try parts[split]?.images.relabeled(to: classifier.classes, aliases: classifier.aliases)
        }
        let learned = try part(.train)
        if let learned, let validation = try part(.val) {
            (calibration, measured) = (learned.limited(to: calibrationCount), validation)
            (calibratedOn, measuredOn) = ("training images", "validation images")
        } else if let learned, let test = try part(.test) {
            (calibration, measured) = (learned.limited(to: calibrationCount), test)
            (calibratedOn, measuredOn) = ("training images", "test images")
        } else {
            let all: any ImageDataset
            if let learned { all = learned } else { all = try part(.all) ?? parts.opened.training }
            let halves = try all.split(validation: .fraction(0.5), stratified: false)
            (calibration, measured) = (halves.training.limited(to: calibrationCount), halves.validation)
            (calibratedOn, measuredOn) = ("one half of the images", "the other half of the images")
        }
        input = ImageInput(
            ConcatDataset([calibration, measured]), isLabeled: true, notes: parts.opened.notes,
            dataset: DataDescription(parts.opened))
    }

    private init(unlabeledAt path: String, _ calibrationCount: Int, _ note: String) throws(DatasetError) {
        let list = try ImageList(paths: [path])
        let every = stride(from: 0, to: list.count, by: 2)
        calibration = Subset(of: list, indices: Array(every.prefix(calibrationCount)))
        measured = list.count > 1 ? Subset(of: list, indices: Array(stride(from: 1, to: list.count, by: 2))) : list
        (calibratedOn, measuredOn) = ("every second image", "the other images")
        input = ImageInput(
            ConcatDataset([calibration, measured]), isLabeled: false, notes: list.notes + [note])
    }

    /// Batches of 16 images.
    static let passOptions = ImagePassOptions(batchSize: 16)
}
