internal import Archives
internal import LibC
package import Platform

/// An entry of a folder; links are followed.
struct FolderEntry: Sendable {
    let name: [UInt8]
    /// Nil for a broken link.
    let kind: FileKind?
    /// Known for accessible folders, to detect cycles of links.
    let identity: FileIdentity?
}

extension FilePath {
    /// The entries of a folder in the order of their names' bytes, without hidden ones.
    ///
    /// Throws if the path does not exist, is not a folder, or is not readable. Failures of the machine are retried for
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

    /// Passes the entries to `body` in the system's order until it returns false.
    func visitEntries(_ body: (FolderEntry) -> Bool) throws(DatasetError) {
        guard let folder = withCString({ opendir($0) }) else {
            let code = errno
            guard code == ENOTDIR, let member = try dataMember(), member.kind == .folder else {
                throw folderError(code)
            }
            member.visitEntries { name, member in
                name.first == UInt8(ascii: ".")
                    || body(FolderEntry(name: name, kind: member.kind, identity: member.identity))
            }
            return
        }
        defer { closedir(folder) }
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = nameBytes(of: entry)
            guard let first = name.first, first != UInt8(ascii: ".") else { continue }
            // The type in the listing avoids a system call for each of a million files.
            if Int(entry.pointee.d_type) == Int(DT_REG) {
                guard body(FolderEntry(name: name, kind: .file, identity: nil)) else { return }
            } else {
                let found = appending(name).look()
                // A broken link is not a failure of the machine.
                if case .failure(let error) = found, SystemFailure.includes(error.code) {
                    throw folderError(error.code)
                }
                let status = try? found.get()
                // A folder that is not accessible is still a folder.
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
                "this is a file, but a folder of images or an archive (.zip, .tar, .tar.gz, .tar.zst) is needed. Check "
                    + "the path.")
        case EACCES, EPERM:
            DatasetError(
                .unreadable, path: text,
                "no permission to read this folder. Make it readable (chmod u+rx), or run as a user with permission.")
        default: failure(code)
        }
    }
}

/// The name's bytes, read through the pointer because an entry may be shorter than the type `dirent`.
private func nameBytes(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    let start = UnsafeRawPointer(entry) + offset
    return Array(UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
}

extension FilePath {
    /// The file at the path, or nil if there is none.
    ///
    /// Throws if this cannot be determined: a parent folder is not accessible, links form a cycle, or the machine fails
    /// (after retries for a while).
    package func existingStatus() throws(DatasetError) -> FileStatus? {
        try SystemFailure.retrying { () throws(DatasetError) -> FileStatus? in
            do throws(SystemError) {
                return try look().get()
            } catch {
                if error.code == ENOTDIR { return try dataMember()?.status }
                if error.code == ENOENT { return nil }
                throw failure(error.code)
            }
        } while: {
            $0.code == .system
        }
    }

    /// The file or folder at this path in an archive; see `archiveMember`.
    func dataMember() throws(DatasetError) -> ArchiveMember? {
        do throws(FileStore.Failure) {
            return try archiveMember()
        } catch {
            throw DatasetError(error)
        }
    }

    /// The error for a path that cannot be read, by the system's error number.
    func failure(_ code: Int32) -> DatasetError {
        let reason = "can't be read: \(SystemError(code: code))."
        return switch code {
        case ENOENT: DatasetError(.missing, path: text, "there is no such file. Check the path.")
        case EACCES, EPERM:
            DatasetError(
                .unreadable, path: text,
                "no permission to read it. Make it readable (chmod u+r, for its parent folders chmod u+x), or run as "
                    + "a user with permission.")
        case _ where SystemFailure.includes(code):
            DatasetError(
                .system, path: text,
                reason + " Check the system's limits, the disk or the network drive, then try again.")
        default: DatasetError(.unreadable, path: text, reason + " Check the path.")
        }
    }
}

extension DatasetError {
    /// The error for an archive that cannot stand for a folder.
    init(_ failure: FileStore.Failure) {
        let code: Code =
            switch failure.error.code {
            case .truncated, .damaged: .archiveDamaged
            case .unsafeName: .archiveUnsafe
            case .duplicate: .archiveDuplicate
            case .overlap: .archiveOverlap
            case .encrypted: .archiveEncrypted
            case .unsupported: .archiveUnsupported
            case .tooLarge: .archiveTooLarge
            case .system: .system
            default: .unreadable
            }
        self.init(
            code, path: failure.archive.text,
            "can't be used as a folder of images: \(failure.error.problem). \(failure.error.advice)")
    }
}
