import Foundation
import LibC
import Platform
import TestSupport
import Testing
import Torch

/// LibTorch is loaded when it is needed. Each test is a process, since a library stays loaded.
@Suite("Loading LibTorch") struct LoadingTests {
    @Test("The first tensor loads LibTorch") func firstUse() async {
        await #expect(processExitsWith: .success) {
            #expect(!LibTorch.isLoaded)
            let sum = try Tensor([1, 2] as [Float], shape: [2]).sum().item(as: Float.self)
            #expect(sum == 3 && LibTorch.isLoaded)
        }
    }

    @Test("Settings of the process do not load it, and hold once it is loaded") func settings() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            LibTorch.keepFreedMemory()
            #expect(throws: TorchError.self) { try LibTorch.setThreadCount(0) }
            #expect(!LibTorch.isLoaded)
            #expect(LibTorch.isAvailable && LibTorch.isLoaded)
            #expect(LibTorch.threadCount == 1)
        }
    }

    @Test("Without NVIDIA's driver the number of CUDA devices does not load it", .enabled(if: !Graphics.mayBePresent))
    func devices() async {
        await #expect(processExitsWith: .success) { #expect(Device.cudaCount == 0 && !LibTorch.isLoaded) }
    }

    @Test("Many threads load it once") func threads() async {
        await #expect(processExitsWith: .success) {
            let versions = Monitor<Set<String>>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                let version = LibTorch.version
                versions.withLock { _ = $0.insert(version) }
            }
            #expect(versions.withLock { $0.count } == 1)
        }
    }

    @Test("A folder without LibTorch is an error that names it, and stays one") func folder() async {
        await #expect(processExitsWith: .success) {
            setenv("APUS_LIBTORCH", nowhere, 1)
            for _ in 0..<2 {
                let error = #expect(throws: TorchError.self) { try LibTorch.load() }
                #expect(error?.code == .libraryUnavailable)
                #expect(error?.message.hasPrefix("LibTorch is not installed: APUS_LIBTORCH=\(nowhere) has no") == true)
                unsetenv("APUS_LIBTORCH")
            }
            #expect(!LibTorch.isAvailable && !LibTorch.isLoaded && Device.cudaCount == 0)
        }
    }

    @Test("A damaged library, and one of another version, are errors") func libraries() async {
        await #expect(processExitsWith: .success) { try refuse(Data("no library".utf8), "can't be opened: ") }
        await #expect(processExitsWith: .success) {
            // Any other library has no table. `String(contentsOfFile:)` would read only the first page.
            let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
            let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix("/libm.so.6") })
            let path = String(line[try #require(line.firstIndex(of: "/"))...])
            try refuse(fileBytes(path), "can't be used: libApusTorch.so belongs to another version of Apus")
        }
    }

    @Test("Where LibTorch does not fit into the address space, it is an error") func addressSpace() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 0, rlim_max: .max)
            getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            let size = try #require(
                Int(String(contentsOfFile: "/proc/self/statm", encoding: .utf8).prefix { $0 != " " }))
            limit.rlim_cur = rlim_t(size * Int(sysconf(Int32(_SC_PAGESIZE))) + 400 << 20)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
            let error = #expect(throws: TorchError.self) { try LibTorch.load() }
            #expect(error?.code == .outOfMemory && error?.message.hasSuffix("raise the limit (ulimit -v)") == true)
        }
    }
}

/// Expects that a library with these bytes is refused with a message that starts with `reason`.
private func refuse(_ library: some DataProtocol, _ reason: String) throws {
    try withTemporaryFolder { folder in
        try Data(library).write(to: folder.appending(path: "libApusTorch.so"))
        setenv("APUS_LIBTORCH", folder.path, 1)
        let error = #expect(throws: TorchError.self) { try LibTorch.load() }
        #expect(error?.message.hasPrefix("LibTorch \(reason)") == true, "\(error?.message ?? "")")
    }
}
