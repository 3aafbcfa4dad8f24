/// A histogram with the bucket limits of TensorFlow, which grow by 10 % from 1e-12 to 1e20 on both sides of zero
/// (tensorflow/core/lib/histogram/histogram.cc).
public struct Histogram: Sendable, Equatable {
    /// The upper limits of the buckets. A limit itself belongs to the next bucket.
    static let limits: [Double] = {
        let growing = Array(sequence(first: 1e-12) { $0 * 1.1 }.prefix { $0 < 1e20 }) + [.greatestFiniteMagnitude]
        return growing.reversed().map { -$0 } + [0] + growing
    }()

    /// The number of finite values.
    public private(set) var count = 0
    /// The number of NaN and infinite values, which are left out.
    public private(set) var nonFinite = 0
    /// The minimum and the maximum; 0 without values.
    public private(set) var minimum = 0.0, maximum = 0.0
    /// The sum of the values, and the sum of their squares.
    public private(set) var sum = 0.0, sumOfSquares = 0.0
    private var buckets = [Int](repeating: 0, count: Histogram.limits.count)

    /// Creates an empty histogram.
    public init() {}

    /// Creates the histogram of values.
    public init(_ values: some Sequence<Double>) {
        for value in values { add(value) }
    }

    /// Creates the histogram of values.
    public init(_ values: some Sequence<Float>) {
        for value in values { add(Double(value)) }
    }

    /// Adds a value.
    public mutating func add(_ value: Double) {
        guard value.isFinite else {
            nonFinite += 1
            return
        }
        minimum = count == 0 ? value : min(minimum, value)
        maximum = count == 0 ? value : max(maximum, value)
        count += 1
        sum += value
        sumOfSquares += value * value
        buckets[Self.bucket(of: value)] += 1
    }

    /// Returns the first bucket whose limit is above a value, or the last bucket.
    private static func bucket(of value: Double) -> Int {
        let limits = Self.limits
        var (low, high) = (0, limits.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if limits[middle] > value { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The message in the file. Consecutive empty buckets are merged.
    var message: Tensorboard_HistogramProto {
        var message = Tensorboard_HistogramProto()
        (message.min, message.max, message.num) = (minimum, maximum, Double(count))
        (message.sum, message.sumSquares) = (sum, sumOfSquares)
        for (index, (limit, bucket)) in zip(Self.limits, buckets).enumerated() {
            if bucket == 0, index > 0, buckets[index - 1] == 0 {
                message.bucketLimit[message.bucketLimit.count - 1] = limit
            } else {
                message.bucketLimit.append(limit)
                message.bucket.append(Double(bucket))
            }
        }
        return message
    }
}
