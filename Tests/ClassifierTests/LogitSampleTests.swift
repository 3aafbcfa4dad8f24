import Foundation
import Testing

@testable import Classifier

/// Temperatures and thresholds.
@Suite("Samples of logits for calibration") struct LogitSampleTests {
    private func sample(_ rows: [([Float], Int)], capacity: Int = LogitSample.usualCapacity) throws -> LogitSample {
        var sample = LogitSample(classCount: rows[0].0.count, capacity: capacity)
        for (logits, label) in rows { sample.add(try Logits(logits, images: 1, classes: logits.count), [label]) }
        return sample
    }

    /// Eight of ten images with the same logits are of the first class, so its probability should be 0.8: the
    /// difference of the logits divided by the temperature is log(4).
    @Test("The temperature makes the confidence equal to the accuracy") func confidence() throws {
        let rows = (0..<10).map { (logits: [Float(6), 0], label: $0 < 8 ? 0 : 1) }
        let temperature = try #require(try sample(rows.map { ($0.logits, $0.label) }).temperature())
        #expect(abs(temperature - 6 / log(4)) < 1e-6)
        // An underconfident network.
        let modest = rows.map { ([Float(0.1), 0], $0.label) }
        #expect(abs(try #require(try sample(modest).temperature()) - 0.1 / log(4)) < 1e-6)
    }

    @Test("Images that do not determine a temperature give none") func noTemperature() throws {
        /// Ten images of two kinds.
        func tenfold(_ first: ([Float], Int), _ second: ([Float], Int)) throws -> LogitSample {
            try sample((0..<10).map { $0 < 5 ? first : second })
        }
        // All are correct: the more confident the better, without limit, even if float64 shows no difference.
        #expect(try tenfold(([3, 0], 0), ([0, 2], 1)).temperature() == nil)
        #expect(try tenfold(([300, 0], 0), ([0, 200], 1)).temperature() == nil)
        // None is correct, and logits without information.
        #expect(try tenfold(([3, 0], 1), ([0, 2], 0)).temperature() == nil)
        #expect(try tenfold(([1, 1], 1), ([2, 2], 0)).temperature() == nil)
        #expect(try tenfold(([.nan, 1], 1), ([2, .infinity], 0)).temperature() == nil)
        // Overconfident, and correct hardly more often than by chance.
        #expect(try #require(try sample((0..<10).map { ([80, 0], $0 < 6 ? 0 : 1) }).temperature()) > 100)
        // Few images give no temperature.
        #expect(try sample((0..<9).map { ([6, 0], $0 < 8 ? 0 : 1) }).temperature() == nil)
        #expect(LogitSample(classCount: 3).temperature() == nil)
        #expect(try LogitSample(classCount: 3).calibration(coverage: 0.9) == nil)
        #expect(try sample([([3, 0], 0), ([0, 2], 1)]).calibration(coverage: nil) == nil)
        let calibration = try #require(try sample([([3, 0], 0), ([0, 2], 1)]).calibration(coverage: 1))
        #expect(calibration.temperature == 1)
        #expect(abs(try #require(calibration.unknownThreshold) - 1 / (1 + exp(-2))) < 2e-5)
    }

    @Test("The threshold keeps the requested coverage") func coverage() throws {
        let rows = (1...20).map { ([Float($0) / 4, 0], $0 % 7 == 0 ? 1 : 0) }
        let sample = try sample(rows)
        let temperature = try #require(sample.temperature())
        let probabilities = rows.map { 1 / (1 + exp(-Double($0.0[0]) / temperature)) }
        for (share, kept) in [(0.95, 19), (0.9, 18), (0.5, 10), (1, 20), (0.01, 1)] {
            let calibration = try #require(try sample.calibration(coverage: share))
            #expect(probabilities.count { !calibration.isUnknown($0) } == kept)
            #expect(calibration.coverage == share && calibration.images == 20)
        }
    }

    /// Memory is bounded: a larger sample is thinned evenly.
    @Test("A large sample is thinned evenly") func largeSamples() throws {
        let rows = (0..<103).map { ([Float($0), 0], $0 % 2) }
        var whole = LogitSample(classCount: 2, capacity: 40)
        whole.add(try Logits(rows.flatMap(\.0), images: 103, classes: 2), rows.map(\.1))
        #expect(whole.count <= 20 && whole.count >= 10)
        #expect(whole.logits.map { $0[0] } == stride(from: 0, to: 103, by: 8).map { Float($0) })
        // Batches give the same.
        #expect(try sample(rows, capacity: 40).count == whole.count)
    }
}
