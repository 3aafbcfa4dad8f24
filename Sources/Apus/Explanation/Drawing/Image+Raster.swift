internal import Drawing
internal import TorchVision

extension Raster {
    /// A picture's pixels.
    init(_ image: Image) throws(DrawingError) {
        try self.init(width: image.width, height: image.height, pixels: image.pixels)
    }
}
