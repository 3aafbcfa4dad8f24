/// The limits of archives, which keep a small file from using up the memory or the disk.
package struct ArchiveLimits: Sendable {
    /// The maximum number of members and folders.
    package var members = 4_000_000
    /// The maximum number of bytes of all names together.
    package var nameBytes = 1 << 30
    /// The maximum number of bytes of the directory of a ZIP archive.
    package var directoryBytes = 1 << 30
    /// The maximum number of bytes of a member's name.
    package var nameLength = 4096
    /// The maximum number of parts of a member's name: its folders and itself.
    package var depth = 100
    /// The maximum ratio of a deflated member's size to its compressed size. The format allows 1,032.
    package var inflation = 1040
    /// The maximum ratio of the decompressed size of a .tar.gz or .tar.zst file to its own size, beyond `allowance`.
    package var expansion = 200
    /// The number of bytes to which any .tar.gz or .tar.zst file may grow.
    package var allowance = 64 << 20
    /// The maximum decompressed size in bytes.
    package var expandedBytes = 1 << 40

    package init() {}
}
