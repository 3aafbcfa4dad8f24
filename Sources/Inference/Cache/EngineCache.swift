internal import Foundation
internal import LibC
internal import Platform

/// Compiled networks for this machine, kept in the user's cache so that the next start is faster.
///
/// Several processes can use it at the same time. If the folder cannot be written, networks are compiled every time.
public struct EngineCache: Sendable, Hashable {
    /// The folder that holds the files.
    public let folder: String
    /// The maximum total size of the files in bytes. The least recently used files are removed first.
    public let limit: Int

    /// Creates a cache in a custom folder, which is created when it is first needed.
    public init(folder: String, limit: Int = 2 << 30) {
        self.folder = folder
        self.limit = limit
    }

    /// The user's cache: `$XDG_CACHE_HOME/apus/engines`, or `~/.cache/apus/engines`.
    public static var standard: EngineCache { EngineCache(environment: ProcessInfo.processInfo.environment) }

    /// Creates the cache that these environment variables select.
    init(environment: [String: String]) {
        // The XDG standard requires relative paths to be ignored.
        let named = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        self.init(folder: (named ?? homeFolder(variable: environment["HOME"]) + "/.cache") + "/apus/engines")
    }

    /// The path of the file for a key, whether or not it exists.
    public func path(for key: String) -> String { path(for: key, ending: Self.suffix) }

    /// The path of the file for the graph of a network, whether or not it exists.
    func graphPath(for key: String) -> String { path(for: key, ending: Self.graphSuffix) }

    private func path(for key: String, ending: String) -> String {
        let name = [UInt64(0), 1].map { seed -> String in
            var digest = Digest64(seed: seed)
            digest.add(key)
            return digest.value.hexadecimal
        }
        return "\(folder)/\(name.joined())\(ending)"
    }

    private static let suffix = ".engine"
    private static let graphSuffix = ".graph"
    private static let temporary = ".partial"

    /// Marks a file as just used.
    func touch(_ path: String) { utimensat(AT_FDCWD, path, nil, 0) }

    /// Creates the folder.
    @discardableResult func prepare() -> Bool {
        (try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])) != nil
    }

    /// A path for a new file of an ONNX model in the folder; nil if the folder cannot be created.
    private func temporaryPath() -> String? {
        prepare() ? "\(folder)/\(String(UInt64.random(in: .min ... .max), radix: 36))\(Self.temporary).onnx" : nil
    }

    /// Writes bytes to a new file in the folder; nil if writing fails. `removeTemporary` removes it.
    func writeTemporary(_ bytes: [UInt8]) -> String? {
        guard let path = temporaryPath(), let file = path.withFileName({ fopen($0, "wx") }) else { return nil }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            removeTemporary(path)
            return nil
        }
        return path
    }

    /// Writes a model to a new file in the folder; nil if writing fails. `removeTemporary` removes it.
    ///
    /// - Throws: The errors of the writer, except those of the disk.
    @ComputeActor
    func writeTemporary(_ model: ONNXModelWriter) throws -> String? {
        guard let path = temporaryPath(), access(folder, W_OK) == 0 else { return nil }
        do {
            try model.write(path)
            return path
        } catch {
            removeTemporary(path)
            if let error = error as? FileError, error.path.hasPrefix(path) { return nil }
            throw error
        }
    }

    /// Removes a file of `writeTemporary` and that of its weights.
    func removeTemporary(_ path: String) {
        for file in [path, path + ".data"] { _ = file.withFileName { unlink($0) } }
    }

    /// Removes the least recently used files beyond the limit, except for `kept`, and leftovers of interrupted writes.
    func trim(keeping kept: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files: [(path: String, size: Int, used: Int)] = []
        for name in names {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.hasSuffix(Self.suffix) || name.hasSuffix(Self.graphSuffix) {
                files.append((path, Int(status.st_size), status.modificationTime.tv_sec))
            } else if name.firstRange(of: Self.temporary) != nil, status.modificationTime.tv_sec < time(nil) - 3600 {
                unlink(path)
            }
        }
        var total = files.reduce(0) { $0 + $1.size }
        for file in files.sorted(by: { $0.used < $1.used }) where total > limit && file.path != kept {
            unlink(file.path)
            total -= file.size
        }
    }
}
