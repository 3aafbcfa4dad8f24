internal import Archives
internal import CImage
internal import LibC
internal import Platform

/// The bytes of an image file at a fixed address.
final class ImageBytes {
    private let bytes: UnsafeRawBufferPointer
    private let isOwned: Bool
    /// The image's part of the shared memory: its file and its decoding.
    let memory = DecodingMemory.Part()

    /// The first byte, in the form that the decoders need.
    var start: UnsafePointer<UInt8>? { bytes.bindMemory(to: UInt8.self).baseAddress }

    var count: Int { bytes.count }

    /// Bytes owned by the caller.
    init(borrowing bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        isOwned = false
    }

    /// A copy of an array, because an array's bytes may move.
    init(copying array: [UInt8]) throws(ImageError) {
        guard let start = malloc(max(array.count, 1)) else { throw ImageError("can't be copied", code: ENOMEM) }
        let copy = UnsafeMutableRawBufferPointer(start: start, count: array.count)
        copy.copyBytes(from: array)
        bytes = UnsafeRawBufferPointer(copy)
        isOwned = true
    }

    /// The bytes of a regular file.
    ///
    /// A file that is not an image by its first bytes is not read further, so a large video named `.jpg` costs nothing.
    /// Failures of the machine are retried for a while.
    init(contentsOf path: FilePath, options: ImageReadingOptions) throws(ImageError) {
        let memory = memory
        bytes = try SystemFailure.retrying { () throws(ImageError) in
            try Self.read(path, options: options, into: memory)
        } while: {
            $0.isSystemFailure
        }
        isOwned = true
    }

    deinit {
        if isOwned { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
    }

    private static func read(
        _ path: FilePath, options: ImageReadingOptions, into memory: DecodingMemory.Part
    ) throws(ImageError) -> UnsafeRawBufferPointer {
        guard !path.bytes.contains(0) else { throw ImageError(.unreadable, message: "the path contains a NUL byte") }
        // Opening a pipe would wait for its writer.
        let file = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else {
            let code = errno
            if code == ENOTDIR, let member = try path.imageMember() {
                return try read(member, options: options, into: memory)
            }
            throw ImageError("can't be opened", code: code)
        }
        defer { close(file) }

        var status = stat()
        guard fstat(file, &status) == 0 else { throw ImageError("can't be examined", code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ImageError(.unreadable, message: "this is a folder, not an image")
        default: throw ImageError(.unreadable, message: "this is not a regular file (but a pipe, a device or similar)")
        }
        let size = Int(status.st_size)
        try check(size, options)
        if size > probe {
            try withUnsafeTemporaryAllocation(byteCount: probe, alignment: 16) { (start) throws(ImageError) in
                let count = try fill(start, from: file)
                if count == probe { try checkStart(UnsafeRawBufferPointer(start)) }
            }
            guard lseek(file, 0, SEEK_SET) == 0 else { throw ImageError("can't be read", code: errno) }
        }
        try memory.take(size, asFile: true)
        guard let start = malloc(max(size, 1)) else {
            memory.giveBack()
            throw ImageError("can't be read", code: ENOMEM)
        }
        let bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
        do throws(ImageError) {
            let count = try fill(bytes, from: file)
            // A file that shrank meanwhile is shorter; decoding reports it as truncated.
            return UnsafeRawBufferPointer(start: bytes.baseAddress, count: count)
        } catch {
            free(start)
            memory.giveBack()
            throw error
        }
    }
}

extension ImageBytes {
    /// The number of bytes that show whether a file is an image.
    private static let probe = 4096

    /// Throws if a file is larger than any allowed image.
    private static func check(_ size: Int, _ options: ImageReadingOptions) throws(ImageError) {
        let limit = options.maximumBytes
        guard size <= limit else {
            throw ImageError(
                .tooLarge, message: "the file has \(size) bytes; no allowed image needs more than \(limit)")
        }
    }

    /// Throws if a file's first bytes are not those of an image.
    static func checkStart(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        var error = cimage_error()
        guard cimage_detect(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &error) != CIMAGE_FORMAT_NONE
        else { throw ImageError(error) }
    }

    /// Reads a file of an archive.
    private static func read(
        _ member: ArchiveMember, options: ImageReadingOptions, into memory: DecodingMemory.Part
    ) throws(ImageError) -> UnsafeRawBufferPointer {
        guard member.kind == .file else { throw ImageError(.unreadable, message: "this is a folder, not an image") }
        let size = member.size
        try check(size, options)
        var start: [UInt8] = []
        do throws(ArchiveError) {
            if size > probe { start = try member.prefix(probe) }
        } catch {
            throw ImageError(error)
        }
        if size > probe {
            let result = start.withUnsafeBytes { bytes -> Result<Void, ImageError> in
                Result { () throws(ImageError) in try checkStart(bytes) }
            }
            try result.get()
        }
        try memory.take(size, asFile: true)
        guard let target = malloc(max(size, 1)) else {
            memory.giveBack()
            throw ImageError("can't be read", code: ENOMEM)
        }
        do throws(ArchiveError) {
            try member.read(into: UnsafeMutableRawBufferPointer(start: target, count: size))
        } catch {
            free(target)
            memory.giveBack()
            throw ImageError(error)
        }
        return UnsafeRawBufferPointer(start: target, count: size)
    }
}

extension FilePath {
    /// The file or folder at this path in an archive; see `archiveMember`.
    fileprivate func imageMember() throws(ImageError) -> ArchiveMember? {
        do throws(FileStore.Failure) {
            return try archiveMember()
        } catch {
            throw ImageError(error.error)
        }
    }
}

extension ImageError {
    /// The error for an image in an archive that cannot be read.
    fileprivate init(_ error: ArchiveError) {
        let message = "the archive can't be read: \(error.problem)"
        switch error.code {
        case .system where error.systemCode != 0: self.init(message, code: error.systemCode)
        case .truncated, .damaged: self.init(.damaged, message: message)
        case .tooLarge: self.init(.tooLarge, message: message, advice: error.advice)
        case .unsupported: self.init(.unsupported, message: message, advice: error.advice)
        case .system: self.init(.outOfMemory, message: message)
        default: self.init(.unreadable, message: message, advice: error.advice)
        }
    }
}

/// Reads until the buffer is full or the file ends, and returns the number of bytes.
private func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: CInt) throws(ImageError) -> Int {
    var count = 0
    while count < buffer.count {
        let result = read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if result == 0 { break }
        if result < 0 {
            if errno == EINTR { continue }
            throw ImageError("can't be read", code: errno)
        }
        count += result
    }
    return count
}
