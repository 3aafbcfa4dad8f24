internal import LibC

/// All bytes of a regular file.
///
/// - Throws: `FileError` if it can't be read.
package func fileBytes(_ path: String) throws(FileError) -> [UInt8] {
    let file = try MappedFile(path: path)
    return file.withUnsafeBytes { Array($0) }
}

/// The names of the entries of a folder, including hidden ones, in no particular order.
///
/// - Throws: `FileError` if it can't be read.
package func entryNames(of folder: String) throws(FileError) -> [String] {
    guard let stream = folder.withFileName({ opendir($0) }) else {
        throw FileError(path: folder, operation: "read", code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
        // Access through the pointer, because an entry may be shorter than its type.
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
        let start = UnsafeRawPointer(entry) + offset
        let name = String(fileName: start.assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { names.append(name) }
        errno = 0
    }
    guard errno == 0 else { throw FileError(path: folder, operation: "read", code: errno) }
    return names
}

/// Whether there is a folder at a path; links are followed.
package func isFolder(_ path: String) -> Bool {
    var status = stat()
    return path.withFileName { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether two paths lead to the same file; links are followed.
package func isSameFile(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return one.withFileName { stat($0, &first) } == 0 && other.withFileName { stat($0, &second) } == 0
        && first.st_dev == second.st_dev && first.st_ino == second.st_ino
}

/// Creates a folder and its missing parents. An existing folder is not an error.
///
/// - Returns: The folders that were created, the innermost last.
/// - Throws: `FileError` if it cannot be created.
@discardableResult
package func makeFolder(_ path: String) throws(FileError) -> [String] {
    func make() -> Int32 { path.withFileName { mkdir($0, 0o777) } == 0 ? 0 : errno }
    var code = make()
    var made: [String] = []
    if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        made = try makeFolder(String(path[..<slash]))
        code = make()
    }
    guard code == 0 || code == EEXIST && isFolder(path) else {
        throw FileError(path: path, operation: "create the folder", code: code)
    }
    return code == 0 ? made + [path] : made
}

/// Renames a file; an existing file with the new name is replaced.
///
/// - Throws: `FileError` if the system reports an error.
package func renameFile(_ path: String, to other: String) throws(FileError) {
    guard path.withFileName({ old in other.withFileName { rename(old, $0) } }) == 0 else {
        throw FileError(path: other, operation: "write", code: errno)
    }
}

/// Removes a file.
///
/// - Throws: `FileError` if it cannot be removed.
package func removeFile(_ path: String) throws(FileError) {
    guard path.withFileName({ unlink($0) }) == 0 else {
        throw FileError(path: path, operation: "remove", code: errno)
    }
}

/// The user's home folder: `$HOME`, or if it is not set, as in services and some containers, the one of the system
/// account; for an account without one, the root.
///
/// - Parameter variable: The value of `HOME`.
package func homeFolder(variable: String?) -> String {
    if let variable, variable.hasPrefix("/") { return variable }
    var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
    var texts = [CChar](repeating: 0, count: 1 << 14)
    guard getpwuid_r(getuid(), &entry, &texts, texts.count, &found) == 0, found != nil, let folder = entry.pw_dir
    else { return "/" }
    let home = String(cString: folder)
    return home.hasPrefix("/") ? home : "/"
}
