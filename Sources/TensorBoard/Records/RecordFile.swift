internal import Glibc
internal import Platform

/// A file of records that grows by whole records, read and cut from its beginning.
final class RecordFile {
    /// A record and where it lies.
    struct Record: Equatable {
        let payload: [UInt8]
        /// Where it begins and ends in the file, frame included.
        let range: Range<Int>
    }

    let path: String
    /// How many bytes the file has.
    private(set) var length: Int
    private let descriptor: Int32

    /// Makes a file, which must not be there yet.
    convenience init(creating path: String) throws(EventFileError) {
        try self.init(path, flags: O_CREAT | O_EXCL)
    }

    /// Opens a file, or makes it where it is not there.
    convenience init(opening path: String) throws(EventFileError) {
        try self.init(path, flags: O_CREAT)
    }

    private init(_ path: String, flags: Int32) throws(EventFileError) {
        let descriptor = path.withFileName { open($0, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0o666) }
        guard descriptor >= 0 else { throw EventFileError(path, "opened", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw EventFileError(path, "it is not a regular file; name another one")
        }
        self.path = path
        self.descriptor = descriptor
        length = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The record that begins at `offset`; nil where none does, or it is cut or damaged.
    func record(at offset: Int) throws(EventFileError) -> Record? {
        let header = try read(RecordFrame.headerSize, at: offset)
        let rest = length - offset - RecordFrame.headerSize - RecordFrame.footerSize
        guard let told = RecordFrame.payloadLength(header: header), let size = Int(exactly: told), size <= rest else {
            return nil
        }
        let body = try read(size + RecordFrame.footerSize, at: offset + RecordFrame.headerSize)
        guard body.count == size + RecordFrame.footerSize,
            RecordFrame.isIntact(body[..<size], footer: body[size...])
        else { return nil }
        return Record(
            payload: Array(body[..<size]), range: offset..<offset + RecordFrame.headerSize + body.count)
    }

    /// Whether the file ends before its first record does, as one does whose program was killed at its first record.
    func endsWithinFirstRecord() throws(EventFileError) -> Bool {
        let header = try read(RecordFrame.headerSize, at: 0)
        guard header.count == RecordFrame.headerSize else { return true }
        guard let size = RecordFrame.payloadLength(header: header) else { return false }
        return size > UInt64(max(0, length - RecordFrame.headerSize - RecordFrame.footerSize))
    }

    /// Appends a record. Where the disk takes a part of it alone, that part is taken off again.
    func append(_ payload: [UInt8]) throws(EventFileError) {
        let bytes = RecordFrame.encode(payload)
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written >= 0 {
                done += written
            } else if errno != EINTR {
                let code = errno
                _ = ftruncate(descriptor, off_t(length))
                throw EventFileError(path, "written", code: code)
            }
        }
        length += bytes.count
    }

    /// Cuts the file off after so many bytes.
    func truncate(to length: Int) throws(EventFileError) {
        guard length < self.length else { return }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw EventFileError(path, "cut", code: errno) }
        self.length = length
    }

    /// Waits until the disk has the bytes.
    func synchronize() throws(EventFileError) {
        guard fsync(descriptor) == 0 else { throw EventFileError(path, "written", code: errno) }
    }

    private func read(_ count: Int, at offset: Int) throws(EventFileError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got > 0 {
                done += got
            } else if got == 0 {
                break
            } else if errno != EINTR {
                throw EventFileError(path, "read", code: errno)
            }
        }
        return Array(buffer[..<done])
    }
}

/// What is wrong with an event file or a value for it, and what to do.
public struct EventFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message.
    public let description: String

    init(_ path: String, _ message: String) { description = "\(path): \(message)" }

    /// An operation that the system refused.
    init(_ path: String, _ operation: String, code: Int32) {
        let advice =
            switch code {
            case EEXIST: "resume it, or name another file"
            case ENOENT: "check that its folder exists"
            case ENOSPC, EDQUOT: "free some space"
            default: "check the file and its folder"
            }
        self.init(path, "the event file can't be \(operation): \(String(cString: strerror(code))); \(advice)")
    }
}
