internal import LibC

/// Opens a new file without a name in a folder, for writing. It disappears when it is closed, unless `nameFile` has
/// given it a name.
///
/// - Returns: The descriptor; -1 if the system or the file system has no such files.
package func openUnnamedFile(in folder: String) -> Int32 {
    #if os(Linux)
        // Without /proc the file cannot be named later.
        guard access("/proc/self/fd", F_OK) == 0 else { return -1 }
        // `O_TMPFILE`, a macro that Swift cannot import. The value of `O_DIRECTORY` depends on the processor.
        let unnamed = 0o20000000 | O_DIRECTORY
        return open(folder, O_WRONLY | unnamed | O_CLOEXEC, 0o644)
    #else
        return -1
    #endif
}

/// Gives a file of `openUnnamedFile` a name, which must not exist.
///
/// - Returns: Whether this succeeds; otherwise `errno` is the reason.
package func nameFile(_ descriptor: Int32, _ path: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
}
