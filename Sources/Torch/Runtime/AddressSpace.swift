internal import Glibc

/// How much more memory the system lets this process address, where it sets a limit (`ulimit -v`).
///
/// Libraries that meet the limit while they load or start their threads end the process, or wait forever. So it is
/// compared with what they take, measured here, before they are asked.
package enum AddressSpace {
    /// The bytes that a program needs once LibTorch is loaded: for the stacks of its threads, and for a small network.
    package static let needed = 64 << 20

    /// The bytes that were left when the process first asked.
    package static let available = left()

    /// Whether there is too little for OpenVINO, which takes some 360 MB next to LibTorch.
    package static let isScarce = available < 480 << 20

    private static func left() -> Int {
        // No limit is the largest number without a sign.
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
            let bytes = Int(exactly: limit.rlim_cur), let pages = pagesInUse()
        else { return .max }
        return max(0, bytes - pages * Int(sysconf(Int32(_SC_PAGESIZE))))
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
