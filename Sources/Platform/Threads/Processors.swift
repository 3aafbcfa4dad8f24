internal import Foundation
internal import LibC

/// The number of threads that the system allows this process.
///
/// If no more can start (`ulimit -u`, a container's limit), Swift's and OpenVINO's thread pools wait for one forever or
/// fail. So the limit is tested beforehand by starting threads that do nothing.
package enum ThreadSupply {
    /// The threads that a program needs besides its first: those of Swift's concurrency, and the one for tensors.
    package static let needed = 4

    /// The number of additional threads that can be started, up to the number that reading and computing use.
    package static let available = started(atMost: needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2)

    /// Whether there are too few threads for reading images and computing in parallel, or too little memory for their
    /// stacks, so that one thread must do both.
    package static let isScarce =
        available < needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2 || AddressSpace.isScarce

    /// Starts this number of threads, or as many as possible, and ends them all.
    private static func started(atMost count: Int) -> Int {
        let gate = Monitor(false)
        var threads: [SystemThread] = []
        while threads.count < count,
            // Very small stacks, because memory is a separate limit.
            let thread = SystemThread(stackSize: SystemThread.smallestStack, { gate.wait { $0 ? () : nil } })
        {
            threads.append(thread)
        }
        gate.update { $0 = true }
        for thread in threads { thread.join() }
        return threads.count
    }
}

/// The number of processors that this process may use.
package enum ProcessorCount {
    /// The processors that the process may run on, or fewer if its container limits their time, or `limit(to:)`.
    package static var available: Int { min(all, most.withLock { $0 }) }

    /// Leaves the other processors to other processes. It applies to what starts threads later.
    package static func limit(to count: Int) { most.withLock { $0 = max(1, count) } }

    private static let most = Monitor(Int.max)

    private static let all: Int = {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let quota = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8)
        return max(1, min(processors, quota.flatMap(limit) ?? processors))
    }()

    /// The limit in Linux's `cpu.max` (time and period in microseconds), rounded up; nil for "max".
    static func limit(_ text: String) -> Int? {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0, period > 0 else {
            return nil
        }
        return (time - 1) / period + 1
    }
}

/// The memory that the system lets this process address in addition, if there is a limit (`ulimit -v`).
///
/// Libraries that reach the limit while they load or start their threads end the process or wait forever. So the limit
/// is compared beforehand with their needs, which were measured.
package enum AddressSpace {
    /// The bytes that a program needs for its threads' stacks and a small network.
    package static let needed = 64 << 20

    /// The bytes that LibTorch needs: its libraries, and `needed`.
    package static let libTorch = 400 << 20 + needed

    /// The bytes that were left when the process first checked.
    package static let available = left()

    /// The bytes that OpenVINO needs: about 360 MB, and a reserve.
    package static let openVINO = 480 << 20

    /// Whether there is too little memory for OpenVINO.
    package static let isScarce = available < openVINO

    /// The bytes that are left now.
    package static func left() -> Int {
        guard let bytes = ResourceLimit.addressSpace.value, let pages = pagesInUse() else { return .max }
        return max(0, bytes - pages * SystemMemory.pageSize)
    }

    /// The first number of `/proc/self/statm`: the size of the whole program in pages.
    private static func pagesInUse() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        guard fgets(&text, Int32(text.count), file) != nil else { return nil }
        return Int(strtol(text, nil, 10))
    }
}

/// The graphics processors of the machine.
package enum Graphics {
    /// Whether NVIDIA's driver is installed: on Linux, in its subsystem for Windows, or on the boards of the Jetson
    /// series.
    package static let mayBePresent = files.contains { access($0, F_OK) == 0 }

    private static let files = [
        "/dev/nvidiactl", "/dev/dxg", "/dev/nvgpu", "/dev/nvhost-gpu", "/proc/driver/nvidia/version",
    ]
}

/// The processors of the machine.
package enum Processors {
    /// The name of the processor, such as `Intel Xeon Platinum 8370C CPU @ 2.80GHz`; the architecture, such as
    /// `aarch64`, if the system does not know it.
    package static let modelName = givenName ?? architecture

    private static var givenName: String? {
        #if canImport(Darwin)
            var text = [CChar](repeating: 0, count: 256)
            var count = text.count
            guard sysctlbyname("machdep.cpu.brand_string", &text, &count, nil, 0) == 0 else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            return (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)).flatMap(modelName)
        #endif
    }

    /// The name, and the number of processors that this process may use: `AMD EPYC 7763, 4 processors`.
    package static let summary =
        "\(modelName), \(ProcessorCount.available) processor\(ProcessorCount.available == 1 ? "" : "s")"

    /// The name in the text of `/proc/cpuinfo`. Processors of ARM have no `model name` there, but some of their boards
    /// have a `Model`. Marks such as `(R)` are left out.
    static func modelName(_ text: String) -> String? {
        let lines = text.split(separator: "\n").compactMap { line -> (key: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (words(line[..<colon]), words(line[line.index(after: colon)...]))
        }
        let names = ["model name", "Model", "Hardware"].lazy.compactMap { key in
            lines.first { $0.key == key && !$0.value.isEmpty }?.value
        }
        return names.first
    }

    /// Returns a text without marks, and with single spaces.
    private static func words(_ text: Substring) -> String {
        ["(R)", "(TM)", "(r)", "(tm)"].reduce(String(text)) { $0.replacing($1, with: " ") }
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static var architecture: String {
        var system = utsname()
        guard uname(&system) == 0 else { return "unknown processor" }
        return withUnsafeBytes(of: &system.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
