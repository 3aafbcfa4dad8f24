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
    ///   - path: the file.
    ///   - pictures: images like those to come, opened for this classifier.
    ///   - reader: reads how far the work is.
    /// - Throws: `FileError` where the disk refuses, `InferenceError` where OpenVINO is not installed.
    public func exportInt8(
        to path: String, calibratedOn pictures: QuantizationData,
        readBy reader: @escaping @Sendable (EventSequence<QuantizationEvent>) async throws -> Void = { _ in }
    ) async throws -> QuantizationReport {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            try quantize(to: path, calibratedOn: pictures, events)
        }
    }

    private func quantize(
        to path: String, calibratedOn pictures: QuantizationData, _ events: EventChannel<QuantizationEvent>
    ) throws -> QuantizationReport {
        let side = description.preprocessing.cropSize
        var unreadable = 0
        let (graph, quantized, calibrated) = try withNetworkOnCPU { network in
            let module = try PixelNetwork(
                network, normalizer: Normalizer(description.preprocessing, device: .cpu))
            let graph = try Graph(tracing: module, inputShape: [side, side, 3], dtype: .uint8)
            let calibration = try Calibration(graph)
            let pass = pass(over: pictures.calibration, through: nil, QuantizationData.passOptions)
            while let (batch, _) = try pass.next() {
                try events.checkCancellation()
                let pixels = try batch.withUnsafeBytes {
                    try Tensor(bytes: $0, shape: [batch.count, side, side, 3], dtype: .uint8)
                }
                try calibration.observe { _ = try module(pixels) }
                events.send(
                    .calibrating(done: pass.done + pass.failures.count, total: pictures.calibration.count))
            }
            unreadable += pass.failures.count
            guard pass.done > 0 else {
                throw ApusError.noReadableImages(pass.failures.count, first: pass.failures.first)
            }
            return (graph, try graph.quantized(calibratedBy: calibration), calibration.pictureCount)
        }

        let metadata = try ONNXDescription(description, input: .pixels, precision: .int8).metadata
        let (before, after) = (
            try ONNXModel(graph, inputs: [ExportedInput.pixels.name]),
            try ONNXModel(quantized, inputs: [ExportedInput.pixels.name], metadata: metadata)
        )
        try after.write(to: path)
        var measure = QuantizationMeasurement(pictures, classifier: self, events: events)
        let float32 = try measure.figures(of: before.bytes(), .float32)
        let int8 = try measure.figures(of: after.bytes(), .int8)
        return QuantizationReport(
            float32: float32.figures, int8: int8.figures, agreement: float32.agreement(with: int8),
            calibrationPictures: calibrated, measuredPictures: float32.answers.count,
            calibratedOn: pictures.calibratedOn, measuredOn: pictures.measuredOn,
            unreadable: unreadable + pictures.measured.count - float32.answers.count)
    }
}
