import Foundation
import Testing

@testable import TensorBoard

@Suite("Histograms") struct HistogramTests {
    @Test("Bucket limits equal TensorFlow's") func bucketLimits() {
        // 1e-12 * 1.1^773 is the last below 1e20; the largest number follows.
        #expect(Histogram.limits.count == 2 * 775 + 1)
        #expect(Histogram.limits[775] == 0)
        #expect(Histogram.limits[776] == 1e-12)
        #expect(Histogram.limits[777] == 1e-12 * 1.1)
        #expect(Histogram.limits.first == -.greatestFiniteMagnitude)
        #expect(Histogram.limits.last == .greatestFiniteMagnitude)
        #expect(abs(Histogram.limits[Histogram.limits.count - 2] / 9.5e19 - 1) < 0.05)
        #expect(zip(Histogram.limits, Histogram.limits.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("Adjacent empty buckets are merged") func emptyBuckets() {
        let message = Histogram([0.25, 0.25, -0.25, 0]).message
        #expect(message.bucket == [0, 1, 0, 1, 0, 2, 0])
        #expect(message.bucketLimit.count == 7)
        let limits = message.bucketLimit
        #expect(limits[0] < -0.25 && limits[1] > -0.25 && limits[1] < 0)
        #expect(limits[2] == 0 && limits[3] == 1e-12)
        #expect(limits[4] <= 0.25 && limits[5] > 0.25)
        #expect(limits[6] == .greatestFiniteMagnitude)
        #expect((message.min, message.max, message.num) == (-0.25, 0.25, 4))
        #expect((message.sum, message.sumSquares) == (0.25, 0.1875))
    }

    @Test("A value at a limit belongs to the next bucket") func limitValues() {
        let message = Histogram([1e-12]).message
        #expect(message.bucketLimit == [1e-12, 1e-12 * 1.1, .greatestFiniteMagnitude])
        #expect(message.bucket == [0, 1, 0])
    }

    @Test("Extreme values have buckets") func extremes() {
        let largest = Double.greatestFiniteMagnitude
        let message = Histogram([largest, -largest, 1e30]).message
        #expect(message.bucket.reduce(0, +) == 3)
        #expect(message.bucket.last == 2)
    }

    @Test("NaN and infinite values are counted separately") func nonFiniteValues() {
        let histogram = Histogram([Float.nan, 1, .infinity, 2, -.infinity])
        #expect((histogram.count, histogram.nonFinite) == (2, 3))
        #expect((histogram.minimum, histogram.maximum, histogram.sum) == (1, 2, 3))
    }

    @Test("No values give one empty bucket") func noValues() {
        let message = Histogram().message
        #expect((message.bucket, message.num, message.min, message.max) == ([0], 0, 0, 0))
    }

    /// PyTorch counts with NumPy between the same limits, which grow by a factor of 1.1.
    @Test("Counts equal PyTorch's") func pyTorchCounts() throws {
        let values = try JSONDecoder().decode([Double].self, from: Data(contentsOf: golden("histogram.json")))
        let theirs = try #require(
            try events(golden("events.out.tfevents.golden").path).flatMap(\.summary.value)
                .first { $0.tag == "weights" }?.histo)
        let ours = Histogram(values).message
        func counts(_ message: Tensorboard_HistogramProto) -> [Double: Double] {
            Dictionary(uniqueKeysWithValues: zip(message.bucketLimit, message.bucket).filter { $0.1 > 0 })
        }
        #expect(counts(ours) == counts(theirs))
        #expect((ours.min, ours.max, ours.num) == (theirs.min, theirs.max, theirs.num))
        #expect(abs(ours.sum / theirs.sum - 1) < 1e-12)
        #expect(abs(ours.sumSquares / theirs.sumSquares - 1) < 1e-12)
    }
}
