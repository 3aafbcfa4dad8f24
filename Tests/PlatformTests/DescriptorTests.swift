import Foundation
import Platform
import Testing

@Suite("Open files") struct DescriptorTests {
    @Test("All bytes arrive in a pipe that is full at first and not to be waited for") func fullPipe() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        #expect(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let worker = try #require(
            WorkerThread {
                try? writeAll(bytes, to: writer)
                close(writer)
            })
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1000)
        while case let count = read(reader, &chunk, chunk.count), count > 0 { received += chunk[..<count] }
        worker.join()
        #expect(received == bytes)
        #expect(!isTerminal(reader) && terminalWidth(reader) == nil)
    }

    @Test("The system's error is thrown") func failure() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let error = #expect(throws: SystemError.self) { try writeAll([1, 2], to: full) }
        #expect(error?.code == ENOSPC)
        #expect(throws: SystemError.self) { try writeAll([1], to: -1) }
        try writeAll([], to: -1)
    }

    @Test("The program of the process exists") func program() throws {
        #expect(access(try #require(executablePath), X_OK) == 0)
    }

    @Test("A named thread runs its body") func namedThread() {
        let done = Monitor(false)
        #expect(WorkerThread.start("a name with more than 15 bytes") { done.update { $0 = true } })
        done.wait { $0 ? () : nil }
    }
}
