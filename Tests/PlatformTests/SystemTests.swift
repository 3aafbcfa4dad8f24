import Foundation
import LibC
import TestSupport
import Testing

@testable import Platform

/// What differs between systems: Sources/Platform.
@Suite("Calls of the system") struct SystemTests {
    @Test("A thread runs its body once, also with the smallest stack, and can be waited for")
    func threads() throws {
        let count = Monitor(0)
        let threads = try [nil, SystemThread.smallestStack].map { size in
            let thread = SystemThread(stackSize: size) { count.withLock { $0 += 1 } }
            return try #require(thread)
        }
        for thread in threads { thread.join() }
        #expect(count.withLock { $0 } == 2)
    }

    @Test("The limit of open files is raised as far as the system allows, and never lowered") func openFiles() throws {
        // A higher limit harms no other test.
        let before = try #require(ResourceLimit.openFiles.value)
        ResourceLimit.openFiles.raise(to: 1)
        #expect(ResourceLimit.openFiles.value == before)
        ResourceLimit.openFiles.raise(to: before + 16)
        let raised = try #require(ResourceLimit.openFiles.value)
        ResourceLimit.openFiles.raise(to: .max)
        let highest = try #require(ResourceLimit.openFiles.value)
        #expect(raised == min(highest, before + 16))
    }

    @Test("A file without a name disappears, or gets a name that did not exist")
    func unnamedFiles() throws {
        try withTemporaryFolder { folder in
            let file = openUnnamedFile(in: folder.path)
            // Not every system or file system has them.
            guard file >= 0 else { return }
            defer { close(file) }
            let before = try entryNames(of: folder.path)
            #expect(before.isEmpty)
            #expect(nameFile(file, folder.appending(path: "a").path))
            #expect(!nameFile(file, folder.appending(path: "a").path))
            let after = try entryNames(of: folder.path)
            #expect(after == ["a"])
            #expect(openUnnamedFile(in: nowhere) < 0)
        }
    }

    @Test("Files have the times that were set") func times() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "a").path
            try writeAtomically([1], to: path)
            var times = [timespec(tv_sec: 1, tv_nsec: 2), timespec(tv_sec: 1_000_000_000, tv_nsec: 3000)]
            #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.modificationTime.tv_sec == 1_000_000_000 && status.modificationTime.tv_nsec == 3000)
            #expect(status.changeTime.tv_sec > 1_000_000_000)
        }
    }

    @Test("Shared libraries are found by name, with and without a version") func libraries() {
        let name = SharedLibrary.name(of: "liba")
        #expect(SharedLibrary.isName(name, of: "liba"))
        #expect(!SharedLibrary.isName("liba_c" + name.dropFirst(4), of: "liba"))
        #if os(Linux)
            #expect(name == "liba.so" && SharedLibrary.isName("liba.so.2641", of: "liba"))
        #elseif canImport(Darwin)
            #expect(name == "liba.dylib" && SharedLibrary.isName("liba.2641.dylib", of: "liba"))
        #endif
        #expect(!SharedLibrary.isName("liba.txt", of: "liba"))
    }

    @Test("The machine has memory") func machine() {
        #expect(SystemMemory.size <= Int(clamping: ProcessInfo.processInfo.physicalMemory))
        #expect(SystemMemory.size > 64 << 20 && [4096, 16384, 65536].contains(SystemMemory.pageSize))
        #expect(ResourceLimit.data.value.map { $0 > 0 } ?? true)
    }

    @Test(
        "Containers limit the memory",
        arguments: [
            ("0::/\n", ["/sys/fs/cgroup//memory.max": "1024\n"], 1024),
            ("0::/\n", ["/sys/fs/cgroup/memory.max": "max\n"], nil),
            ("0::/a/b\n", ["/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "5\n"], 5),
            ("0::/a/b\n", ["/sys/fs/cgroup/a/b/memory.max": "7\n", "/sys/fs/cgroup/a/memory.max": "8\n"], 7),
            ("4:memory:/a\n0::/\n", ["/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9\n"], 9),
            ("4:memory:/a\n", ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "10\n"], 10),
            ("3:cpuset:/a\n", ["/sys/fs/cgroup/a/memory.max": "11\n"], nil), ("", [:], nil),
        ] as [(String, [String: String], Int?)])
    func memoryLimit(groups: String, files: [String: String], limit: Int?) {
        #expect(SystemMemory.limit(groups) { files[$0] } == limit)
    }

    @Test("A limit can be lowered, but not raised") func limits() async {
        await #expect(processExitsWith: .success) {
            ResourceLimit.crashFile.lower(to: 0)
            #expect(ResourceLimit.crashFile.value == 0)
            ResourceLimit.crashFile.lower(to: 100)
            #expect(ResourceLimit.crashFile.value == 0)
            ResourceLimit.processorTime.lower(to: 1000)
            #expect(ResourceLimit.processorTime.value ?? 0 <= 1000)
        }
    }

    @Test("A signal that is ignored is reported as such") func ignoredSignals() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            #expect(isSignalIgnored(SIGHUP))
            signal(SIGHUP, SIG_DFL)
            #expect(!isSignalIgnored(SIGHUP))
        }
    }
}
