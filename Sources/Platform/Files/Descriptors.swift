internal import LibC

#if canImport(Darwin)
    internal import MachO
#endif

/// Writes all bytes to an open file, pipe or terminal.
///
/// - Throws: the system's error. Some of the bytes may have been written.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
            // Another program set this pipe or terminal not to wait.
            var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&place, 1, -1)
        } else if errno != EINTR {
            throw .last
        }
    }
}

/// Whether an open file is a terminal.
package func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// The number of columns of a terminal; nil if it is not known, or for anything else.
package func terminalWidth(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
}

/// The path of the program of this process; nil if the system does not know it.
package var executablePath: String? {
    #if canImport(Darwin)
        var name = [CChar](repeating: 0, count: Int(PATH_MAX))
        var size = UInt32(name.count)
        guard _NSGetExecutablePath(&name, &size) == 0, let path = realpath(name, nil) else { return nil }
    #else
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
    #endif
    defer { free(path) }
    return String(fileName: path)
}
