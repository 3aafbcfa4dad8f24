public import Classifier
public import Images
internal import Platform
internal import TorchVision

/// The images that quantization looks at, and those that it is measured on.
public struct QuantizationData: Sendable {
    /// The images, and what was understood of them; without labels no accuracy is measured.
    public let input: ImageInput
    let calibration: any ImageDataset
    let measured: any ImageDataset
    /// What both are, for people.
    let calibratedOn: String, measuredOn: String

    /// Opens the data: a labelled dataset, or images without labels.
    ///
    /// Of a dataset the ranges of values are found on what the classifier was trained on, and the accuracy is measured on
    /// what was set aside; where there are no such parts, each is done on one half.
    ///
    /// - Parameters:
    ///   - path: the data.
    ///   - classifier: the classifier.
    ///   - options: how the data are read. What they leave open is as in training, where the data can be read so.
    ///   - calibrationCount: the largest number of images that the ranges are found with.
    /// - Throws: `DatasetError` where the data can't be read, also where options are given or the data are a table or a
    ///   list and the classes are not the classifier's.
    public init(
        at path: String, for classifier: ImageClassifier, options: DatasetOptions = .init(), calibrationCount: Int
    ) throws(DatasetError) {
        do throws(DatasetError) {
            self = try Self(labelledAt: path, for: classifier, options, calibrationCount)
        } catch {
            let mayBeWithoutLabels = [.ambiguous, .notAFolder, .unknownClass].contains(error.code)
            guard mayBeWithoutLabels, options == .init(), !DatasetLocation.isFileOfNames(path) else { throw error }
            self = try Self(
                unlabelledAt: path, calibrationCount, "no accuracy is measured, as the labels can't be used: \(error)")
        }
    }

    private init(
        labelledAt path: String, for classifier: ImageClassifier, _ options: DatasetOptions, _ calibrationCount: Int
    ) throws(DatasetError) {
        let parts = try DataParts(at: path, classifier.description.training, options: options, isSplitNamed: true)
        func part(_ split: EvaluationSplit) throws(DatasetError) -> (any ImageDataset)? {
            try parts[split]?.pictures.relabelled(to: classifier.classes, aliases: classifier.aliases)
        }
        let learned = try part(.train)
        if let learned, let validation = try part(.val) {
            (calibration, measured) = (learned.limited(to: calibrationCount), validation)
            (calibratedOn, measuredOn) = ("training pictures", "validation pictures")
        } else if let learned, let test = try part(.test) {
            (calibration, measured) = (learned.limited(to: calibrationCount), test)
            (calibratedOn, measuredOn) = ("training pictures", "test pictures")
        } else {
            let all: any ImageDataset
            if let learned { all = learned } else { all = try part(.all) ?? parts.opened.training }
            let halves = try all.split(validation: .share(0.5), stratified: false)
            (calibration, measured) = (halves.training.limited(to: calibrationCount), halves.validation)
            (calibratedOn, measuredOn) = ("one half of the pictures", "the other half of the pictures")
        }
        input = ImageInput(
            ConcatDataset([calibration, measured]), isLabeled: true, notes: parts.opened.notes,
            dataset: DataDescription(parts.opened))
    }

    private init(unlabelledAt path: String, _ calibrationCount: Int, _ note: String) throws(DatasetError) {
        let list = try PictureList(paths: [path])
        let every = stride(from: 0, to: list.count, by: 2)
        calibration = Subset(of: list, indices: Array(every.prefix(calibrationCount)))
        measured = list.count > 1 ? Subset(of: list, indices: Array(stride(from: 1, to: list.count, by: 2))) : list
        (calibratedOn, measuredOn) = ("every second picture", "the others")
        input = ImageInput(
            ConcatDataset([calibration, measured]), isLabeled: false, notes: list.notes + [note])
    }

    /// Batches of 16 images for each pass.
    static let passOptions = ImagePassOptions(batchSize: 16)
}
