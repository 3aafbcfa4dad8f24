internal import Glibc
internal import Platform

/// A file that lies in the cache of weights.
public struct CachedFile: Sendable, Hashable, Encodable {
    /// Its name.
    public let fileName: String
    /// Where it lies.
    public let path: String
    /// Its size in bytes.
    public let bytes: Int
    /// The networks and weights that it belongs to, `resnet50:IMAGENET1K_V2`; none for a file that Apus does not know.
    public let models: [String]
    /// How its SHA-256 should begin, by its name; nil where the name does not tell.
    public let sha256: String?
    /// Whether it is a download that did not come to its end.
    public let isPartial: Bool
}

/// What became of a check of a file in the cache.
public struct CacheVerdict: Sendable, Encodable {
    /// The kinds of outcome.
    public enum Outcome: String, Sendable, Encodable, CaseIterable {
        /// The SHA-256 begins as it should.
        case ok
        /// It does not, or the file can't be read.
        case damaged
        /// Nothing tells how it should begin.
        case unknown
    }

    /// The file.
    public let file: CachedFile
    /// The outcome.
    public let outcome: Outcome
    /// The whole SHA-256; nil where the file can't be read.
    public let digest: String?
    /// What is wrong and what to do, for a damaged file.
    public let advice: String?
}

extension WeightsStore {
    /// The files in the cache, by name. A cache that is not there yet has none.
    ///
    /// - Throws: `WeightsError` where the folder can't be read.
    public func cachedFiles() throws(WeightsError) -> [CachedFile] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw WeightsError(
                code: .cache, fileName: folder, message: "\(folder) can't be read (\(SystemError.last)).")
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

    /// Reads a file of the cache to its end and compares its SHA-256 with what its name tells. Nothing is changed.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - progress: told how many bytes were read.
    public func verify(_ file: CachedFile, progress: ((Int) -> Void)? = nil) -> CacheVerdict {
        let digest = SHA256Digest()
        var count = 0
        do throws(SystemError) {
            try readFile(file.path) { bytes in
                digest.update(bytes)
                count += bytes.count
                progress?(count)
            }
        } catch {
            return CacheVerdict(file: file, outcome: .damaged, digest: nil, advice: "It can't be read: \(error).")
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
            advice: "Its SHA-256 is \(found), and it should begin \(wanted). Move \(file.path) away"
                + (file.models.isEmpty ? "." : " and fetch it again."))
    }

    /// The size of a file in the cache, in bytes; nil where it is not there. The file is not read.
    public func cachedSize(of file: WeightsFile) -> Int? {
        var status = stat()
        guard stat(path(of: file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The networks and weights that each published file belongs to.
    private static var modelsByFile: [String: [String]] {
        Dictionary(
            Architecture.all.flatMap { architecture in
                architecture.weights.map { ($0.file.fileName, ["\(architecture.name):\($0.name)"]) }
            }, uniquingKeysWith: +)
    }
}
