internal import CZlib
internal import Dispatch
internal import Platform

extension CheckpointLayout {
    /// Checks the tensors' bytes against the file's checksums, if it has any.
    ///
    /// - Throws: `CheckpointFault` with the tensors that are damaged.
    package func verify(in bytes: UnsafeRawBufferPointer) throws(CheckpointFault) {
        guard let checksums else { return }
        let used = Set(entries.map(\.storage)).sorted()
        let damaged: Set<Int>
        var (place, reason) = ("", "the checksum does not match")
        switch checksums {
        case .digests(let digests):
            let pieces = used.map { storage in
                if case .file(let range) = storages[storage].source {
                    return UnsafeRawBufferPointer(rebasing: bytes[range])
                }
                return UnsafeRawBufferPointer(start: nil, count: 0)
            }
            damaged = Set(zip(used, Digest64.values(of: pieces)).filter { digests[$0] != $1 }.map(\.0))
        case .records(let records):
            var areSound = [Bool](repeating: true, count: used.count)
            areSound.withUnsafeMutableBufferPointer { areSound in
                nonisolated(unsafe) let (areSound, bytes) = (areSound, bytes)
                DispatchQueue.concurrentPerform(iterations: used.count) { index in
                    areSound[index] = records[used[index]].isSound(in: bytes)
                }
            }
            damaged = Set(zip(used, areSound).filter { !$1 }.map(\.0))
            reason = "its CRC-32 does not match"
            if let first = entries.first(where: { damaged.contains($0.storage) }) {
                place = " (entry '\(records[first.storage].name.shown)')"
            }
        }
        let names = entries.filter { damaged.contains($0.storage) }.map(\.name)
        guard let first = names.first else { return }
        let others = names.count == 1 ? "is" : "and \(names.count - 1) more are"
        throw .damaged("tensor '\(first.shown)'\(place) \(others) damaged (\(reason))")
    }
}

/// A record of a ZIP archive: its name without the archive's root folder, its bytes, and its checksum.
struct ArchiveRecord {
    let name: String
    let source: CheckpointLayout.Source
    /// The CRC-32 of the bytes; nil if the archive has none.
    let crc32: UInt32?

    /// The error text of a damaged record.
    static let damage = "is damaged (its CRC-32 does not match)"

    /// Whether the bytes match the archive's checksum, if there is one.
    ///
    /// - Parameter file: The archive.
    func isSound(in file: UnsafeRawBufferPointer) -> Bool {
        guard let crc32 else { return true }
        return withUnsafeBytes(of: source, in: file) { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, z_size_t(bytes.count)))
                == crc32
        }
    }
}
