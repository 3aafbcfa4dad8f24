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

    private var number: Int32 {
        let resource =
            switch self {
            case .addressSpace: RLIMIT_AS
            case .data: RLIMIT_DATA
            case .crashFile: RLIMIT_CORE
            case .processorTime: RLIMIT_CPU
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
}
