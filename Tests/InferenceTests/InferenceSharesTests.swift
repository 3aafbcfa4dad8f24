import Testing

@testable import Inference

@Suite struct InferenceSharesTests {
    @Test(arguments: [
        ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("1000 100000", 1), ("400000 50000", 8),
        ("", nil), ("0 100000", nil), ("-1 100000", nil), ("100000", nil), ("9223372036854775807 1", Int.max),
    ])
    func containersLimitTheCores(text: String, limit: Int?) {
        #expect(ProcessorCount.limit(text) == limit)
    }

    @Test func everyShareHasAThread() {
        #expect(InferenceShares.coreCount >= 1)
        for cores in [0, 1, 2, 64] {
            let many = InferenceShares.throughput(cores: cores)
            #expect(many.streams == max(1, cores) && many.threads == many.streams)
            let one = InferenceShares.latency(cores: cores)
            #expect(one.streams == 1 && one.threads == max(1, cores) && one.batchSize == 1)
        }
    }
}
