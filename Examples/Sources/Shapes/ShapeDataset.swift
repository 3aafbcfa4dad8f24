import Apus

/// Images of one shape each, drawn when they are read. The same index always gives the same image.
struct ShapeDataset: ImageDataset {
    let classNames = ["circle", "square", "triangle"]
    let count: Int
    let seed: UInt64

    func label(at index: Int) -> Int { index % classNames.count }

    func name(at index: Int) -> String { "\(classNames[label(at: index)]) \(index)" }

    func image(at index: Int, options: ImageReadingOptions) -> Image {
        var random = CountedRandom(seed: seed, epoch: 0, index: index)
        let radius = random.uniform(in: 5.0...10)
        let (x, y) = (random.uniform(in: 11.0...21), random.uniform(in: 11.0...21))
        let color = (0..<3).map { _ in UInt8(random.uniform(in: 128...255)) }
        var pixels: [UInt8] = []
        for row in 0..<32 {
            for column in 0..<32 {
                let (dx, dy) = (abs(Double(column) - x), Double(row) - y)
                let isInside =
                    switch label(at: index) {
                    case 0: dx * dx + dy * dy <= radius * radius
                    case 1: max(dx, abs(dy)) <= radius
                    default: abs(dy) <= radius && dx <= (dy + radius) / 2
                    }
                pixels += isInside ? color : [32, 32, 32]
            }
        }
        return Image(width: 32, height: 32, pixels: pixels)
    }
}

/// Adds random noise to every pixel.
struct Noise: ImageTransform {
    /// The standard deviation, from 0 to 255.
    var strength = 12.0

    /// Draws what the noise depends on, so that it can be applied to two images alike.
    func parameters(width: Int, height: Int, using random: inout CountedRandom) -> UInt64 { random.next() }

    func apply(_ seed: UInt64, to image: Image) -> Image {
        var random = CountedRandom(seed: seed, epoch: 0, index: 0)
        let pixels = image.pixels.map { value in
            UInt8(min(255, max(0, random.normal(mean: Double(value), standardDeviation: strength))))
        }
        return Image(width: image.width, height: image.height, pixels: pixels)
    }
}
