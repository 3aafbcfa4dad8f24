internal import LibC

/// A limit that the system sets to this process and to those that it starts.
package enum ResourceLimit {
    /// The size of the addressed memory in bytes.
    case addressSpace
    /// The size of the memory for data in bytes.
    case data
    /// The size of the file that the system writes after a crash, in bytes.
    case crashFile
    /// The processor time in seconds.
    case processorTime
    /// The number of open files, connections included.
    case openFiles

    private var number: Int32 {
        let resource =
            switch self {
            case .addressSpace: RLIMIT_AS
            case .data: RLIMIT_DATA
            case .crashFile: RLIMIT_CORE
            case .processorTime: RLIMIT_CPU
            case .openFiles: RLIMIT_NOFILE
            }
        // An enumeration in Glibc, a number elsewhere.
        #if canImport(Glibc)
            return Int32(resource.rawValue)
        #else
            return resource
        #endif
    }

    private var values: rlimit? {
        var values = rlimit()
        return getrlimit(number, &values) == 0 ? values : nil
    }

    /// The limit; nil if there is none.
    package var value: Int? {
        // No limit is the largest number that the system has.
        values.flatMap { Int(exactly: $0.rlim_cur) }.flatMap { $0 == .max ? nil : $0 }
    }

    /// Lowers the limit to a value; a lower one stays.
    package func lower(to value: Int) {
        guard var values else { return }
        values.rlim_cur = min(values.rlim_cur, values.rlim_max, rlim_t(value))
        setrlimit(number, &values)
    }

    /// Raises the limit to a value, or as far as the system lets this process; a higher one stays.
    package func raise(to value: Int) {
        guard var values else { return }
        values.rlim_cur = max(values.rlim_cur, min(values.rlim_max, rlim_t(value)))
        setrlimit(number, &values)
    }
}
