internal import LibC

/// A few bytes that describe what an image looks like, to find resized, recompressed or retouched copies.
///
/// The fingerprint is a perceptual hash: the signs, relative to their median, of the 63 lowest frequencies of the gray
/// image's cosine transform at 32 by 32 (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
/// 2010, as in Python's `imagehash.phash`), together with the image in 8 by 8 pixels. The hash finds candidates. The
/// small image separates those that differ in color or only have the same rough shape.
///
/// Among the 8 million pairs of 4,095 photos, the bounds below find the three pairs of copies and no other. The next
/// pair differs in 10 bits and by 49 levels.
package struct ImageFingerprint: Sendable, Hashable {
    /// The maximum number of different hash bits of images that look alike.
    package static let largestDistance = 7

    /// The maximum mean difference of the small images, in levels from 0 to 255.
    package static let largestDifference = 16.0

    /// The hash; its first bit is always 0.
    package let bits: UInt64

    /// `[8, 8, 3]`.
    private let thumbnail: [UInt8]

    /// Computes the fingerprint; nil for images with too little content to be distinguished: with less than 32 pixels
    /// on a side, or nearly uniform gray.
    package init?(_ image: Image) {
        guard min(image.width, image.height) >= Self.side else { return nil }
        let small = image.resized(width: Self.side, height: Self.side)
        let gray = stride(from: 0, to: small.pixels.count, by: 3).map { place in
            0.299 * Double(small.pixels[place]) + 0.587 * Double(small.pixels[place + 1])
                + 0.114 * Double(small.pixels[place + 2])
        }
        let mean = gray.reduce(0, +) / Double(gray.count)
        let variance = gray.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gray.count)
        guard variance > 16 else { return nil }

        let waves = Self.waves(in: gray)
        // As Python's median of an even count: the mean of the two middle values, here including the mean gray.
        let sorted = waves.sorted()
        let median = (sorted[31] + sorted[32]) / 2
        bits = waves.indices.dropFirst().reduce(0) { bits, wave in
            waves[wave] > median ? bits | 1 << UInt64(63 - wave) : bits
        }
        thumbnail = Self.thumbnail(of: small)
    }

    /// The number of different bits of the hashes.
    package func distance(to other: ImageFingerprint) -> Int { (bits ^ other.bits).nonzeroBitCount }

    /// The mean difference of the small images, in levels from 0 to 255.
    package func difference(to other: ImageFingerprint) -> Double {
        let sum = zip(thumbnail, other.thumbnail).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(thumbnail.count)
    }

    /// Whether two images look alike: `distance` and `difference` are within their bounds.
    package func isNear(_ other: ImageFingerprint) -> Bool {
        distance(to: other) <= Self.largestDistance && difference(to: other) <= Self.largestDifference
    }

    private static let side = 32

    /// `cosines[u][x]`: frequency `u` at pixel `x`.
    private static let cosines: [[Double]] = (0..<8).map { wave in
        (0..<side).map { cos(Double(2 * $0 + 1) * Double(wave) * .pi / Double(2 * side)) }
    }

    /// The 8 by 8 lowest frequencies of a DCT-II, row by row.
    private static func waves(in gray: [Double]) -> [Double] {
        // The frequencies of each row, `[32][8]`, then the frequencies of those.
        let rows = (0..<side).map { y in
            cosines.map { cosine in (0..<side).reduce(0) { $0 + gray[y * side + $1] * cosine[$1] } }
        }
        return cosines.flatMap { cosine in
            (0..<8).map { wave in (0..<side).reduce(0) { $0 + rows[$1][wave] * cosine[$1] } }
        }
    }

    /// Means of 4 by 4 pixels.
    private static func thumbnail(of small: Image) -> [UInt8] {
        (0..<192).map { place in
            let (x, y, channel) = (place / 3 % 8, place / 24, place % 3)
            var sum = 8
            for row in 0..<4 {
                for column in 0..<4 {
                    sum += Int(small.pixels[((4 * y + row) * side + 4 * x + column) * 3 + channel])
                }
            }
            return UInt8(sum / 16)
        }
    }
}
