internal import Glibc

/// Failures of the machine rather than of a file: too many open files, no memory, a disk or a network drive that fails.
///
/// They say nothing about the file that was being read, so nothing may count it as unreadable. Some pass by themselves,
/// as when other threads close their files, so that a call is tried again for a while.
package enum SystemFailure {
    /// Whether an error number of the system is one of these.
    package static func includes(_ code: Int32) -> Bool {
        switch code {
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ENOSPC, EDQUOT, EIO, EREMOTEIO, ESTALE, ETIMEDOUT, ENOTCONN,
            ENOLINK, ECOMM, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH:
            true
        default: false
        }
    }

    /// How long to wait before each further try, in milliseconds: a second and a half together.
    private static let pauses = [50, 100, 200, 400, 800]

    /// Calls the body, and again after a pause while it fails in the way that `passes` names.
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

/// An error number of the system.
package struct SystemError: Error, CustomStringConvertible {
    package let code: Int32

    /// The error of the call that failed just now.
    package static var last: SystemError { SystemError(code: errno) }

    package init(code: Int32) {
        self.code = code
    }

    package var description: String { String(cString: strerror(code)) }
}

/// Gives the bytes of a file to the body, in pieces.
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
