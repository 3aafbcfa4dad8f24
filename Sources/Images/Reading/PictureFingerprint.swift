internal import Glibc

/// What an image looks like, in a few bytes, so that copies of it are found that were resized, recompressed or touched
/// up.
///
/// The fingerprint is a perceptual hash: the signs, about their median, of the 63 slowest waves of the gray image's
/// cosine transform at 32 by 32 (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, as
/// Python's `imagehash.phash`), and with it the image itself in 8 by 8 pixels. The hash finds candidates, the small
/// image keeps those apart that differ in color or only share their rough shape.
///
/// Among the 8 million pairs of 4,095 photos the bounds below find the three that are copies, and no other; the next pair
/// differs in 10 bits and by 49 levels.
public struct PictureFingerprint: Sendable, Hashable {
    /// The most bits in which the hashes of two images may differ that look alike.
    public static let largestDistance = 7

    /// The most by which the small images may differ on average, in levels of 0 to 255.
    public static let largestDifference = 16.0

    /// The hash; its first bit is always 0.
    public let bits: UInt64

    /// `[8, 8, 3]`.
    private let thumbnail: [UInt8]

    /// Takes the fingerprint; nil for images that have too little in them to be distinguished: those of less than 32
    /// pixels on a side, and those of nearly one gray.
    public init?(_ image: Image) {
        guard min(image.width, image.height) >= Self.side else { return nil }
        let small = image.resized(width: Self.side, height: Self.side)
        let grey = stride(from: 0, to: small.pixels.count, by: 3).map { place in
            0.299 * Double(small.pixels[place]) + 0.587 * Double(small.pixels[place + 1])
                + 0.114 * Double(small.pixels[place + 2])
        }
        let mean = grey.reduce(0, +) / Double(grey.count)
        let variance = grey.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(grey.count)
        guard variance > 16 else { return nil }

        let waves = Self.waves(in: grey)
        // As Python's median of an even count: the mean of the two in the middle, here with the mean gray among them.
        let sorted = waves.sorted()
        let median = (sorted[31] + sorted[32]) / 2
        bits = waves.indices.dropFirst().reduce(0) { bits, wave in
            waves[wave] > median ? bits | 1 << UInt64(63 - wave) : bits
        }
        thumbnail = Self.thumbnail(of: small)
    }

    /// In how many bits the hashes differ.
    public func distance(to other: PictureFingerprint) -> Int { (bits ^ other.bits).nonzeroBitCount }

    /// The mean difference of the small images, in levels of 0 to 255.
    public func difference(to other: PictureFingerprint) -> Double {
        let sum = zip(thumbnail, other.thumbnail).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(thumbnail.count)
    }

    /// Whether two images look alike: `distance` and `difference` are within their bounds.
    public func isNear(_ other: PictureFingerprint) -> Bool {
        distance(to: other) <= Self.largestDistance && difference(to: other) <= Self.largestDifference
    }

    private static let side = 32

    /// `cosines[u][x]`: wave `u` at pixel `x`.
    private static let cosines: [[Double]] = (0..<8).map { wave in
        (0..<side).map { cos(Double(2 * $0 + 1) * Double(wave) * .pi / Double(2 * side)) }
    }

    /// The 8 by 8 slowest waves of a DCT-II, row by row.
    private static func waves(in grey: [Double]) -> [Double] {
        // Each row's waves, `[32][8]`, then the waves of those.
        let rows = (0..<side).map { y in
            cosines.map { cosine in (0..<side).reduce(0) { $0 + grey[y * side + $1] * cosine[$1] } }
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
