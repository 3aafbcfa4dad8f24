/// The kinds of archives, by their bytes.
package enum ArchiveFormat: Sendable {
    case zip
    case tar
    /// A tar archive that is compressed as a whole.
    case compressedTar(Compression)

    /// The extensions that archives usually have.
    package static let extensions = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"]

    /// The format of a file; nil if it is not an archive.
    ///
    /// Throws for an archive of another kind, by its name, and if the library for its compression is absent.
    init?(of file: ArchiveFile) throws(ArchiveError) {
        let start = try file.bytes(at: 0, count: min(file.size, TarHeader.blockSize))
        func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
        let compression: Compression
        switch true {
        case begins([0x50, 0x4B, 3, 4]), begins([0x50, 0x4B, 5, 6]):
            self = .zip
            return
        case begins([0x1F, 0x8B]): compression = .gzip
        case begins([0x28, 0xB5, 0x2F, 0xFD]): compression = .zstandard
        case start.withTypedBytes({ TarContents.matches($0) }):
            self = .tar
            return
        default:
            guard let other = Self.others.first(where: { begins($0.signature) }) else { return nil }
            throw ArchiveError(.unsupported, "it is \(other.name), which is not supported")
        }
        // Other compressed files, such as those of MNIST, are not archives.
        guard try compression.prefix(TarHeader.blockSize, of: file).withTypedBytes({ TarContents.matches($0) }) else {
            return nil
        }
        self = .compressedTar(compression)
    }

    private static let others: [(signature: [UInt8], name: String)] = [
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"), (Array("Rar!".utf8), "a RAR archive"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed with xz"), (Array("BZh".utf8), "compressed with bzip2"),
        (Array("MSCF".utf8), "a cabinet archive"), (Array("PK\u{7}\u{8}".utf8), "a ZIP archive in several parts"),
    ]
}
