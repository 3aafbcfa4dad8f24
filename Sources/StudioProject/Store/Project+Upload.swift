internal import Images
internal import LibC
internal import Platform

extension Project {
    /// Adds a photo that was dropped on the page: a file in the project's `photos`.
    ///
    /// It is not part of undo; `Edit.remove` takes it away.
    ///
    /// - Parameters:
    ///   - name: The name that the file had. The new one may differ.
    ///   - bytes: The file's bytes. The caller has decoded them.
    ///   - classID: The class; nil for none.
    /// - Throws: `ProjectError` if there is no such class, or if the file can't be written.
    package func addPhoto(named name: String, bytes: [UInt8], classID: Int? = nil) throws(ProjectError) -> Photo {
        try withState { state throws(ProjectError) in
            guard !isReadOnly else { throw ProjectError(.readOnly, "the project is open read-only") }
            if let classID, !state.classes.contains(where: { $0.id == classID }) { throw .unknownClass(classID) }
        }
        let folder = path(inside: "photos")
        var file = ""
        do throws(FileError) {
            try makeFolder(folder)
            guard folder.withFileName({ name in Self.isLink(name) }) == false else {
                throw FileError(
                    path: folder, operation: "write", reason: "it is a link", advice: "put a folder in its place")
            }
            file = try Self.reserve(UploadName(name), in: folder)
            do throws(FileError) {
                try writeAtomically(bytes, to: file)
            } catch {
                try? removeFile(file)
                throw error
            }
        } catch {
            throw ProjectError(error)
        }
        do throws(ProjectError) {
            return try withState { state throws(ProjectError) in
                try state.change([.files, .labels]) { () throws(ProjectError) in
                    guard let found = FoundPhoto(FilePath(file).bytes(within: FilePath(self.folder)), self)
                    else { throw ProjectError(.missingFile, "\(file): the file disappeared") }
                    if let classID, !state.classes.contains(where: { $0.id == classID }) {
                        throw .unknownClass(classID)
                    }
                    // A scan may have found the file meanwhile.
                    let known = try state.database.first(
                        "SELECT id FROM photos WHERE path = ?", .bytes(found.path)
                    ) { $0[0] as Int }
                    if let known { return try state.photo(known) }
                    return try state.photo(state.insert(found, label: classID, split: nil))
                }
            }
        } catch {
            try? removeFile(file)
            throw error
        }
    }

    /// Removes what a process that was killed left of photos that were being written: files without content, which only
    /// keep a name, and temporary ones.
    func removeUnfinishedUploads() {
        let folder = path(inside: "photos")
        for name in (try? entryNames(of: folder)) ?? [] {
            let file = folder + "/" + name
            let isEmpty = FilePath(file).status().map { $0.kind == .file && $0.size == 0 } ?? false
            if isEmpty || name.hasPrefix(".") && name.hasSuffix(".partial") { try? removeFile(file) }
        }
    }

    private static func isLink(_ path: UnsafePointer<CChar>) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Makes an empty file of a name that is free.
    private static func reserve(_ name: UploadName, in folder: String) throws(FileError) -> String {
        for attempt in 0... {
            let tag = attempt == 0 ? "" : "-" + String(UInt32.random(in: .min ... .max), radix: 36)
            let path = folder + "/" + name.stem + tag + name.suffix
            let file = path.withFileName { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
            if file >= 0 {
                close(file)
                return path
            }
            guard errno == EEXIST else { throw FileError(path: path, operation: "write", code: errno) }
        }
        return ""
    }
}

/// A safe name for a file, from one that anybody may have chosen.
struct UploadName {
    /// The name without its extension, not empty.
    let stem: String
    /// The extension with its dot; empty without one.
    let suffix: String

    init(_ name: String) {
        let last = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let safe = String(
            String.UnicodeScalarView(
                last.unicodeScalars.filter { $0.fileNameByte == nil }.map { scalar in
                    let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    return isPlain || "-_.()".unicodeScalars.contains(scalar)
                        || scalar.properties.generalCategory == .nonspacingMark ? scalar : "_"
                }))
        let parts = safe.drop { $0 == "." }.split(separator: ".", omittingEmptySubsequences: false)
        let hasSuffix = parts.count > 1 && parts[parts.count - 1].utf8.count <= 8
        suffix = hasSuffix ? "." + parts[parts.count - 1] : ""
        var stem = Substring(parts.dropLast(hasSuffix ? 1 : 0).joined(separator: "."))
        while stem.utf8.count > 150 { stem.removeLast() }
        self.stem = stem.isEmpty ? "photo" : String(stem)
    }
}
