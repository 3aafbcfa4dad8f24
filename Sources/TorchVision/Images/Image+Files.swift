internal import CImage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Image {
    /// Reads a JPEG, PNG or WebP file, whatever its name ends in. See `init(decoding:options:)`.
    ///
    /// - Throws: `ImageError`, which names the file, where it is missing or may not be read, is a folder, a pipe or the
    ///   like, or is no whole picture of an allowed size.
    public init(contentsOf path: String, options: ImageReadingOptions = .init()) throws(ImageError) {
        do throws(ImageError) {
            let bytes = try readPicture(path, options: options)
            defer { bytes.deallocate() }
            try self.init(decoding: UnsafeRawBufferPointer(bytes), options: options)
        } catch {
            throw error.naming(path: path)
        }
    }
}

/// The bytes of a regular file, which the caller deallocates.
///
/// What is no picture by its first bytes is not read further: a film of gigabytes named `.jpg` costs nothing.
private func readPicture(
    _ path: String, options: ImageReadingOptions
) throws(ImageError) -> UnsafeMutableRawBufferPointer {
    guard !path.utf8.contains(0) else { throw ImageError(.unreadable, message: "the path holds a NUL byte") }
    // Opening a pipe would wait for its writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
        throw ImageError(.tooLarge, message: "the file has \(size) bytes; no allowed picture needs more than \(limit)")
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
        return UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: count)
    } catch {
        bytes.deallocate()
        throw error
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
