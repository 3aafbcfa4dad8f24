import Testing

@testable import Inference

@Suite("Shares of the cores") struct InferenceSharesTests {
    @Test("Every stream has a thread") func threads() {
        #expect(InferenceShares.coreCount >= 1)
        for cores in [0, 1, 2, 64] {
            let many = InferenceShares.throughput(cores: cores)
            #expect(many.streams == max(1, cores) && many.threads == many.streams)
            let one = InferenceShares.latency(cores: cores)
            #expect(one.streams == 1 && one.threads == max(1, cores) && one.batchSize == 1)
        }
    }
}
