internal import Glibc
internal import Platform

/// One entry of a folder, links followed.
struct FolderEntry: Sendable {
    let name: [UInt8]
    /// Nil for a link that leads nowhere.
    let kind: FileKind?
    /// Known for folders that can be looked at, to notice that links lead in a circle.
    let identity: FileIdentity?
}

extension FilePath {
    /// The entries of a folder in the order of their names' bytes, hidden ones left out.
    ///
    /// Throws where the path is missing, is no folder, or may not be read. Where the machine fails, it is tried again for
    /// a while.
    func folderEntries() throws(DatasetError) -> [FolderEntry] {
        try SystemFailure.retrying { () throws(DatasetError) in
            var entries: [FolderEntry] = []
            try visitEntries { entry in
                entries.append(entry)
                return true
            }
            return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        } while: {
            $0.code == .system
        }
    }

    /// Shows the entries to `body` as the system lists them, until it returns false.
    func visitEntries(_ body: (FolderEntry) -> Bool) throws(DatasetError) {
        guard let folder = withCString({ opendir($0) }) else { throw folderError(errno) }
        defer { closedir(folder) }
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = nameBytes(of: entry)
            guard let first = name.first, first != UInt8(ascii: ".") else { continue }
            // The type that the listing carries spares a look at each of a million files.
            if Int(entry.pointee.d_type) == Int(DT_REG) {
                guard body(FolderEntry(name: name, kind: .file, identity: nil)) else { return }
            } else {
                let found = appending(name).look()
                // A link that leads nowhere is no failure of the machine.
                if case .failure(let error) = found, SystemFailure.includes(error.code) {
                    throw folderError(error.code)
                }
                let status = try? found.get()
                // A folder that can't be looked at is one all the same.
                let kind = status?.kind ?? (Int(entry.pointee.d_type) == Int(DT_DIR) ? .folder : nil)
                guard body(FolderEntry(name: name, kind: kind, identity: status?.identity)) else { return }
            }
        }
        guard errno == 0 else { throw folderError(errno) }
    }

    private func folderError(_ code: Int32) -> DatasetError {
        switch code {
        case ENOENT:
            DatasetError(.missing, path: text, "there is no such folder. Check the path.")
        case ENOTDIR:
            DatasetError(
                .notAFolder, path: text,
                "this is a file, and a folder of images is needed. Unpack it first if it is an archive.")
        case EACCES, EPERM:
            DatasetError(
                .unreadable, path: text,
                "no permission to read this folder. Let its owner allow it (chmod u+rx), or run as a user who may.")
        default: failure(code)
        }
    }
}

/// The name's bytes. They are read through the pointer, as an entry may be shorter than the type `dirent`.
private func nameBytes(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    let start = UnsafeRawPointer(entry) + offset
    return Array(UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
}
