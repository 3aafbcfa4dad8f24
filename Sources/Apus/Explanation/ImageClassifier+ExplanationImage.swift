package import Classifier
internal import Drawing
internal import Images
internal import Torch

extension ImageClassifier {
    /// Explains the prediction for an image, and draws the image with the evidence for the class. LibTorch is loaded on
    /// first use.
    ///
    /// - Parameters:
    ///   - image: the bytes of an image file.
    ///   - options: the method, the class and the layer.
    /// - Returns: the bytes of a PNG file.
    /// - Throws: `ApusError` with the code `needsLibTorch` without LibTorch, `unreadableImage` if the bytes are not an
    ///   image, and as for `explain`; `DrawingError` without the libraries that draw.
    package nonisolated func explanationImage(
        of image: [UInt8], options: ExplanationOptions = .init()
    ) async throws -> [UInt8] {
        try LibTorch.demand()
        try DrawingLibraries.open()
        let image = SingleImage(EncodedImage(bytes: image), named: "image")
        switch try await explain(image, at: 0, options: options) {
        case .success(let explanation): return try explanation.overlay().png(scale: 2)
        case .failure(let failure): throw image.unreadable(failure)
        }
    }
}
