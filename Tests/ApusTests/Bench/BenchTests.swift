import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Measured rates") struct RateMeterTests {
    @Test("The rate is the median of five repeats without the warm-up") func repeats() throws {
        var meter = RateMeter(seconds: 5)
        // A slow start, then 10 images a second, with one slow second and one fast one.
        meter.add(10, at: 3)
        for (second, images) in [10, 2, 10, 30, 10].enumerated() {
            #expect(meter.wantsMore)
            meter.add(images / 2, at: 3.5 + Double(second))
            meter.add(images / 2, at: 4 + Double(second))
        }
        #expect(!meter.wantsMore && meter.progress == 1)
        let rate = try #require(meter.rate)
        #expect((rate.imagesPerSecond, rate.slowest, rate.fastest, rate.images) == (10, 2, 30, 62))
        #expect(rate.repeats == 5 && rate.spread == 1.4)
    }

    @Test("Slow work ends with fewer repeats, and work that ends early has a rate") func fewRepeats() {
        var slow = RateMeter(seconds: 1)
        for number in 1...3 { slow.add(8, at: Double(4 * number)) }
        #expect(!slow.wantsMore && slow.rate?.imagesPerSecond == 2 && slow.rate?.repeats == 2)
        var short = RateMeter(seconds: 100)
        #expect(short.rate == nil && short.wantsMore)
        short.add(4, at: 2)
        #expect(short.rate?.imagesPerSecond == 2)
        short.add(6, at: 3)
        #expect(short.rate?.imagesPerSecond == 6 && short.wantsMore)
    }

    @Test(
        "The limit follows from the measured speeds",
        arguments: [
            (95.0, 100.0, 0.2, BenchResult.Limit.compute), (60, 100, 0.9, .decoding), (60, 100, 0.2, .reading),
        ])
    func limit(training: Double, compute: Double, busy: Double, limit: BenchResult.Limit) {
        #expect(BenchVerdict.limit(training: training, compute: compute, busyFraction: busy) == limit)
    }
}

/// A measurement of a tiny network.
@TensorActor
@Suite("Measuring a training") struct BenchTests {
    @Test("All parts are measured, nothing is written, and the plan begins with the measured training")
    func measurement() async throws {
        try await withTemporaryFolder { folder in
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            configuration.data.batchSize = 8
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["a", "b"], count: 12, to: photos)
            let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            var options = Bench.Options()
            (options.seconds, options.processes) = (0.02, 4)
            let events = Collected<Bench.Event>()
            let result = try await Bench.run(on: photos.path, configuration, options, readBy: events.reader)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)

            let reading = try #require(result.reading)
            let rates = [
                reading.rate, result.decoding.rate, result.inference.rate, result.steps.rate, result.training.rate,
            ]
            #expect(rates.allSatisfy { $0.imagesPerSecond > 0 && $0.slowest <= $0.fastest && $0.images > 0 })
            #expect(reading.bytesPerImage > 50 && reading.bytesPerImage < 10_000)
            #expect(result.steps.images == 8 && result.steps.times.forward > 0 && result.steps.times.update > 0)
            #expect((0...1).contains(result.training.waitingFraction))
            #expect(result.gradientBytes == 4 * result.trainableParameters)
            #expect(result.findings.first?.utf8.isEmpty == false)
            let plan = try #require(result.plan)
            #expect(plan.rows.map(\.processes) == [1, 2, 4] && plan.rows[0].waitingSeconds == 0)
            let started = events.elements.contains { if case .started = $0 { true } else { false } }
            #expect(started)
        }
    }

    @Test("A head on frozen layers is measured with its engine") func frozen() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["a", "b"], count: 6, to: folder.appending(path: "photos"))
            var options = Bench.Options()
            options.seconds = 0.01
            let result = try await Bench.run(
                on: folder.path + "/photos", .quick(from: Networks.backbone(in: folder)), options)
            #expect(result.strategy == .frozen && result.plan == nil && result.buckets.count == 1)
            #expect(result.gradientBytes == 4 * (1280 * 2 + 2))
        }
    }
}
