internal import Glibc
internal import Torch

/// An error number of the system.
struct SystemError: Error, CustomStringConvertible {
    let code: Int32

    /// The error of the call that failed just now.
    static var last: SystemError { SystemError(code: errno) }

    var description: String { String(cString: strerror(code)) }
}

/// Gives the bytes of a file to the body, in pieces.
func readFile(_ path: String, _ body: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) {
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
