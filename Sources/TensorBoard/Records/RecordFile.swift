internal import LibC
internal import Platform

/// A file of records that grows by whole records.
final class RecordFile {
    /// A record with its position.
    struct Record: Equatable {
        let payload: [UInt8]
        /// The range in the file, including the frame.
        let range: Range<Int>
    }

    let path: String
    /// The number of bytes of the file.
    private(set) var length: Int
    private let descriptor: Int32

    /// Creates a file, which must not exist.
    convenience init(creating path: String) throws(EventFileError) {
        try self.init(path, flags: O_CREAT | O_EXCL)
    }

    /// Opens a file, or creates it if it does not exist.
    convenience init(opening path: String) throws(EventFileError) {
        try self.init(path, flags: O_CREAT)
    }

    private init(_ path: String, flags: Int32) throws(EventFileError) {
        let descriptor = path.withFileName { open($0, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0o666) }
        guard descriptor >= 0 else { throw EventFileError(path, "opened", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw EventFileError(path, "not a regular file; use another path")
        }
        self.path = path
        self.descriptor = descriptor
        length = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Returns the record that begins at `offset`; nil if there is none or if it is incomplete or damaged.
    func record(at offset: Int) throws(EventFileError) -> Record? {
        let header = try read(RecordFrame.headerSize, at: offset)
        let rest = length - offset - RecordFrame.headerSize - RecordFrame.footerSize
        guard let payload = RecordFrame.payloadLength(header: header), let size = Int(exactly: payload), size <= rest
        else {
            return nil
        }
        let body = try read(size + RecordFrame.footerSize, at: offset + RecordFrame.headerSize)
        guard body.count == size + RecordFrame.footerSize,
            RecordFrame.isIntact(body[..<size], footer: body[size...])
        else { return nil }
        return Record(
            payload: Array(body[..<size]), range: offset..<offset + RecordFrame.headerSize + body.count)
    }

    /// Returns whether the file ends within its first record, as after a program was killed.
    func endsWithinFirstRecord() throws(EventFileError) -> Bool {
        let header = try read(RecordFrame.headerSize, at: 0)
        guard header.count == RecordFrame.headerSize else { return true }
        guard let size = RecordFrame.payloadLength(header: header) else { return false }
        return size > UInt64(max(0, length - RecordFrame.headerSize - RecordFrame.footerSize))
    }

    /// Appends a record. Removes it again if it can only be written partly.
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

    /// Truncates the file to a number of bytes.
    func truncate(to length: Int) throws(EventFileError) {
        guard length < self.length else { return }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw EventFileError(path, "cut", code: errno) }
        self.length = length
    }

    /// Waits until the file is stored on the disk.
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

/// An error of an event file or of a value.
public struct EventFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The error, and what to do.
    public let description: String

    init(_ path: String, _ message: String) { description = "\(path): \(message)" }

    /// Creates an error of a system call.
    init(_ path: String, _ operation: String, code: Int32) {
        let advice =
            switch code {
            case EEXIST: "resume it or use another path"
            case ENOENT: "check that its folder exists"
            case ENOSPC, EDQUOT: "free some space"
            default: "check the file and its folder"
            }
        self.init(path, "the event file can't be \(operation): \(String(cString: strerror(code))); \(advice)")
    }
}
