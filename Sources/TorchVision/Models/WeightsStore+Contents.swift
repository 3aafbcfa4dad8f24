internal import LibC
public import Platform

/// A file in the cache of weights.
public struct CachedFile: Sendable, Hashable, Encodable {
    /// Its name.
    public let fileName: String
    /// Its path.
    public let path: String
    /// Its size in bytes.
    public let bytes: Int
    /// The networks and weights that use it, such as `resnet50:IMAGENET1K_V2`; empty for a file that Apus does not
    /// know.
    public let models: [String]
    /// The expected start of its SHA-256, from its name; nil if the name does not contain it.
    public let sha256: String?
    /// Whether it is an incomplete download.
    public let isPartial: Bool
}

/// The result of checking a file in the cache.
public struct CacheVerdict: Sendable, Encodable {
    /// The kinds of results.
    public enum Outcome: String, Sendable, Encodable, CaseIterable {
        /// The SHA-256 starts as expected.
        case ok
        /// The SHA-256 differs, or the file cannot be read.
        case damaged
        /// The expected SHA-256 is unknown.
        case unknown
    }

    /// The file.
    public let file: CachedFile
    /// The result.
    public let outcome: Outcome
    /// The whole SHA-256; nil if the file cannot be read.
    public let digest: String?
    /// The problem of a damaged file and what to do.
    public let advice: String?
}

extension WeightsStore {
    /// The files in the cache by name; empty if the cache does not exist yet.
    ///
    /// - Throws: `WeightsError` if the folder cannot be read.
    public func cachedFiles() throws(WeightsError) -> [CachedFile] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw WeightsError(
                code: .cache, fileName: folder, message: "\(folder) cannot be read (\(SystemError.last)).")
        }
        defer { closedir(directory) }
        let models = Self.modelsByFile
        var files: [CachedFile] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = "\(folder)/\(name)"
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, !name.hasPrefix(".") else { continue }
            let isPartial = name.hasSuffix(".partial")
            files.append(
                CachedFile(
                    fileName: name, path: path, bytes: Int(status.st_size), models: models[name] ?? [],
                    sha256: isPartial ? nil : WeightsFile(url: name).sha256, isPartial: isPartial))
        }
        return files.sorted { $0.fileName < $1.fileName }
    }

    /// Reads a file of the cache and compares its SHA-256 with the one in its name. Nothing is changed.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - reader: Reads the progress. An error that it throws ends the work.
    /// - Throws: `CancellationError` if the task is canceled, and the errors of `reader`.
    public func verify(
        _ file: CachedFile,
        readBy reader: @escaping @Sendable (EventSequence<FileProgress>) async throws -> Void = { _ in }
    ) async throws -> CacheVerdict {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            try await onOwnThread("checksum") { try verify(file, report: events.reportAndCheck) }
        }
    }

    private func verify(_ file: CachedFile, report: (FileProgress) throws -> Void) throws -> CacheVerdict {
        let digest = SHA256Digest()
        var count = 0
        do {
            try readChunks(of: file.path) { bytes in
                digest.update(bytes)
                count += bytes.count
                try report(FileProgress(fileName: file.fileName, bytes: count, total: file.bytes))
            }
        } catch let error as SystemError {
            return CacheVerdict(file: file, outcome: .damaged, digest: nil, advice: "It cannot be read: \(error).")
        }
        let found = digest.finish()
        guard let wanted = file.sha256 else {
            return CacheVerdict(file: file, outcome: .unknown, digest: found, advice: nil)
        }
        guard !found.hasPrefix(wanted) else {
            return CacheVerdict(file: file, outcome: .ok, digest: found, advice: nil)
        }
        return CacheVerdict(
            file: file, outcome: .damaged, digest: found,
            advice: "Its SHA-256 is \(found), but should start with \(wanted). Move \(file.path) away"
                + (file.models.isEmpty ? "." : " and download it again."))
    }

    /// The size of a file in the cache, in bytes; nil if it does not exist. The file is not read.
    public func cachedSize(of file: WeightsFile) -> Int? {
        var status = stat()
        guard stat(path(of: file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The networks and weights that use each published file.
    private static var modelsByFile: [String: [String]] {
        Dictionary(
            Architecture.all.flatMap { architecture in
                architecture.weights.map { ($0.file.fileName, ["\(architecture.name):\($0.name)"]) }
            }, uniquingKeysWith: +)
    }
}
