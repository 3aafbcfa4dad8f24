internal import TorchVision

/// The pictures of a report: small, upright where the model sees them so, as JPEG.
struct Thumbnails {
    /// The longest side, in pixels: sharp in a gallery on any screen, and good enough to be enlarged.
    private static let side = 256

    let dataset: any ImageDataset
    let options: ImageReadingOptions

    /// A picture of the dataset; nil where it can't be read any more.
    func picture(at index: Int) -> PageFigure.Picture? {
        guard let image = try? dataset.image(at: index, options: options) else { return nil }
        return try? Self.picture(of: image)
    }

    /// A picture as a report holds it, made smaller where it is larger.
    static func picture(of image: Image) throws(ImageError) -> PageFigure.Picture {
        let scale = min(1, Double(side) / Double(max(image.width, image.height)))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let small =
            scale < 1
            ? image.resized(width: max(1, Int(width.rounded())), height: max(1, Int(height.rounded()))) : image
        return PageFigure.Picture(
            format: .jpeg, bytes: try small.jpegData(quality: 80), width: small.width, height: small.height)
    }
}
