internal import LibC

/// The processor time that has been used, in seconds.
package enum ProcessorTime {
    /// The time of the current thread.
    package static var ofThread: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

    /// The time of all threads of the process.
    package static var ofProcess: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
