/// One operation of an augmentation policy, with its magnitude: what torchvision's policies do to an image read by
/// Pillow.
public enum AugmentationOperation: Sendable, Hashable {
    /// Leaves the image as it is.
    case identity
    /// Slants the image to the right and downwards by these parts of its height and width; the top left corner stays.
    case shear(x: Double, y: Double)
    /// Shifts the image right and down by this many pixels.
    case translate(x: Int, y: Int)
    /// Turns the image about its middle, against the clock.
    case rotate(degrees: Double)
    /// Changes the colors.
    case color(ColorOperation)
}

extension Image {
    /// The image after these operations, one after the other.
    ///
    /// - Parameters:
    ///   - operations: the operations, in order.
    ///   - sampling: how a place between pixels gets its color.
    ///   - fill: the color of what comes in from beyond the edges.
    public func applying(
        _ operations: [AugmentationOperation], sampling: Sampling = .nearest, fill: RGBColor = .black
    ) -> Image {
        operations.reduce(self) { image, operation in
            switch operation {
            case .identity: image
            case .color(let change): image.applying([change])
            case .shear, .translate, .rotate: image.moving(operation, sampling: sampling, fill: fill)
            }
        }
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Image {
    /// The image after the operations of a policy that move pixels, as torchvision has them done.
    func moving(_ operation: AugmentationOperation, sampling: Sampling, fill: RGBColor) -> Image {
        switch operation {
        case .identity, .color:
            return self
        case .shear(let x, let y):
            // The policies' papers give the tangent.
            let motion = AffineMotion(shearX: atan(x) * (180 / .pi), shearY: atan(y) * (180 / .pi))
            return moved(motion, sampling: sampling, center: PixelPoint(x: 0, y: 0), fill: fill)
        case .translate(let x, let y):
            return moved(AffineMotion(right: x, down: y), sampling: sampling, fill: fill)
        case .rotate(let degrees):
            return rotated(degrees: degrees, sampling: sampling, fill: fill)
        }
    }
}
