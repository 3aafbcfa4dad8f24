internal import Foundation
internal import LibC

/// The memory of this process.
package enum SystemMemory {
    /// The size of a page in bytes.
    package static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// The size of the main memory in bytes, or less if the container of the process limits it.
    package static let size: Int = {
        let memory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageSize
        guard let groups = text(of: "/proc/self/cgroup") else { return memory }
        return min(memory, limit(groups, read: text) ?? memory)
    }()

    /// The smallest limit of the control groups in the text of Linux's `/proc/self/cgroup`, and of those around them;
    /// nil if there is none.
    ///
    /// - Parameter read: returns the text of a file; nil if there is none.
    static func limit(_ groups: String, read: (String) -> String?) -> Int? {
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            // Version 2 has one group for all resources, version 1 has one for memory.
            guard parts.count == 3, parts[1].isEmpty || parts[1] == "memory" else { continue }
            let (root, file) =
                parts[1].isEmpty
                ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            var group: Substring? = parts[2]
            while let path = group {
                if let text = read("\(root)\(path)/\(file)"), let limit = Int(text.prefix { $0.isNumber }) {
                    limits.append(limit)
                }
                group = path.lastIndex(of: "/").map { path[..<$0] }
            }
        }
        return limits.min()
    }

    private static func text(of path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
