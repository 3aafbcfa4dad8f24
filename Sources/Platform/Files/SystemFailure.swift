internal import LibC

/// Failures of the machine rather than of a file: too many open files, no memory, or a failing disk or network drive.
///
/// They do not describe the file that was being read, so the file must not count as unreadable. Some are temporary, for
/// example until other threads close their files, so calls are retried for a while.
package enum SystemFailure {
    /// Whether a system error number is one of these.
    package static func includes(_ code: Int32) -> Bool {
        switch code {
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ENOSPC, EDQUOT, EIO, ESTALE, ETIMEDOUT, ENOTCONN, ENOLINK,
            EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH:
            true
        #if os(Linux)
            case EREMOTEIO, ECOMM: true
        #endif
        default: false
        }
    }

    /// The waiting times before each retry, in milliseconds: 1.5 seconds in total.
    private static let pauses = [50, 100, 200, 400, 800]

    /// Calls the body, and retries it after a pause while it fails with an error that `passes` accepts.
    package static func retrying<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result, while passes: (Failure) -> Bool
    ) throws(Failure) -> Result {
        for pause in pauses {
            do throws(Failure) {
                return try body()
            } catch {
                guard passes(error) else { throw error }
            }
            usleep(UInt32(pause) * 1000)
        }
        return try body()
    }
}

/// A system error number.
package struct SystemError: Error, CustomStringConvertible {
    package let code: Int32

    /// The error of the call that just failed.
    package static var last: SystemError { SystemError(code: errno) }

    package init(code: Int32) {
        self.code = code
    }

    package var description: String { String(cString: strerror(code)) }
}

/// Passes the bytes of a file to the body in chunks.
package func readFile(_ path: String, _ body: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError)
{
    let file = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { throw .last }
    defer { close(file) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { chunk.deallocate() }
    while true {
        let count = read(file, chunk.baseAddress, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .last }
        guard count > 0 else { return }
        try body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
}
