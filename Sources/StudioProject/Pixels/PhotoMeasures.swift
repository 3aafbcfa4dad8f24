package import Images
internal import Platform

/// What the pixels of a photo are like, measured on its thumbnail: at about the size at which networks see it.
package struct PhotoMeasures: Sendable, Hashable {
    /// The 95th percentile of gray, from 0 to 1. A mean would call a white flower on black dark.
    package let brightness: Double
    /// The standard deviation of gray, from 0 to 0.5.
    package let contrast: Double
    /// The variance of the Laplacian of gray (Pech-Pacheco et al., "Diatom Autofocusing in Brightfield Microscopy",
    /// 2000), in squared levels of 256: the second largest of 16 tiles, because a sharp insect on a soft background is
    /// not blurred.
    package let sharpness: Double

    /// Creates measures from their values.
    package init(brightness: Double, contrast: Double, sharpness: Double) {
        (self.brightness, self.contrast, self.sharpness) = (brightness, contrast, sharpness)
    }

    /// Measures a thumbnail.
    package init(_ image: Image) {
        let gray = image.pixels.withUnsafeBufferPointer { pixels in
            [UInt8](unsafeUninitializedCapacity: image.width * image.height) { gray, count in
                count = image.width * image.height
                for place in 0..<count {
                    let (red, green, blue) = (pixels[place * 3], pixels[place * 3 + 1], pixels[place * 3 + 2])
                    gray[place] = UInt8(truncatingIfNeeded: (77 * Int(red) + 150 * Int(green) + 29 * Int(blue)) >> 8)
                }
            }
        }
        var histogram = [Int](repeating: 0, count: 256)
        for level in gray { histogram[Int(level)] += 1 }
        var rest = gray.count / 20
        let bright = histogram.indices.reversed().first { level in
            rest -= histogram[level]
            return rest < 0
        }
        let levels = histogram.enumerated()
        let count = Double(gray.count)
        let mean = levels.reduce(0) { $0 + Double($1.offset * $1.element) } / count
        let squares = levels.reduce(0) { $0 + Double($1.offset * $1.offset * $1.element) } / count
        self.init(
            brightness: Double(bright ?? 0) / 255, contrast: max(0, squares - mean * mean).squareRoot() / 255,
            sharpness: Self.sharpness(gray, width: image.width, height: image.height))
    }

    private static func sharpness(_ gray: [UInt8], width: Int, height: Int) -> Double {
        guard width > 2, height > 2 else { return 0 }
        var tiles = [(count: Int, sum: Int, squares: Int)](repeating: (0, 0, 0), count: 16)
        gray.withUnsafeBufferPointer { gray in
            for y in 1..<(height - 1) {
                for tile in 0..<4 {
                    let start = 1 + tile * (width - 2) / 4
                    let end = 1 + (tile + 1) * (width - 2) / 4
                    var (sum, squares) = (0, 0)
                    for x in start..<end {
                        let place = y * width + x
                        let around =
                            Int(gray[place - 1]) + Int(gray[place + 1]) + Int(gray[place - width])
                            + Int(gray[place + width])
                        let value = around - 4 * Int(gray[place])
                        sum += value
                        squares += value * value
                    }
                    let index = (y - 1) * 4 / (height - 2) * 4 + tile
                    tiles[index].count += end - start
                    tiles[index].sum += sum
                    tiles[index].squares += squares
                }
            }
        }
        let variances = tiles.filter { $0.count > 0 }.map { tile in
            let mean = Double(tile.sum) / Double(tile.count)
            return Double(tile.squares) / Double(tile.count) - mean * mean
        }.sorted(by: >)
        return variances.count > 1 ? variances[1] : variances.first ?? 0
    }
}

/// A photo with its size and measures.
package struct MeasuredPhoto: Sendable, Hashable {
    /// The photo.
    package let id: Int
    /// The size of the whole photo in pixels.
    package let width: Int, height: Int
    /// The measures of its thumbnail.
    package let measures: PhotoMeasures

    /// Creates a photo from its values.
    package init(id: Int, width: Int, height: Int, measures: PhotoMeasures) {
        (self.id, self.width, self.height, self.measures) = (id, width, height, measures)
    }
}

extension PhotoMeasures {
    /// Below this brightness a photo is dark. Of 7,171 photos of six public datasets 1 is (it is black); of the same
    /// photos at a tenth of their brightness all are, at a fifth 97 %.
    private static let darkest = 0.2
    /// Below this sharpness a photo is blurred. Of the same photos 5 are (0.07 %), all soft or without detail; after a
    /// Gaussian blur of the thumbnail with a standard deviation of 2 pixels 99 %, of 3 pixels all.
    private static let softest = 50.0
    /// A photo with a shorter side below this is tiny: networks usually see 224 pixels, so it is enlarged 3.5 times.
    /// Of the same photos 1 is (74 by 50).
    private static let smallest = 64.0

    /// Returns the findings `dark`, `blurred` and `tiny` of a project.
    ///
    /// Where most photos are so, it is their nature, as in fluorescence microscopy or datasets of 32 by 32 pixels. Then
    /// only photos that are far below the median are found.
    package static func findings(in photos: [MeasuredPhoto]) -> [Finding] {
        func median(_ value: (MeasuredPhoto) -> Double) -> Double {
            let values = photos.map(value).sorted()
            return values.isEmpty ? 0 : values[values.count / 2]
        }
        func side(_ photo: MeasuredPhoto) -> Double { Double(min(photo.width, photo.height)) }
        let (sharp, bright) = (median { $0.measures.sharpness }, median { $0.measures.brightness })
        let small = min(smallest, median(side) / 2)
        let dark = min(darkest, bright / 2)
        let soft = min(softest, sharp / 10)
        return photos.flatMap { photo -> [Finding] in
            let measures = photo.measures
            var findings: [Finding] = []
            func add(_ kind: FindingKind, _ value: Double, below limit: Double, _ note: String) {
                findings.append(Finding(photo: photo.id, kind: kind, score: 1 - value / limit, note: note))
            }
            if side(photo) < small {
                add(.tiny, side(photo), below: small, "\(photo.width) × \(photo.height) pixels")
            }
            if measures.brightness < dark {
                add(
                    .dark, measures.brightness, below: dark,
                    "brightness \(measures.brightness.percent) (median \(bright.percent))")
            } else if measures.sharpness < soft, findings.isEmpty {
                // A dark or tiny photo has little detail in any case.
                add(
                    .blurred, measures.sharpness, below: soft,
                    "sharpness \(measures.sharpness.fixed(0)) (median \(sharp.fixed(0)))")
            }
            return findings
        }
    }
}
