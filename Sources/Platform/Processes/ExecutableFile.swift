internal import LibC

/// Programs of the system.
package enum ExecutableFile {
    /// The path of a program.
    ///
    /// Relative folders are passed over, because the working folder may contain files of others.
    ///
    /// - Parameter folders: The folders to look in, separated by colons; nil for those of `PATH`.
    /// - Returns: Nil if there is no such program.
    package static func path(of name: String, in folders: String? = nil) -> String? {
        let folders = folders ?? getenv("PATH").map { String(fileName: $0) } ?? ""
        return folders.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first { path in
            FilePath(path).status()?.kind == .file && path.withFileName { access($0, X_OK) } == 0
        }
    }
}
