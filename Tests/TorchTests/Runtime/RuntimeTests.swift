import LibC
import Testing
import Torch

@Suite("LibTorch runtime", .serialized) struct RuntimeTests {
    @Test("The version of LibTorch is supported") func version() throws {
        let parts = LibTorch.version.split(separator: ".").compactMap { Int($0) }
        #expect(parts.count >= 2 && parts[0] == 2 && (11...15).contains(parts[1]))
    }

    /// In a separate process, because sums that other tests compare bit for bit depend on the thread count.
    @Test("The number of threads is set and read") func threadCount() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            #expect(LibTorch.threadCount == 1)
            #expect(throws: TorchError.self) { try LibTorch.setThreadCount(0) }
        }
    }

    @Test("All work of the actor runs on one thread") func actorThread() async {
        @TensorActor func thread() -> UInt { UInt(pthread_self()) }
        var threads: Set<UInt> = []
        for _ in 0..<20 {
            threads.insert(await thread())
            await Task.yield()
        }
        #expect(threads.count == 1)
        #expect(await TensorActor.run { UInt(pthread_self()) } == threads.first)
    }

    @Test("An executor runs jobs in order and ends with its owner") func jobsOfAnExecutor() async {
        actor Owner {
            let executor = TensorExecutor()
            var numbers: [Int] = []
            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
            func add(_ number: Int) { numbers.append(number) }
        }
        for _ in 0..<50 {
            let owner = Owner()
            for number in 0..<10 { await owner.add(number) }
            #expect(await owner.numbers == Array(0..<10))
        }
    }

    @Test("CUDA on a machine without it is an error") func cuda() {
        let count = Device.cudaCount
        #expect(count >= 0)
        if count == 0 {
            #expect(throws: TorchError.self) { try Tensor.zeros([1], device: .cuda()) }
        }
    }
}
