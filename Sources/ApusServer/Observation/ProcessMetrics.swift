internal import LibC
internal import Platform

/// What the process uses now, under the names that Prometheus' client libraries use. Values that the system does not
/// provide are nil and left out.
struct ProcessMetrics {
    /// The memory in use in bytes.
    let residentMemory: Int?
    /// The processor time of all threads in seconds.
    let processorTime: Double
    /// The start of the process in seconds since 1970.
    let startTime: Double?
    /// The number of open files, pipes and connections.
    let openFiles: Int?

    /// The values of this moment.
    static var current: Self {
        #if os(Linux)
            let pages = fields("/proc/self/statm").dropFirst().first.flatMap { Int($0) }
            // One of the entries is the folder itself, which is open while it is read.
            let files = (try? entryNames(of: "/proc/self/fd")).map { max(0, $0.count - 1) }
            return Self(
                residentMemory: pages.map { $0 * SystemMemory.pageSize }, processorTime: ProcessorTime.ofProcess,
                startTime: start, openFiles: files)
        #else
            return Self(residentMemory: nil, processorTime: ProcessorTime.ofProcess, startTime: nil, openFiles: nil)
        #endif
    }

    /// The lines of the metrics.
    var text: String {
        let metrics: [(String, PrometheusKind, String, Double?)] = [
            (
                "process_cpu_seconds_total", .counter, "Processor time of all threads in seconds.",
                processorTime
            ),
            ("process_open_fds", .gauge, "Open files, pipes and connections.", openFiles.map { Double($0) }),
            (
                "process_resident_memory_bytes", .gauge, "Main memory in use in bytes.",
                residentMemory.map { Double($0) }
            ),
            ("process_start_time_seconds", .gauge, "Start of the process in seconds since 1970.", startTime),
        ]
        return metrics.map { name, kind, description, value in
            value.map { kind.header(name, description) + "\(name) \(prometheusNumber($0))\n" } ?? ""
        }.joined()
    }

    #if os(Linux)
        /// The time at which the system started and the process' distance from it, field 22 of `stat`, in clock ticks.
        /// It does not change, so that it is computed once.
        private static let start: Double? = {
            // The name of the program, field 2, is in parentheses and may contain spaces.
            guard let end = contents("/proc/self/stat").split(separator: ")", omittingEmptySubsequences: false).last,
                let boot = contents("/proc/stat").split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
                let base = Double(boot.dropFirst(6))
            else { return nil }
            let fields = end.split(separator: " ")
            guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
            return base + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }()

        private static func fields(_ path: String) -> [Substring] {
            contents(path).split(whereSeparator: \.isWhitespace)
        }

        /// The text of a file of the system, whose size it does not state; empty if it can't be read.
        private static func contents(_ path: String) -> String {
            guard let file = fopen(path, "r") else { return "" }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            var count = 0
            while count < bytes.count {
                let read = bytes.withUnsafeMutableBytes { buffer in
                    fread(buffer.baseAddress.map { $0 + count }, 1, buffer.count - count, file)
                }
                guard read > 0 else { break }
                count += read
                if count == bytes.count { bytes += [UInt8](repeating: 0, count: count) }
            }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    #endif
}
