import Testing
import TorchNN
import TorchVision

@testable import Apus

/// The prediction for several processes, a pure function of measured times.
@Suite("The cost model of data-parallel training") struct CostModelTests {
    /// 100 MB/s and 1 ms.
    private let link = NetworkLink(bytesPerSecond: 1e8, latency: 1e-3)

    private func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * max(abs(right), 1e-9) }

    @Test("A large all-reduce takes the least possible time on the wire, and the latency once in each phase")
    func largeBuffers() {
        for processes in [2, 3, 4, 8] {
            let bytes = processes * 25 << 20
            let share = Double(processes - 1) / Double(processes)
            let least = 2 * share * Double(bytes) / link.bytesPerSecond
            #expect(isClose(link.allReduceSeconds(bytes: bytes, processes: processes), least + 2 * link.latency))
        }
    }

    @Test("A small all-reduce waits for the latency of each of its 2 (n - 1) chunks") func smallBuffers() {
        for processes in [2, 3, 8] {
            let segment = 80 / Double(2 * processes) / link.bytesPerSecond
            let seconds = link.allReduceSeconds(bytes: 80, processes: processes)
            let expected = 2 * (Double(processes - 1) * (link.latency + segment) + segment)
            #expect(isClose(seconds, expected), "\(processes)")
        }
    }

    @Test("The closed formula equals a simulation of segments, two of which are on the way", arguments: 1...9)
    func simulation(segments: Int) {
        for latency in [0, 0.4e-3, 1e-3, 3e-3, 50e-3] {
            let link = NetworkLink(bytesPerSecond: 1e8, latency: latency)
            // 2 processes: as many segments in a phase as in a chunk, here of 1 MiB or less.
            let perChunk = max(2, segments)
            let bytes = perChunk * 2 * (segments > 1 ? 1 << 20 : 1000)
            let segment = Double(bytes / (2 * perChunk)) / link.bytesPerSecond
            var (arrivals, free): ([Double], Double) = ([], 0)
            for number in 0..<perChunk {
                free = max(free, number < 2 ? 0 : arrivals[number - 2]) + segment
                arrivals.append(free + latency)
            }
            #expect(isClose(link.allReduceSeconds(bytes: bytes, processes: 2), 2 * arrivals[perChunk - 1]))
        }
    }

    @Test("One process sends nothing") func onlyOne() {
        #expect(link.allReduceSeconds(bytes: 1 << 30, processes: 1) == 0)
        #expect(link.allReduceSeconds(bytes: 0, processes: 4) == 0)
        let times = StepTimes(input: 0.1, forward: 1, backward: 2, update: 0.5)
        let step = DataParallelStep(times, [.init(bytes: 1 << 30, readyAt: 1)], processes: 1, over: link)
        #expect(step.total == 3.6 && step.waiting == 0 && step.communication == 0)
    }

    @Test("Gradients fill buckets as in PyTorch: the first of 1 MiB, the others of 25 MiB") func buckets() {
        func gradient(_ bytes: Int, _ readyAt: Double) -> ParameterGradient { .init(bytes: bytes, readyAt: readyAt) }
        let buckets = GradientBucket.all(of: [
            gradient(100, 0.1), gradient(1 << 20, 0.2), gradient(24 << 20, 0.3), gradient(3 << 20, 0.5),
            gradient(40 << 20, 0.9), gradient(10, 1),
        ])
        #expect(
            buckets == [
                .init(bytes: 100 + 1 << 20, readyAt: 0.2), .init(bytes: 27 << 20, readyAt: 0.5),
                .init(bytes: 40 << 20, readyAt: 0.9), .init(bytes: 10, readyAt: 1),
            ])
        #expect(GradientBucket.all(of: []) == [])
    }

    @Test("Transfers during the backward pass cost no time; what is left after it does") func overlap() {
        let times = StepTimes(forward: 1, backward: 2, update: 0.1)
        func step(_ buckets: [GradientBucket], compression: Double = 1) -> DataParallelStep {
            DataParallelStep(times, buckets, processes: 2, over: link, compression: compression)
        }
        // 100 MiB at 100 MB/s are 1.05 s, which fit into the rest of the backward pass.
        let hidden = step([.init(bytes: 100 << 20, readyAt: 0.25)])
        #expect(hidden.waiting == 0 && hidden.communication > 1 && hidden.total == 3.1)
        // The last bucket is known at the end only.
        let last = link.allReduceSeconds(bytes: 10 << 20, processes: 2)
        let late = step([.init(bytes: 100 << 20, readyAt: 0.25), .init(bytes: 10 << 20, readyAt: 1)])
        #expect(isClose(late.waiting - hidden.waiting, last))
        // A slow network: all transfers follow each other from the first bucket on.
        let slow = NetworkLink(bytesPerSecond: 1e6, latency: 1e-3)
        let buckets = [GradientBucket(bytes: 8 << 20, readyAt: 0.5), GradientBucket(bytes: 4 << 20, readyAt: 1)]
        let bound = DataParallelStep(times, buckets, processes: 2, over: slow)
        let transfers = buckets.map { slow.allReduceSeconds(bytes: $0.bytes, processes: 2) }.reduce(0, +)
        #expect(isClose(bound.total, 1 + 1 + transfers + 0.1))
        #expect(bound.communication > transfers && bound.communication < 1.001 * transfers)
        // Half of the bytes.
        let half = DataParallelStep(times, buckets, processes: 2, over: slow, compression: 0.5)
        #expect(half.communication < 0.51 * bound.communication && half.total < bound.total)
    }

    @Test("Times of other batch sizes lie on the line through two measured ones") func batchSizes() {
        let large = StepTimes(input: 0.8, forward: 1, backward: 2, update: 0.1)
        let small = StepTimes(input: 0.2, forward: 0.4, backward: 0.65, update: 0.1)
        let model = StepTimeModel((64, large), (16, small))
        #expect(model.times(images: 64) == large && isClose(model.times(images: 16).total, small.total))
        #expect(isClose(model.times(images: 32).forward, 0.6) && isClose(model.times(images: 1).backward, 0.228125))
        // Without a second one, all but the update are proportional.
        let single = StepTimeModel((64, large)).times(images: 16)
        #expect(single == StepTimes(input: 0.2, forward: 0.25, backward: 0.5, update: 0.1))
    }

    @Test("A plan has rows for powers of 2, and its first row is the measured speed") func plan() throws {
        #expect(ScalingPlan.counts(upTo: 1) == [1] && ScalingPlan.counts(upTo: 2) == [1, 2])
        #expect(ScalingPlan.counts(upTo: 6) == [1, 2, 4, 6] && ScalingPlan.counts(upTo: 8) == [1, 2, 4, 8])
        let model = StepTimeModel((64, StepTimes(forward: 1, backward: 1.9, update: 0.1)))
        let buckets = [GradientBucket(bytes: 4 << 20, readyAt: 0.1), GradientBucket(bytes: 40 << 20, readyAt: 1)]
        let plan = ScalingPlan(images: 64, model, buckets, upTo: 8, over: link)
        #expect(plan.rows.map(\.imagesPerProcess) == [64, 32, 16, 8])
        #expect(isClose(plan.rows[0].imagesPerSecond, 64.0 / 3) && plan.rows[0].efficiency == 1)
        let rows = zip(plan.rows, plan.rows.dropFirst())
        #expect(rows.allSatisfy { $0.efficiency > $1.efficiency && $0.waitingSeconds < $1.waitingSeconds })
        for row in plan.rows.dropFirst() {
            #expect(row.growingBatch.efficiency > row.efficiency && row.bfloat16StepSeconds < row.stepSeconds)
            #expect(isClose(row.stepSeconds, row.computeSeconds + row.waitingSeconds))
        }
    }
}

/// The order and the times of gradients.
@TensorActor
@Suite("Gradients in the backward pass") struct ParameterGradientTests {
    @Test("They are known from the last layer to the first, which ends the backward pass") func order() throws {
        let network = try #require(Architecture.named("small_cnn")).makeNetwork(classes: 3)
        let gradients = ParameterGradient.all(of: network, inputShape: [3, 224, 224])
        let sizes = network.trainableParameters.map { $0.count * 4 }
        #expect(gradients.map(\.bytes).sorted() == sizes.sorted())
        #expect(gradients.prefix(2).reduce(0) { $0 + $1.bytes } == sizes.suffix(2).reduce(0, +))
        #expect(zip(gradients, gradients.dropFirst()).allSatisfy { $0.readyAt <= $1.readyAt })
        // The last layer is small, the convolutions before it are not.
        #expect(try #require(gradients.first).readyAt < 0.2 && gradients.last?.readyAt == 1)
        // Without its first layers, the backward pass ends earlier.
        try network.trainLastStages(1)
        let few = ParameterGradient.all(of: network, inputShape: [3, 224, 224])
        #expect(few.count < gradients.count && few.last?.readyAt == 1)
    }
}
