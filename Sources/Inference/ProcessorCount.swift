internal import Foundation

/// How many processors this process may keep busy.
enum ProcessorCount {
    /// The processors that the process may run on, or fewer where its container may use only so much of their time.
    static let available: Int = {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let quota = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8)
        return max(1, min(processors, quota.flatMap(limit) ?? processors))
    }()

    /// The limit that Linux's `cpu.max` tells, time and period in microseconds, rounded up; nil for "max".
    static func limit(_ text: String) -> Int? {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0, period > 0 else {
            return nil
        }
        return (time - 1) / period + 1
    }
}
