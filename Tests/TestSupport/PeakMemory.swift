internal import Foundation
internal import Testing

/// The most memory that this process has held at once, in bytes.
///
/// Linux's own figure: `getrusage` tells for a process that another one started what that one held, if it is more.
public func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
}

/// Makes the system forget the most memory that this process has held; what it holds now, in bytes.
public func resetPeakMemory() throws -> Int {
    try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    return try peakMemory()
}
