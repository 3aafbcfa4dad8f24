internal import Classifier
internal import Foundation
internal import Platform
internal import Torch

/// A run directory that this process alone works on, until `release` or until the process ends, however it ends.
final class HeldRun: Sendable {
    /// The folder.
    let directory: RunDirectory
    private let lock: RunLock
    /// The folders that were made for it, the innermost last.
    private let made: [String]

    /// Makes and holds the folder of a run that is to begin.
    ///
    /// - Parameters:
    ///   - path: the folder; nil for the first of `runs/NAME-1`, `runs/NAME-2`, … that does not exist. It is made in one
    ///     step, so that of several processes each gets a folder of its own.
    ///   - name: NAME.
    /// - Throws: `ApusError` where the folder can't be made, another run is in it, or another process works on it.
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

    /// Holds the folder of a run that is to go on, and clears away what was being written when it was cut off.
    ///
    /// - Throws: `ApusError` where no run is in it, or another process works on it.
    init(resuming path: String) throws(ApusError) {
        directory = RunDirectory(reading: path)
        made = []
        try directory.checkAccess()
        guard fileExists(directory.configuration) else {
            throw ApusError(
                .noRun, path: path, "no run is in this folder (it would have config.json), so none can go on",
                advice: "begin one with \(setting("directory", path))")
        }
        lock = try RunLock(path)
        for name in (try? entryNames(of: path)) ?? [] where name.hasPrefix(".") && name.hasSuffix(".partial") {
            try? removeFile(path + "/" + name)
        }
    }

    /// Lets go of the folder. One that was made for the run and is empty still goes away.
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

/// A lock on a folder, which the system takes back when the process ends.
private final class RunLock: Sendable {
    private static let name = ".lock"

    private let path: String
    private let descriptor: Int32

    /// - Throws: `ApusError` where another process has it, with the process's number.
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
                    advice: "wait until it has ended, or choose another folder")
            }
            // A file system that knows no locks gives none; then `mkdir` alone keeps runs apart.
            if Self.isSame(file, path) {
                let text = Array("\(getpid())\n".utf8)
                ftruncate(file, 0)
                _ = pwrite(file, text, text.count, 0)
                descriptor = file
                return
            }
            // Whoever had it removed it between `open` and `flock`.
            close(file)
        }
    }

    func release() {
        try? removeFile(path)
        close(descriptor)
    }

    /// The process that wrote its number into the file; it may be about to do so.
    private static func owner(_ file: Int32) -> Int? {
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
