public import Classifier
internal import Foundation
internal import Inference
internal import ONNX
internal import Torch
internal import TorchGraph
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// Writes an ONNX file that computes in 8-bit integers from pixels, and measures its accuracy and speed.
    ///
    /// The value ranges are calibrated on training images of the data. Accuracy, agreement and speed are measured on
    /// other images: the validation images, otherwise the test images, otherwise the half of the images that is not
    /// used for calibration. The report names them.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - images: representative images, opened for this classifier.
    ///   - reader: reads the progress.
    /// - Throws: `FileError` if the file can't be written, `InferenceError` if OpenVINO is not installed.
    public func exportInt8(
        to path: String, calibratedOn images: QuantizationData,
        readBy reader: @escaping @Sendable (EventSequence<QuantizationEvent>) async throws -> Void = { _ in }
    ) async throws -> QuantizationReport {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            try quantize(to: path, calibratedOn: images, events)
        }
    }

    private func quantize(
        to path: String, calibratedOn images: QuantizationData, _ events: EventChannel<QuantizationEvent>
    ) throws -> QuantizationReport {
        let side = description.preprocessing.cropSize
        var unreadable = 0
        let (graph, quantized, calibrated) = try withNetworkOnCPU { network in
            let module = try PixelNetwork(
                network, normalizer: Normalizer(description.preprocessing, device: .cpu))
            let graph = try Graph(tracing: module, inputShape: [side, side, 3], dtype: .uint8)
            let calibration = try Calibration(graph)
            let pass = pass(over: images.calibration, through: nil, QuantizationData.passOptions)
            while let (batch, _) = try pass.next() {
                try events.checkCancellation()
                let pixels = try batch.withUnsafeBytes {
                    try Tensor(bytes: $0, shape: [batch.count, side, side, 3], dtype: .uint8)
                }
                try calibration.observe { _ = try module(pixels) }
                events.send(
                    .calibrating(done: pass.done + pass.failures.count, total: images.calibration.count))
            }
            unreadable += pass.failures.count
            guard pass.done > 0 else {
                throw ApusError.noReadableImages(pass.failures.count, first: pass.failures.first)
            }
            return (graph, try graph.quantized(calibratedBy: calibration), calibration.imageCount)
        }

        let metadata = try ONNXDescription(description, input: .pixels, precision: .int8).metadata
        let (before, after) = (
            try ONNXModel(graph, inputs: [ExportedInput.pixels.name]),
            try ONNXModel(quantized, inputs: [ExportedInput.pixels.name], metadata: metadata)
        )
        try after.write(to: path)
        var measure = QuantizationMeasurement(images, classifier: self, events: events)
        let float32 = try measure.outcome(of: before.bytes(), .float32)
        let int8 = try measure.outcome(of: after.bytes(), .int8)
        return QuantizationReport(
            float32: float32.metrics, int8: int8.metrics, agreement: float32.agreement(with: int8),
            calibrationImages: calibrated, measuredImages: float32.predictions.count,
            calibratedOn: images.calibratedOn, measuredOn: images.measuredOn,
            unreadable: unreadable + images.measured.count - float32.predictions.count)
    }
}
