internal import Foundation
internal import Glibc
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
    public func path(for key: String) -> String {
        let name = [UInt64(0), 1].map { seed -> String in
            var digest = Digest64(seed: seed)
            digest.add(key)
            return digest.value.hexadecimal
        }
        return "\(folder)/\(name.joined())\(Self.suffix)"
    }

    private static let suffix = ".engine"
    private static let temporary = ".partial"

    /// Marks a file as just used.
    func touch(_ path: String) { utimensat(AT_FDCWD, path, nil, 0) }

    /// Creates the folder.
    @discardableResult func prepare() -> Bool {
        (try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])) != nil
    }

    /// Writes bytes to a new file in the folder, which the caller removes; nil if writing fails.
    func writeTemporary(_ bytes: [UInt8], ending: String) -> String? {
        let path = "\(folder)/\(String(UInt64.random(in: .min ... .max), radix: 36))\(Self.temporary)\(ending)"
        guard prepare(), let file = fopen(path, "wx") else { return nil }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            unlink(path)
            return nil
        }
        return path
    }

    /// Removes the least recently used files beyond the limit, except for `kept`, and leftovers of interrupted writes.
    func trim(keeping kept: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files: [(path: String, size: Int, used: Int)] = []
        for name in names {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.hasSuffix(Self.suffix) {
                files.append((path, Int(status.st_size), status.st_mtim.tv_sec))
            } else if name.contains(Self.temporary), status.st_mtim.tv_sec < time(nil) - 3600 {
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
