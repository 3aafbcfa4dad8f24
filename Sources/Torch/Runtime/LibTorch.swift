internal import CTorch

/// The LibTorch that this process runs on.
public enum LibTorch {
    /// Its version, `2.13.0`.
    public static var version: String { String(cString: ctorch_version()) }

    /// How many threads compute one operator on the CPU. It holds for the process.
    public static var threadCount: Int { Int(ctorch_thread_count()) }

    /// Sets how many threads compute one operator on the CPU. Sums of floating-point numbers may differ in their last
    /// bits between counts.
    ///
    /// - Throws: `TorchError` for a count below 1.
    public static func setThreadCount(_ count: Int) throws(TorchError) {
        try check(ctorch_set_thread_count(Int32(clamping: count)), in: "set_num_threads", arguments: ["\(count)"])
    }
}
