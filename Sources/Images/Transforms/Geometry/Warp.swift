internal import CImage

/// Where each pixel of a result comes from: of the middle (x, y) of a pixel the place in the image is
/// ((a x + b y + c) / w, (d x + e y + f) / w), where w is g x + h y + 1.
struct Warp: Sendable, Hashable {
    private let coefficients: [Double]

    /// Straight and parallel lines stay so: w is 1.
    init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        coefficients = [a, b, c, d, e, f]
    }

    /// Straight lines stay straight: eight numbers, a to h.
    init(perspective coefficients: [Double]) {
        precondition(coefficients.count == 8, "A perspective has eight coefficients.")
        self.coefficients = coefficients
    }

    /// Draws an image of this size: Pillow's `transform`, bit for bit.
    func image(of image: Image, size: PixelSize, sampling: Sampling, fill: RGBColor) -> Image {
        let k = coefficients
        var warp = cimage_warp(
            sampling: sampling.code,
            coefficients: (k[0], k[1], k[2], k[3], k[4], k[5], k.count > 6 ? k[6] : 0, k.count > 7 ? k[7] : 0),
            is_affine: k.count == 6, fill: (fill.red, fill.green, fill.blue))
        return Image(width: size.width, height: size.height) { target in
            let status = image.pixels.withUnsafeBufferPointer { source in
                cimage_warp_rgb(
                    &warp, source.baseAddress, Int32(image.width), Int32(image.height), target.baseAddress,
                    Int32(size.width), Int32(size.height))
            }
            precondition(status == CIMAGE_OK, "An image has at least one pixel.")
        }
    }
}
