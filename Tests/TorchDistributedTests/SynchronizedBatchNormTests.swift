import Testing
import TorchDistributed
import TorchTestSupport

@Suite("Synchronized batch normalization") struct SynchronizedBatchNormTests {
    private struct Pass: Sendable {
        var output, inputGradient, weightGradient, biasGradient, mean, variance: [Float]
    }

    /// Two training steps of the layer with the rows of the batch; the results of the second.
    private static func pass(
        _ rows: Range<Int>, _ format: MemoryFormat, over group: ProcessGroup?
    ) throws -> Pass {
        let norm = try BatchNorm2d(3)
        try Formula.fill(norm)
        norm.synchronizeBatchNorm(over: group)
        // A mean that is large against the deviation.
        let batch = try Formula.tensor([7, 3, 2, 4]) + 100
        let factors = try Formula.tensor([7, 3, 2, 4], entry: 5)
        func part(_ tensor: Tensor) throws -> Tensor {
            try tensor.narrow(dim: 0, from: rows.lowerBound, length: rows.count)
        }
        var pass: Pass?
        for _ in 0..<2 {
            let input = try part(batch).contiguous(format).clone().requiresGradient(true)
            for parameter in [norm.weight, norm.bias] { try parameter.setGradient(nil) }
            let output = try norm(input)
            try (output * part(factors)).sum().backward()
            func array(_ tensor: Tensor?) throws -> [Float] {
                try tensor?.detach().contiguous().array(as: Float.self) ?? []
            }
            pass = Pass(
                output: try array(output), inputGradient: try array(input.gradient),
                weightGradient: try array(norm.weight.gradient), biasGradient: try array(norm.bias.gradient),
                mean: try array(norm.runningMean), variance: try array(norm.runningVariance))
        }
        return try #require(pass)
    }

    private func expectClose(_ values: [Float], _ golden: [Float], _ tolerance: Float, _ name: String) {
        #expect(values.count == golden.count, "\(name)")
        let difference = zip(values, golden).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= tolerance, "\(name): \(difference)")
    }

    @Test(
        "Parts of a batch give what the whole batch gives: outputs, gradients, and running statistics",
        arguments: [MemoryFormat.contiguous, .channelsLast], [[0, 3, 7], [0, 7, 7]])
    func parts(_ format: MemoryFormat, _ bounds: [Int]) async throws {
        let whole = try Self.pass(0..<7, format, over: nil)
        let parts = try await withRanks(2) { group in
            try Self.pass(bounds[group.rank]..<bounds[group.rank + 1], format, over: group)
        }
        expectClose(parts.flatMap(\.output), whole.output, 2e-3, "output")
        expectClose(parts.flatMap(\.inputGradient), whole.inputGradient, 2e-3, "gradient of the input")
        func sum(_ field: KeyPath<Pass, [Float]>) -> [Float] {
            zip(parts[0][keyPath: field], parts[1][keyPath: field]).map(+)
        }
        expectClose(sum(\.weightGradient), whole.weightGradient, 5e-3, "gradient of the weight")
        expectClose(sum(\.biasGradient), whole.biasGradient, 1e-4, "gradient of the bias")
        for part in parts {
            expectClose(part.mean, whole.mean, 1e-4, "mean")
            expectClose(part.variance, whole.variance, 1e-5, "variance")
        }
    }

    @Test("Without a group, and in evaluation, nothing is exchanged")
    func local() async throws {
        let means = try await withRanks(2) { group in
            let norm = try BatchNorm2d(3)
            norm.synchronizeBatchNorm(over: group)
            norm.eval()
            _ = try norm(Formula.tensor([2, 3, 2, 2]))
            norm.train()
            norm.synchronizeBatchNorm(over: nil)
            _ = try norm(Tensor.full([2, 3, 2, 2], Double(group.rank)))
            return try norm.runningMean.array(as: Float.self)
        }
        #expect(means == [[0, 0, 0], [0.1, 0.1, 0.1]])
    }
}
