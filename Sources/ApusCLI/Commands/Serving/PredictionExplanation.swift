internal import Apus
internal import Classifier
internal import Drawing
internal import Platform
internal import Serving

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
    var options = ExplanationOptions()
    options.method = method
    options.target = .index(index)
    do {
        return try await model.classifier.explanationImage(of: image, options: options)
    } catch let error as ApusError {
        switch error.code {
        // The reason has paths of this machine.
        case .needsLibTorch, .systemFailure:
            throw ServingError(
                .noExplanations, "this server has no explanations, which need LibTorch; leave out 'explain'")
        case .unsupportedForONNX, .unsuitableLayer:
            throw ServingError(.noExplanations, "\(name) can't explain the model '\(model.name)'; leave out 'explain'")
        case .unreadableImage:
            throw ServingError(.unreadableImage, "the image can't be decoded for its explanation")
        default: throw error
        }
    } catch is DrawingError {
        throw ServingError(
            .noExplanations, "this server has no explanations, which need Pango and Cairo; leave out 'explain'")
    }
}
