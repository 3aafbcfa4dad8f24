import Testing
import TorchDistributed
import TorchTestSupport

@Suite("Data-parallel training") struct DistributedDataParallelTests {
    /// Two layers, and one that a loss may leave out.
    private final class Network: Module {
        let hidden: Linear
        let unused: Linear
        let output: Linear

        init() throws {
            hidden = try Linear(6, 10)
            unused = try Linear(3, 3)
            output = try Linear(10, 4)
            try Formula.fill(self)
        }

        func forward(_ input: Tensor) throws -> Tensor { try output(hidden(input).tanh()) }

        var parameters: [(name: String, tensor: Tensor)] {
            stateDict.filter { !$0.name.hasPrefix("unused") }.map { ($0.name, $0.tensor) }
        }

        var gradients: [[Float]] {
            get throws { try parameters.map { try $0.tensor.gradient?.array(as: Float.self) ?? [] } }
        }

        func loss(_ rows: Range<Int>) throws -> Tensor {
            let input = try Formula.tensor([8, 6]).narrow(dim: 0, from: rows.lowerBound, length: rows.count)
            return try self(input).square().mean()
        }

        /// A step of gradient descent.
        func step() throws {
            for (_, tensor) in parameters {
                guard let gradient = tensor.gradient else { continue }
                try withoutGradient { try tensor -= gradient * 0.5 }
                try tensor.setGradient(nil)
            }
        }
    }

    /// The gradients of the whole batch at each of some steps of one process.
    private func expected(steps: Int) throws -> [[[Float]]] {
        let network = try Network()
        return try (0..<steps).map { _ in
            try network.loss(0..<8).backward()
            defer { _ = try? network.step() }
            return try network.gradients
        }
    }

    private func expectClose(_ values: [[[Float]]], _ expected: [[[Float]]], within tolerance: Float) {
        let differences = zip(values.joined().joined(), expected.joined().joined()).map { abs($0 - $1) }
        #expect(differences.count == expected.joined().joined().count)
        #expect((differences.max() ?? .infinity) <= tolerance)
    }

    @Test(
        "Averaged gradients are those of the whole batch, step by step",
        arguments: [(2, 25), (4, 25), (2, 0.0001)] as [(Int, Double)])
    func gradients(_ count: Int, _ bucketMegabytes: Double) async throws {
        let all = try await withRanks(count) { group in
            let network = try Network()
            let parallel = try DistributedDataParallel(
                network.parameters, of: group, bucketMegabytes: bucketMegabytes)
            let part = 8 / count
            return try (0..<3).map { _ in
                try parallel.beginForward()
                try parallel.backward(network.loss(group.rank * part..<(group.rank + 1) * part))
                defer { _ = try? network.step() }
                return try network.gradients
            }
        }
        for gradients in all {
            expectClose(gradients, try expected(steps: 3), within: 1e-6)
            #expect(gradients == all[0])
        }
    }

    @Test("Passes that do not synchronize accumulate on their process")
    func accumulation() async throws {
        let all = try await withRanks(2) { group in
            let network = try Network()
            let parallel = try DistributedDataParallel(network.parameters, of: group)
            var gradients: [[[Float]]] = []
            for _ in 0..<2 {
                for half in 0..<2 {
                    try parallel.beginForward(synchronizes: half == 1)
                    let first = group.rank * 4 + half * 2
                    try parallel.backward(network.loss(first..<first + 2) / 2)
                    gradients.append(try network.gradients)
                }
                try network.step()
            }
            return gradients
        }
        #expect(all[0][0] != all[1][0])
        for gradients in all { expectClose([gradients[1], gradients[3]], try expected(steps: 2), within: 1e-6) }
    }

    @Test(
        "Compressed gradients are close, and equal on all processes",
        arguments: [GradientCompression.bfloat16, .float16])
    func compression(_ compression: GradientCompression) async throws {
        let all = try await withRanks(2) { group in
            let network = try Network()
            let parallel = try DistributedDataParallel(network.parameters, of: group, compression: compression)
            try parallel.beginForward()
            try parallel.backward(network.loss(group.rank * 4..<group.rank * 4 + 4))
            return [try network.gradients]
        }
        let exact = try expected(steps: 1)
        expectClose(all[0], exact, within: 0.01)
        #expect(all[0] == all[1])
        // They were sent with fewer digits.
        #expect(zip(all[0].joined().joined(), exact.joined().joined()).contains { abs($0 - $1) > 1e-6 })
    }

    @Test("A parameter without a part in the loss is found if that is asked for")
    func unused() async throws {
        let all = try await withRanks(2) { group in
            let network = try Network()
            let parallel = try DistributedDataParallel(
                network.stateDict.map { ($0.name, $0.tensor) }, of: group, findsUnusedParameters: true)
            return try (0..<2).map { _ in
                try parallel.beginForward()
                try parallel.backward(network.loss(group.rank * 4..<group.rank * 4 + 4))
                #expect(network.unused.weight.gradient == nil)
                defer { _ = try? network.step() }
                return try network.gradients
            }
        }
        for gradients in all { expectClose(gradients, try expected(steps: 2), within: 1e-6) }
    }

    @Test("Processes with different parameters do not begin")
    func different() async throws {
        let errors = try await withRanks(2) { group in
            failure {
                let weight = try Tensor.ones([2 + group.rank]).requiresGradient(true)
                _ = try DistributedDataParallel([("weight", weight)], of: group)
            }
        }
        #expect(errors.contains { $0 != nil })
    }
}
