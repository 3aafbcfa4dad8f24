internal import Apus
internal import Classifier
internal import Drawing
internal import Images
internal import Platform
internal import Serving
internal import Torch
internal import TorchVision

/// Explains a prediction of a server: draws the image with the evidence for a class. LibTorch is loaded on first use.
///
/// - Returns: The bytes of a PNG file.
/// - Throws: `ServingError` for an unknown method, or without LibTorch or the libraries that draw.
@Sendable func explainPrediction(
    by model: ServedModel, of image: [UInt8], class index: Int, method name: String
) async throws -> [UInt8] {
    guard let method = ExplanationMethod(rawValue: name) else {
        let methods = ExplanationMethod.allCases.map(\.rawValue).joined(separator: ", ")
        throw ServingError(.invalidRequest, "no explanation is called '\(name.shown)'; use one of \(methods)")
    }
    do {
        try LibTorch.demand()
        try DrawingLibraries.open()
    } catch {
        // The reason has paths of this machine.
        throw ServingError(
            .noExplanations,
            error is DrawingError
                ? "this server has no explanations, which need Pango and Cairo; leave out 'explain'"
                : "this server has no explanations, which need LibTorch; leave out 'explain'")
    }
    var options = ExplanationOptions()
    options.method = method
    options.target = .index(index)
    let result = Monitor<Explanation?>(nil)
    do {
        try await model.classifier.explain(SingleImage(EncodedImage(bytes: image), named: "image"), options: options) {
            events in
            for await case .result(let explanation) in events { result.withLock { $0 = explanation } }
        }
    } catch let error as ApusError where error.code == .unsupportedForONNX || error.code == .unsuitableLayer {
        throw ServingError(.noExplanations, "\(name) can't explain the model '\(model.name)'; leave out 'explain'")
    }
    guard let explanation = result.withLock({ $0 }) else {
        throw ServingError(.unreadableImage, "the image can't be decoded for its explanation")
    }
    return try explanation.overlay().png(scale: 2)
}
