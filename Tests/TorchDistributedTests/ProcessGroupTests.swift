internal import LibC
import Testing
import TorchDistributed
import TorchTestSupport

@Suite("Process groups") struct ProcessGroupTests {
    @Test("Collectives combine the tensors of all ranks", arguments: [1, 3])
    func collectives(_ count: Int) async throws {
        let texts = try await withRanks(count) { group in
            var texts: [String] = []
            func note(_ tensor: Tensor) throws { texts.append("\(try tensor.array(as: Float.self))") }
            for reduction in ProcessGroup.Reduction.allCases {
                let tensor = try Tensor([Float(group.rank), 6])
                try group.allReduce(tensor, reduction)
                try note(tensor)
            }
            let sent = [try Tensor([Float(group.rank)]), try Tensor([Float(group.rank + 7), 1])]
            try group.broadcast(sent, from: count - 1)
            for tensor in sent { try note(tensor) }
            for tensor in try group.allGather(Tensor([Float(group.rank * 10)])) { try note(tensor) }
            try group.barrier()
            return texts
        }
        let last = Float(count - 1)
        let sum = (0..<count).map(Float.init).reduce(0, +)
        let expected =
            [[sum, Float(6 * count)], [sum / Float(count), 6], [0, 6], [last, 6], [last], [last + 7, 1]]
            + (0..<count).map { [Float($0 * 10)] }
        for rank in 0..<count { #expect(texts[rank] == expected.map { "\($0)" }) }
    }

    @Test("A tensor with other strides is reduced in place, and parameters are broadcast without a gradient")
    func strides() async throws {
        let sums = try await withRanks(2) { group in
            let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).transpose(0, 1)
            try group.allReduce(tensor)
            let parameter = try Tensor([Float(group.rank)]).requiresGradient(true)
            try group.broadcast([parameter], from: 1)
            return try tensor.contiguous().array(as: Float.self) + parameter.array(as: Float.self)
        }
        #expect(sums == [[2, 8, 4, 10, 6, 12, 1], [2, 8, 4, 10, 6, 12, 1]])
    }

    @Test("Operations that have started run while a process does other work")
    func asynchronous() async throws {
        let sums = try await withRanks(2) { group in
            let tensors = try (0..<4).map { try Tensor([Float($0 + group.rank)]) }
            let pending = try tensors.map { try group.startAllReduce($0, .maximum) }
            for operation in pending { try operation.wait() }
            return try tensors.map { try $0.item(as: Float.self) }
        }
        #expect(sums == [[1, 2, 3, 4], [1, 2, 3, 4]])
    }

    @Test("Bytes of any lengths are gathered and broadcast")
    func bytes() async throws {
        let all = try await withRanks(3) { group in
            let own = [UInt8](repeating: UInt8(group.rank), count: group.rank * 5)
            let sent = try group.broadcast(bytes: group.rank == 2 ? [1, 2, 3] : nil, from: 2)
            return try group.allGather(bytes: own) + group.allGather(bytes: []) + [sent, group.broadcast(bytes: [])]
        }
        let expected: [[UInt8]] =
            [[], [1, 1, 1, 1, 1], [UInt8](repeating: 2, count: 10), [], [], [], [1, 2, 3], []]
        #expect(all == [expected, expected, expected])
    }

    @Test("Processes meet over TCP, and know each other's hosts")
    func tcp() async throws {
        let place = DistributedEnvironment.Rendezvous.tcp(host: "127.0.0.1", port: try unusedPort())
        let hosts = try await withEnvironments(2, at: place) { environment in
            let group = try ProcessGroup(environment, timeout: .seconds(60))
            defer { group.close() }
            try group.barrier()
            return group.hosts
        }
        #expect(hosts[0].count == 2)
        #expect(!hosts[0][0].isEmpty && hosts[0] == hosts[1] && hosts[0][0] == hosts[0][1])
    }

    @Test("Processes of a new start do not take those of an earlier one for theirs, at the store of a launcher")
    func startsAgain() async throws {
        let port = try unusedPort()
        let launcher = try ProcessGroup(
            DistributedEnvironment(rank: 0, count: 1, rendezvous: .tcp(host: "127.0.0.1", port: port)))
        defer { launcher.close() }
        let place = DistributedEnvironment.Rendezvous.tcp(host: "127.0.0.1", port: port, isHostedByLauncher: true)
        for _ in 0..<2 {
            // The first rank comes last.
            let sums = try await withEnvironments(2, at: place) { environment in
                if environment.rank == 0 { usleep(300_000) }
                let group = try ProcessGroup(environment, timeout: .seconds(60))
                defer { group.close() }
                let sum = try Tensor([Float(group.rank + 1)])
                try group.allReduce(sum)
                return try sum.item(as: Float.self)
            }
            #expect(sums == [3, 3])
            // This one comes into the room of those that are gone, and one that comes alone waits in vain.
            let alone = DistributedEnvironment(rank: 1, count: 2, rendezvous: place)
            #expect(failure { _ = try ProcessGroup(alone, timeout: .milliseconds(200)) }?.rank == 0)
        }
    }

    @Test("The ranks that do not come are named")
    func missing() throws {
        let place = DistributedEnvironment.Rendezvous.tcp(host: "127.0.0.1", port: try unusedPort())
        let error = failure {
            _ = try ProcessGroup(
                DistributedEnvironment(rank: 0, count: 3, rendezvous: place), timeout: .milliseconds(100))
        }
        #expect(error?.code == .rendezvous)
        #expect(error?.rank == 1)
        #expect(error?.message.contains("these ranks are missing: 1, 2") == true, "\(error?.message ?? "")")
    }
}
