public import Classifier
internal import Foundation
internal import Inference
internal import ONNX
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
    ///   - pictures: images like those to come, opened for this classifier.
    ///   - progress: told of the stages of the work: a name, how many pictures are done, and of how many.
    /// - Throws: `FileError` where the disk refuses, `InferenceError` where OpenVINO is not installed.
    public func exportInt8(
        to path: String, calibratedOn pictures: QuantizationData,
        progress: @escaping @Sendable (_ stage: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> QuantizationReport {
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
            guard calibration.pictureCount > 0 else {
                throw ApusError("\(pictures.path): none of the pictures could be read")
            }
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
