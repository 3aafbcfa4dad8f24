internal import Foundation
internal import TestEnvironment
internal import Testing

/// The peak memory of this process, in bytes.
///
/// Linux's own value: for a child process, `getrusage` includes the peak of its parent.
public func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
}

/// Resets the peak memory of this process, which returns freed blocks to the system from now on; returns the current
/// memory in bytes.
public func resetPeakMemory() throws -> Int {
    returnLargeBlocks()
    try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    return try peakMemory()
}
