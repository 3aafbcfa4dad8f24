#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Image {
    /// The picture after the operations of a policy that move pixels, as torchvision has them done.
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
