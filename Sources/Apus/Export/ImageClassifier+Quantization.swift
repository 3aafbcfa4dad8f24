internal import Foundation
internal import Inference
internal import Torch
internal import TorchGraph
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// Writes an ONNX file that computes in 8-bit integers, from pixels, and measures what that costs and gains.
    ///
    /// The ranges of values are found on pictures of the training part of the data; accuracy, agreement and speed are
    /// measured on others: its validation pictures, given or set aside when the classifier was trained, else its test
    /// pictures, else a half that the ranges are not found on. The report says which.
    ///
    /// - Parameters:
    ///   - data: pictures like those to come: a labelled dataset, or a folder of pictures, for which no accuracy is told.
    ///   - count: how many pictures the ranges are found with, at most.
    ///   - progress: told of the stages of the work: a name, how many pictures are done, and of how many.
    /// - Throws: `DatasetError` for pictures that can't be found, `FileError` where the disk refuses, `InferenceError`
    ///   where OpenVINO is not installed.
    public func exportInt8(
        to path: String, calibratedOn data: String, pictures count: Int,
        progress: @escaping @Sendable (_ stage: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> QuantizationReport {
        let pictures = try QuantizationData(at: data, for: self, calibrationCount: count)
        let side = description.preprocessing.cropSize
        var unreadable = 0
        let (graph, quantized, calibrated) = try withNetworkOnCPU { network in
            let module = try PixelNetwork(
                network, normalizer: Normalizer(description.preprocessing, device: .cpu))
            let graph = try Graph(tracing: module, inputShape: [side, side, 3], dtype: .uint8)
            let calibration = try Calibration(graph)
            let batches = pictures.loader(pictures.calibration, for: self).batches()
            progress("calibrating", 0, pictures.calibration.count)
            while let batch = try batches.next() {
                try Task.checkCancellation()
                let pixels = try batch.withUnsafeBytes {
                    try Tensor(bytes: $0, shape: [batch.count, side, side, 3], dtype: .uint8)
                }
                try calibration.observe { _ = try module(pixels) }
                progress("calibrating", calibration.pictureCount + batches.failures.count, pictures.calibration.count)
            }
            unreadable += batches.failures.count
            guard calibration.pictureCount > 0 else { throw ApusError("\(data): none of the pictures could be read") }
            return (graph, try graph.quantized(calibratedBy: calibration), calibration.pictureCount)
        }

        let metadata = try ONNXDescription(description, input: .pixels, precision: .int8).metadata
        let (before, after) = (
            try ONNXModel(graph, inputs: [ExportedInput.pixels.name]),
            try ONNXModel(quantized, inputs: [ExportedInput.pixels.name], metadata: metadata)
        )
        try after.write(to: path)
        var measure = QuantizationMeasurement(pictures, classifier: self, progress: progress)
        let float32 = try measure.figures(of: before.bytes(), .float32)
        let int8 = try measure.figures(of: after.bytes(), .int8)
        return QuantizationReport(
            float32: float32.figures, int8: int8.figures, agreement: float32.agreement(with: int8),
            calibrationPictures: calibrated, measuredPictures: float32.answers.count,
            calibratedOn: pictures.calibratedOn, measuredOn: pictures.measuredOn,
            unreadable: unreadable + pictures.measured.count - float32.answers.count)
    }
}

/// The pictures that quantisation looks at, and those that it is measured on.
struct QuantizationData {
    let calibration: any ImageDataset
    let measured: any ImageDataset
    /// What both are, for people.
    let calibratedOn: String, measuredOn: String
    /// Whether the labels of the pictures are classes of the classifier.
    let isLabelled: Bool

    init(at path: String, for classifier: ImageClassifier, calibrationCount: Int) throws {
        let training = classifier.description.training
        /// A part of the data under the classifier's classes, as training and evaluation divide it; nil where there is none.
        func part(_ split: EvaluationSplit) -> (any ImageDataset)? {
            guard let data = try? EvaluationData(at: path, split: split, training: training) else { return nil }
            return try? data.pictures.relabelled(to: classifier.classes, aliases: classifier.aliases)
        }
        let learned = part(.train)
        if let known = learned ?? part(.all) {
            isLabelled = true
            let aside = part(.val).map { ($0, "validation pictures") } ?? part(.test).map { ($0, "test pictures") }
            if learned != nil, let aside {
                calibration = known.limited(to: calibrationCount)
                (calibratedOn, measured, measuredOn) = ("training pictures", aside.0, aside.1)
            } else {
                let parts = try known.split(validation: .share(0.5), stratified: false)
                (calibration, measured) = (parts.training.limited(to: calibrationCount), parts.validation)
                (calibratedOn, measuredOn) = ("one half of the pictures", "the other half of the pictures")
            }
            return
        }
        isLabelled = false
        let list = try PictureList(paths: [path])
        let every = stride(from: 0, to: list.count, by: 2)
        calibration = Subset(of: list, indices: Array(every.prefix(calibrationCount)))
        measured = list.count > 1 ? Subset(of: list, indices: Array(stride(from: 1, to: list.count, by: 2))) : list
        (calibratedOn, measuredOn) = ("every second picture", "the others")
    }

    func loader(_ pictures: any ImageDataset, for classifier: ImageClassifier) -> DataLoader {
        classifier.loader(pictures, batchSize: 16, workers: DataLoader.processorCount, decoding: .exact)
    }
}
