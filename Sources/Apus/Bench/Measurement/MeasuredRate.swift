/// A measured speed: the median of several repeats, without the warm-up.
package struct MeasuredRate: Sendable, Equatable, Codable {
    /// The images in a second: the median, the slowest and the fastest repeat.
    package let imagesPerSecond: Double, slowest: Double, fastest: Double
    /// The number of repeats.
    package let repeats: Int
    /// The number of images in all repeats.
    package let images: Int

    /// Creates a rate from the images in a second of each repeat.
    init(_ rates: [Double], images: Int) {
        imagesPerSecond = rates.median
        slowest = rates.min() ?? 0
        fastest = rates.max() ?? 0
        (repeats, self.images) = (rates.count, images)
    }

    /// Half of the difference between the fastest and the slowest repeat, as a fraction of the median.
    package var spread: Double { imagesPerSecond > 0 ? (fastest - slowest) / 2 / imagesPerSecond : 0 }
}

/// Divides repeated work into a few repeats of about the same time. The first unit of work is the warm-up.
struct RateMeter {
    /// The time for all repeats in seconds.
    private let limit: Double
    private var rates: [Double] = []
    /// The first unit of work: its images and its time in seconds.
    private var warmUp: (images: Int, seconds: Double)?
    /// The images of the incomplete repeat, and its start in seconds.
    private var (waiting, began) = (0, 0.0)
    /// The time of the last unit of work, in seconds.
    private var now = 0.0
    /// The number of images after the warm-up.
    private(set) var images = 0

    /// The number of repeats.
    private static let repeats = 5

    init(seconds: Double) { limit = seconds }

    /// Whether more work is needed. Slow work ends with fewer repeats.
    var wantsMore: Bool {
        guard let warmUp else { return true }
        return rates.count < Self.repeats && (rates.isEmpty || now - warmUp.seconds < 2 * limit)
    }

    /// The part of the work that is done, from 0 to 1.
    var progress: Double { warmUp.map { min(1, (now - $0.seconds) / max(limit, 1e-9)) } ?? 0 }

    /// Adds a unit of work.
    ///
    /// - Parameters:
    ///   - count: Its images.
    ///   - seconds: The time since the start, in seconds.
    mutating func add(_ count: Int, at seconds: Double) {
        now = seconds
        guard warmUp != nil else {
            (warmUp, began) = ((count, seconds), seconds)
            return
        }
        images += count
        waiting += count
        let elapsed = seconds - began
        guard elapsed >= limit / Double(Self.repeats), elapsed > 0 else { return }
        rates.append(Double(waiting) / elapsed)
        (waiting, began) = (0, seconds)
    }

    /// The rate so far; nil without images. Work that ended early may consist of a part of a repeat, or of the warm-up.
    var rate: MeasuredRate? {
        if !rates.isEmpty { return MeasuredRate(rates, images: images) }
        if waiting > 0, now > began { return MeasuredRate([Double(waiting) / (now - began)], images: waiting) }
        guard let warmUp, warmUp.images > 0, warmUp.seconds > 0 else { return nil }
        return MeasuredRate([Double(warmUp.images) / warmUp.seconds], images: warmUp.images)
    }
}

extension [Double] {
    /// The median; 0 if there are no values.
    var median: Double {
        let sorted = sorted()
        guard let middle = sorted.dropFirst(count / 2).first else { return 0 }
        return count.isMultiple(of: 2) ? (sorted[count / 2 - 1] + middle) / 2 : middle
    }
}
