internal import Platform
import Testing
import TorchDistributed

@Suite("Failures of processes") struct FailureTests {
    @Test("A process that is gone is named by all others, and the group is of no use afterwards")
    func lost() async throws {
        let errors = try await withRanks(3, lost: 1) { group -> [DistributedError?] in
            try group.barrier()
            guard group.rank != 1 else { return [] }
            return [failure { try group.barrier() }, failure { try group.barrier() }]
        }
        for error in errors[0] + errors[2] {
            #expect(error?.code == .processLost, "\(String(describing: error))")
            #expect(error?.rank == 1)
            #expect(error?.host?.isEmpty == false)
            #expect(error == errors[0][0])
        }
    }

    @Test("The loss of a process in a backward pass is reported as such")
    func lostInBackward() async throws {
        let errors = try await withRanks(2, lost: 1) { group -> DistributedError? in
            let weight = try Tensor([Float](repeating: 1, count: 4)).requiresGradient(true)
            let parallel = try DistributedDataParallel([("weight", weight)], of: group)
            guard group.rank == 0 else { return nil }
            return failure {
                try parallel.beginForward()
                try parallel.backward(weight.sum())
            }
        }
        #expect(errors[0]?.code == .processLost)
        #expect(errors[0]?.rank == 1)
    }

    @Test("A process that hangs is named after the time-out")
    func hangs() async throws {
        let ends = Monitor(0)
        let errors = try await withRanks(3, timeout: .seconds(1)) { group -> DistributedError? in
            guard group.rank != 1 else {
                ends.wait { $0 == 2 ? () : nil }
                return nil
            }
            defer { ends.update { $0 += 1 } }
            return failure { try group.allReduce(Tensor([Float(1)])) }
        }
        for rank in [0, 2] {
            #expect(errors[rank]?.code == .processHangs, "\(String(describing: errors[rank]))")
            #expect(errors[rank]?.rank == 1)
        }
    }

    @Test("A process that announces its failure is named with its message", arguments: [0, 1])
    func announced(_ failed: Int) async throws {
        let place = DistributedEnvironment.Rendezvous.tcp(host: "127.0.0.1", port: try unusedPort())
        // Rank 0 runs the store: its message arrives before the store ends.
        let errors = try await withEnvironments(3, at: place) { environment -> DistributedError? in
            let group = try ProcessGroup(environment, timeout: .seconds(60))
            defer { group.close() }
            if group.rank == failed { group.announce(failure: "the disk is full") }
            return group.rank == failed ? nil : failure { while true { try group.barrier() } }
        }
        for rank in 0..<3 where rank != failed {
            #expect(errors[rank]?.code == .processFailed, "\(String(describing: errors[rank]))")
            #expect(errors[rank]?.rank == failed)
            #expect(errors[rank]?.message.contains("the disk is full") == true)
        }
    }

    @Test("An operation that fails on its own names no other process")
    func ownFailure() async throws {
        let errors = try await withRanks(2) { group in
            failure { try group.broadcast([Tensor([Float(1)])], from: 2) }
        }
        #expect(errors.allSatisfy { $0?.code == .collective && $0?.rank == nil })
    }
}
