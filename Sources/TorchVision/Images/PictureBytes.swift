internal import CImage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The bytes of a picture's file, which stay where they are.
final class PictureBytes {
    private let bytes: UnsafeRawBufferPointer
    private let isOwned: Bool

    /// The first byte, as the decoders want it.
    var start: UnsafePointer<UInt8>? { bytes.bindMemory(to: UInt8.self).baseAddress }

    var count: Int { bytes.count }

    /// Bytes that somebody else keeps alive.
    init(borrowing bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        isOwned = false
    }

    /// A copy of an array, as an array's bytes may move.
    init(copying array: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(array.count, 1), alignment: 16)
        copy.copyBytes(from: array)
        bytes = UnsafeRawBufferPointer(rebasing: copy[..<array.count])
        isOwned = true
    }

    /// The bytes of a regular file.
    ///
    /// What is no picture by its first bytes is not read further: a film of gigabytes named `.jpg` costs nothing.
    init(contentsOf path: FilePath, options: ImageReadingOptions) throws(ImageError) {
        bytes = try Self.read(path, options: options)
        isOwned = true
    }

    deinit {
        if isOwned { bytes.deallocate() }
    }

    private static func read(
        _ path: FilePath, options: ImageReadingOptions
    ) throws(ImageError) -> UnsafeRawBufferPointer {
        guard !path.bytes.contains(0) else { throw ImageError(.unreadable, message: "the path holds a NUL byte") }
        // Opening a pipe would wait for its writer.
        let file = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else { throw unreadable("can't be opened", errno) }
        defer { close(file) }

        var status = stat()
        guard fstat(file, &status) == 0 else { throw unreadable("can't be examined", errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ImageError(.unreadable, message: "this is a folder, not a picture")
        default: throw ImageError(.unreadable, message: "this is no regular file (but a pipe, a device or the like)")
        }
        let size = Int(status.st_size)
        // The largest picture of 16-bit RGBA, uncompressed, with plenty of metadata.
        let (pixelBytes, overflow) = max(0, options.maximumPixels).multipliedReportingOverflow(by: 8)
        let limit = overflow ? Int.max : pixelBytes.addingReportingOverflow(64 << 20).partialValue
        guard limit < 0 || size <= limit else {
            throw ImageError(
                .tooLarge, message: "the file has \(size) bytes; no allowed picture needs more than \(limit)")
        }

        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 16)
        do throws(ImageError) {
            let probe = 4096
            var count = try fill(UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(size, probe)]), from: file)
            if count == probe, size > probe {
                var error = cimage_error()
                let start = bytes.bindMemory(to: UInt8.self).baseAddress
                guard cimage_detect(start, count, &error) != CIMAGE_FORMAT_NONE else { throw ImageError(error) }
                count += try fill(UnsafeMutableRawBufferPointer(rebasing: bytes[probe..<size]), from: file)
            }
            // A file that shrank meanwhile is shorter; decoding will call it truncated.
            return UnsafeRawBufferPointer(start: bytes.baseAddress, count: count)
        } catch {
            bytes.deallocate()
            throw error
        }
    }
}

/// Reads until the buffer is full or the file ends, and says how much that was.
private func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: CInt) throws(ImageError) -> Int {
    var count = 0
    while count < buffer.count {
        let result = read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if result == 0 { break }
        if result < 0 {
            if errno == EINTR { continue }
            throw unreadable("can't be read", errno)
        }
        count += result
    }
    return count
}

private func unreadable(_ what: String, _ code: CInt) -> ImageError {
    ImageError(.unreadable, message: "\(what): \(String(cString: strerror(code)).lowercased())")
}
