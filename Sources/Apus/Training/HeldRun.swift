internal import Classifier
internal import Foundation
internal import Platform
internal import Torch

/// A run folder that only this process works on, until `release` or until the process ends.
final class HeldRun: Sendable {
    /// The folder.
    let directory: RunDirectory
    private let lock: RunLock
    /// The folders that were created for it, the innermost last.
    private let made: [String]

    /// Creates and locks the folder of a new run.
    ///
    /// - Parameters:
    ///   - path: The folder; nil for the first of `runs/NAME-1`, `runs/NAME-2`, … that does not exist. It is created in
    ///     one step, so that each of several processes gets its own folder.
    ///   - name: NAME.
    /// - Throws: `ApusError` if the folder can't be created, has another run, or is used by another process.
    init(beginning path: String?, name: String) throws(ApusError) {
        do {
            let (path, made) = try path.map { ($0, try makeFolder($0)) } ?? Self.makeNext(name)
            self.made = made
            directory = RunDirectory(reading: path)
            lock = try RunLock(path)
        } catch let error as ApusError {
            throw error
        } catch {
            throw ApusError(.unwritableFile, "\(error)", underlyingError: error)
        }
        do {
            try directory.checkEmpty()
        } catch {
            release()
            throw error
        }
    }

    /// Locks the folder of a run to resume, and removes the files that were incomplete when the run was interrupted.
    ///
    /// - Throws: `ApusError` if the folder has no run, or is used by another process.
    init(resuming path: String) throws(ApusError) {
        directory = RunDirectory(reading: path)
        made = []
        try directory.checkAccess()
        guard fileExists(directory.configuration) else {
            throw ApusError(
                .noRun, path: path, "no run is in this folder: config.json is missing",
                advice: "start one with \(setting("directory", path))")
        }
        lock = try RunLock(path)
        for name in (try? entryNames(of: path)) ?? [] where name.hasPrefix(".") && name.hasSuffix(".partial") {
            try? removeFile(path + "/" + name)
        }
    }

    /// Unlocks the folder. A folder that was created for the run and is still empty is removed.
    func release() {
        lock.release()
        for folder in made.reversed() { folder.withFileName { _ = rmdir($0) } }
    }

    private static func makeNext(_ name: String) throws(FileError) -> (path: String, made: [String]) {
        let parents = try makeFolder("runs")
        for number in 1... {
            let path = "runs/\(name)-\(number)"
            if path.withFileName({ mkdir($0, 0o777) }) == 0 { return (path, parents + [path]) }
            guard errno == EEXIST else { throw FileError(path: path, operation: "make the folder", code: errno) }
        }
        return ("", [])
    }
}

extension RunDirectory {
    /// The number of the process that works on the run; nil if there is none.
    ///
    /// The lock is tried only if that process exists, because for that moment no process could take it.
    package var processID: Int32? {
        let file = (path + "/" + RunLock.name).withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let number = RunLock.owner(file).flatMap(Int32.init(exactly:)), number > 0,
            kill(number, 0) == 0 || errno == EPERM, flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK
        else { return nil }
        return number
    }
}

/// A lock on a folder, which the system releases when the process ends.
private final class RunLock: Sendable {
    static let name = ".lock"

    private let path: String
    private let descriptor: Int32

    /// - Throws: `ApusError` with the process ID if another process has the lock.
    init(_ folder: String) throws(ApusError) {
        path = folder + "/" + Self.name
        while true {
            let file = path.withFileName { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
            guard file >= 0 else {
                let error = FileError(path: path, operation: "write", code: errno)
                throw ApusError(.unwritableFile, "\(error)", underlyingError: error)
            }
            if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                let process = Self.owner(file).map { "process \($0)" } ?? "another process"
                close(file)
                throw ApusError(
                    .runInUse, path: folder, "\(process) is working on the run in this folder",
                    advice: "wait until it ends, or choose another folder")
            }
            // On a file system without locks, only `mkdir` separates runs.
            if Self.isSame(file, path) {
                let text = Array("\(getpid())\n".utf8)
                ftruncate(file, 0)
                _ = pwrite(file, text, text.count, 0)
                descriptor = file
                return
            }
            // Its owner removed it between `open` and `flock`.
            close(file)
        }
    }

    func release() {
        try? removeFile(path)
        close(descriptor)
    }

    /// The process ID in the file. Its owner may be about to write it.
    static func owner(_ file: Int32) -> Int? {
        for _ in 0..<10 {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = pread(file, &bytes, bytes.count, 0)
            if count > 0 { return Int(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)) }
            usleep(10_000)
        }
        return nil
    }

    private static func isSame(_ file: Int32, _ path: String) -> Bool {
        var (one, two) = (stat(), stat())
        return fstat(file, &one) == 0 && path.withFileName { stat($0, &two) } == 0 && one.st_dev == two.st_dev
            && one.st_ino == two.st_ino
    }
}
