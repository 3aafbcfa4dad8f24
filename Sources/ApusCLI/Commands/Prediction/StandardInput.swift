internal import Apus
internal import Classifier
internal import Foundation
internal import Images

/// Standard input as a list of paths, or as an image.
enum StandardInput {
    /// Waits for bytes, and reads those that are available.
    ///
    /// - Parameters:
    ///   - buffer: receives the bytes.
    ///   - start: the place in the buffer for the first byte.
    ///   - advice: what the input should be, for the error.
    /// - Returns: the number of bytes, 0 at the end.
    /// - Throws: `ApusError` if it can't be read.
    static func read(
        _ descriptor: Int32 = STDIN_FILENO, into buffer: inout [UInt8], from start: Int = 0, advice: String
    ) throws(ApusError) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                Foundation.read(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
            }
            guard count < 0 else { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&waiting, 1, -1)
            default: throw unreadable(errno, advice: advice)
            }
        }
    }

    /// Waits for bytes or the end of the input.
    ///
    /// - Parameter watchesOutput: whether the waiting also ends if nobody reads standard output any more.
    /// - Throws: `CancellationError` if the task is canceled, and `Console.closedOutput`.
    static func wait(for descriptor: Int32, watchesOutput: Bool) throws {
        var places = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        // Of the output, only its end is reported.
        if watchesOutput { places.append(pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)) }
        while true {
            let found = poll(&places, nfds_t(places.count), 100)
            try Task.checkCancellation()
            guard found > 0 else { continue }
            guard places[0].revents == 0 else { return }
            throw Console.closedOutput
        }
    }

    /// Reads the bytes of an image.
    ///
    /// - Throws: `ApusError` if there are none, if they can't be read, or if no image needs as many.
    static func image() throws(ApusError) -> EncodedImage {
        let advice = "send an image, such as 'apus predict MODEL --stdin < photo.jpg'"
        guard isatty(STDIN_FILENO) == 0 else {
            throw ApusError(.unreadableFile, "standard input is a terminal, not an image", advice: advice)
        }
        let limit = ImageReadingOptions().maximumBytes
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try read(into: &part, advice: advice)
            guard count > 0 else { break }
            bytes += part[..<count]
            guard bytes.count <= limit else {
                throw ApusError(
                    .unreadableFile, "standard input has more than \(limit) bytes, which no allowed image needs",
                    advice: advice)
            }
        }
        guard !bytes.isEmpty else { throw ApusError(.unreadableFile, "standard input is empty", advice: advice) }
        return EncodedImage(bytes: bytes)
    }

    private static func unreadable(_ code: Int32, advice: String) -> ApusError {
        let reason =
            switch code {
            case EISDIR: "it is a folder"
            case EBADF: "it is closed"
            default: String(cString: strerror(code))
            }
        return ApusError(.unreadableFile, "standard input can't be read: \(reason)", advice: advice)
    }
}
