package import Images
internal import LibC
internal import Platform

/// The results of a prediction of many images: a folder with files, each of which is complete or absent.
///
/// The name of a file has its shard, the place of its first image in the shard, the number of its images and a checksum
/// of their names. So the files are the ledger of the work: after a crash, a process passes the images that the files
/// have, compares their names, and continues with the others. Several processes may write different shards into a
/// folder.
package final class PredictionParts {
    /// The folder.
    package let folder: String
    let shard: Shard
    let manifest: PredictionManifest
    /// The maximum number of files without a readable image before an error.
    private static let mostHeld = 64

    private let imagesPerPart: Int
    let maximumUnreadable: UnreadableLimit?
    /// The marks of complete shards at the start.
    let marks: [ShardMark]
    /// The files so far, in the order of their images.
    var finished: [PartName] = []
    private let lock: Int32
    /// The place of the next image that is read, that of the next image that is written, and the index of the first
    /// file after each.
    var reading = (place: 0, part: 0)
    private var writing = (place: 0, part: 0)
    private var names = Digest64()
    private var file: (file: AtomicFile, start: Int, failures: Int, names: Digest64)?
    /// Files without a readable image at the start of this process. If they stay so, the fault may be the machine's.
    private var held: [(file: AtomicFile, name: String)] = []
    var firstFailure: String?
    /// The number of images and files that this process has written, and that of unreadable images.
    package private(set) var written = (images: 0, failures: 0, files: 0)

    /// Opens the folder, which is created if necessary.
    ///
    /// - Parameters:
    ///   - shard: the shard that this process predicts.
    ///   - manifest: what determines the results.
    ///   - imagesPerPart: the largest number of images in a file.
    ///   - maximumUnreadable: the largest number of unreadable images of the shard; nil for no limit.
    /// - Throws: `ApusError` if the folder has the results of other work, if another process works on the shard, or if
    ///   files overlap; `FileError`.
    package init(
        _ folder: String, shard: Shard, manifest: PredictionManifest, imagesPerPart: Int,
        maximumUnreadable: UnreadableLimit? = nil
    ) throws {
        (self.folder, self.shard, self.manifest) = (folder, shard, manifest)
        (self.imagesPerPart, self.maximumUnreadable) = (imagesPerPart, maximumUnreadable)
        try makeFolder(folder)
        try manifest.compare(in: folder)
        lock = try Self.lock(folder, shard)
        marks = try ShardMark.all(in: folder, shards: shard.count)
        for entry in try entryNames(of: folder) {
            if let part = PartName(entry), part.shard == shard { finished.append(part) }
            // Of a process that was killed.
            if entry.hasPrefix(".\(PartName.stem(of: shard))."), entry.hasSuffix(".partial") {
                try? removeFile("\(folder)/\(entry)")
            }
        }
        finished.sort { $0.start < $1.start }
        for (one, other) in zip(finished, finished.dropFirst()) where one.end > other.start {
            throw ApusError(
                .damagedFile, path: folder, "the files \(one.text) and \(other.text) have the same images",
                advice: "remove one of them")
        }
    }

    deinit { close(lock) }

    /// Claims the folder for this work, before the first image is predicted.
    ///
    /// - Throws: the errors of `init`.
    package func begin() throws {
        try manifest.write(in: folder)
    }

    /// Passes the next image of the shard.
    ///
    /// - Returns: whether its result is missing, so that it must be predicted and written.
    /// - Throws: `ApusError` if the files are those of another list.
    package func isMissing(_ name: String) throws(ApusError) -> Bool {
        defer { reading.place += 1 }
        guard reading.part < finished.count, case let part = finished[reading.part], part.start <= reading.place else {
            let own = marks.first { $0.shard == shard.number }
            guard reading.place < own?.images ?? .max else {
                throw otherList("the shard was complete with \(reading.place.grouped) images, and has more now")
            }
            return true
        }
        names.add(name)
        guard reading.place + 1 == part.end else { return false }
        guard names.value == part.names else { throw otherList("the images of \(part.text) are others now") }
        names = Digest64()
        reading.part += 1
        return false
    }

    /// Writes the result of the next missing image. The result of its last image finishes a file.
    ///
    /// - Parameters:
    ///   - line: the result.
    ///   - name: the name of the image.
    ///   - failure: why the image is unreadable.
    ///   - header: the first line of a file.
    /// - Throws: `FileError` if the disk reports an error, and `ApusError` if too many images are unreadable; the images
    ///   of the current file are missing again then.
    package func write(_ line: [UInt8], of name: String, failure: String? = nil, header: [UInt8]?) throws {
        do {
            try append(line, of: name, failure, header: header)
        } catch {
            // It may end within a line.
            discardFile()
            throw error
        }
    }

    private func append(_ line: [UInt8], of name: String, _ failure: String?, header: [UInt8]?) throws {
        if file == nil {
            while writing.part < finished.count, finished[writing.part].start == writing.place {
                writing.place = finished[writing.part].end
                writing.part += 1
            }
            // The shard is not complete while its images are predicted again.
            if written.images == 0 { try ShardMark.remove(shard, in: folder) }
            file = (try AtomicFile(path: "\(folder)/\(PartName.stem(of: shard))"), writing.place, 0, Digest64())
            if let header { try file?.file.write(header) }
        }
        try file?.file.write(line)
        file?.names.add(name)
        writing.place += 1
        written.images += 1
        if let failure {
            firstFailure = firstFailure ?? failure
            file?.failures += 1
            written.failures += 1
            if case .count? = maximumUnreadable { try checkUnreadable() }
        }
        let next = writing.part < finished.count ? finished[writing.part].start : .max
        if let file, writing.place - file.start == imagesPerPart || writing.place == next { try finishFile() }
    }

    /// Finishes the current file with the images that it has, so that nothing is lost when the process ends.
    ///
    /// - Throws: `FileError`, and `ApusError` if this process could read none of many images.
    package func finishFile() throws {
        guard let (file, start, failures, names) = file else { return }
        self.file = nil
        let part = PartName(
            shard: shard, start: start, count: writing.place - start, failures: failures, names: names.value,
            fileExtension: manifest.fileExtension)
        held.append((file, part.text))
        guard !readNothing else {
            if held.count == Self.mostHeld { throw noReadableImages }
            return
        }
        for (file, name) in held {
            try file.commit(as: "\(folder)/\(name)")
            written.files += 1
        }
        held = []
    }

    /// Drops the images that are in no finished file, so that they are missing again.
    func discardFile() { (file, held) = (nil, []) }

    /// Takes the lock of a shard, which the system releases when the process ends.
    private static func lock(_ folder: String, _ shard: Shard) throws -> Int32 {
        let path = "\(folder)/.\(ShardMark.prefix)\(shard.fileName).lock"
        let file = path.withFileName { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard file >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
        // A file system without locks can't exclude two processes.
        if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(file)
            throw ApusError(
                .runInUse, path: folder, "another process works on shard \(shard) in this folder",
                advice: "wait until it ends, or choose another shard or folder")
        }
        return file
    }
}
