package import Images

/// A dataset of one image without a label.
package struct SingleImage: ImageDataset {
    private enum Content {
        case encoded(EncodedImage)
        case decoded(Image)
    }

    /// What errors call the image.
    package let name: String
    private let content: Content

    package init(path: String) { self.init(EncodedImage(path: path), named: path) }

    package init(_ image: EncodedImage, named name: String) { (self.name, content) = (name, .encoded(image)) }

    package init(_ image: Image, named name: String) { (self.name, content) = (name, .decoded(image)) }

    package var classNames: [String] { [""] }
    package var count: Int { 1 }
    package func label(at index: Int) -> Int { 0 }
    package func name(at index: Int) -> String { name }

    package func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        switch content {
        case .encoded(let image): try Image(decoding: image, options: options)
        case .decoded(let image): image
        }
    }

    package func encodedImage(at index: Int) throws -> EncodedImage? {
        if case .encoded(let image) = content { image } else { nil }
    }

    /// The error where the image can't be read.
    package func unreadable(_ failure: SampleFailure?) -> ApusError {
        ApusError(
            .unreadableImage, name: name, failure?.description ?? "\(name): holds no image",
            underlyingError: failure?.error)
    }
}
