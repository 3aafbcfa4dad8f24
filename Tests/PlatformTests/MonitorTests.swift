import Testing

@testable import Platform

@Suite("Values shared by threads") struct MonitorTests {
    @Test("Concurrent changes by eight threads are all kept")
    func changes() {
        let monitor = Monitor((count: 0, name: ""))
        let threads = (0..<8).compactMap { number in
            WorkerThread {
                for _ in 0..<2000 {
                    monitor.withLock { state in
                        state.count += 1
                        state.name = "thread \(number)"
                    }
                }
            }
        }
        #expect(threads.count == 8)
        threads.forEach { $0.join() }
        let (count, name) = monitor.withLock { $0 }
        #expect(count == 16_000 && name.hasPrefix("thread "))
    }

    @Test("A waiting thread sees the change of another thread")
    func waiting() {
        let monitor = Monitor(0)
        let thread = WorkerThread { monitor.update { $0 = 7 } }
        #expect(monitor.wait { $0 == 7 ? $0 : nil } == 7)
        thread?.join()
    }
}
