internal import LibC

/// The memory of the machine.
package enum SystemMemory {
    /// The size of a page in bytes.
    package static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// The size of the main memory in bytes.
    package static let size = Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageSize
}
