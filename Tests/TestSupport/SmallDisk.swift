public import Foundation
public import Testing

/// Whether a small file system can be mounted: root can, if the kernel allows it.
private let canMount: Bool = {
    guard geteuid() == 0 else { return false }
    let probe = try? withTemporaryFolder { folder in
        guard run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path]) == 0 else { return false }
        return run("umount", [folder.path]) == 0
    }
    return probe ?? false
}()

/// An empty file system of this many megabytes in a separate folder; removed after the body.
public func withSmallDisk<Result>(
    megabytes: Int, isolation: isolated (any Actor)? = #isolation, _ body: (URL) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let disk = folder.appending(path: "disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        try #require(run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", disk.path]) == 0)
        defer { _ = run("umount", ["-l", disk.path]) }
        return try await body(disk)
    }
}

private func run(_ tool: String, _ arguments: [String]) -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    do { try process.run() } catch { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
}

extension Trait where Self == ConditionTrait {
    /// Runs the test only if a small file system can be mounted.
    public static var smallDisk: Self { .enabled(if: canMount, "no file system can be mounted by this user") }
}
