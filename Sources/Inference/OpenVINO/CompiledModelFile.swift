internal import Glibc
internal import Platform

/// A compiled network in a file: an engine's own bytes, and after them what tells whether they can be trusted here.
///
/// An engine that reads damaged bytes, or those of another version of itself, may do anything; so nothing is handed to
/// it before the bytes are known to be those that were written, by the same version, for the same machine and network.
/// At the end of the file stand the description, its length, the length of the engine's bytes and a checksum of both
/// (three numbers of 8 bytes), and 8 letters. What comes after the engine's bytes can be added when they are there.
final class CompiledModelFile: Sendable {
    private static let mark = Array("apus-net".utf8)
    private static let endCount = 32

    private let file: MappedFile
    private let contentCount: Int

    /// Opens and checks a file.
    ///
    /// - Parameter description: what it must have been written for.
    /// - Throws: `FileError` where it cannot be read; `InferenceError` where it is not whole or is for something else.
    init(path: String, description: String) throws {
        file = try MappedFile(path: path)
        contentCount = try file.withUnsafeBytes { bytes in
            func damaged(_ what: String) -> InferenceError {
                InferenceError(.invalidCompiledModel, "\(path) \(what): delete it, and it will be made again.")
            }
            guard bytes.count >= Self.endCount, bytes.suffix(Self.mark.count).elementsEqual(Self.mark) else {
                throw damaged("is not a compiled model, or not a whole one")
            }
            let numbers = (0..<3).map { place in
                UInt64(
                    littleEndian: bytes.loadUnaligned(
                        fromByteOffset: bytes.count - Self.endCount + place * 8, as: UInt64.self))
            }
            let rest = bytes.count - Self.endCount
            guard numbers[0] <= rest, numbers[1] == UInt64(rest) - numbers[0] else {
                throw damaged("is not a whole compiled model")
            }
            let content = UnsafeRawBufferPointer(rebasing: bytes[..<Int(numbers[1])])
            let found = UnsafeRawBufferPointer(rebasing: bytes[Int(numbers[1])..<rest])
            guard found.elementsEqual(description.utf8) else {
                throw damaged("was made for another version, machine or network")
            }
            guard Self.checksum(content, found) == numbers[2] else { throw damaged("is damaged") }
            return content.count
        }
    }

    /// Calls `body` with the engine's bytes, which stay in their place as long as the file is open.
    func withContent<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withUnsafeBytes { (bytes) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<contentCount]))
        }
    }

    /// Lets the system have the memory back that holds what was read of the file; it is read again where it is used.
    func releaseMemory() {
        file.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, MADV_DONTNEED)
        }
    }

    /// Writes a file whose content `body` writes to the path that it is given.
    ///
    /// The file appears whole; nothing waits for the disk, as the checksum finds what a power cut leaves of it.
    static func write(to path: String, description: String, _ body: (String) throws -> Void) throws {
        let temporary = path + "." + String(UInt64.random(in: .min ... .max), radix: 36) + ".partial"
        defer { unlink(temporary) }
        try body(temporary)
        let content = try MappedFile(path: temporary)
        var description = description
        let end = description.withUTF8 { text in
            let text = UnsafeRawBufferPointer(text)
            let sum = content.withUnsafeBytes { checksum($0, text) }
            let numbers = [UInt64(text.count), UInt64(content.count), sum]
            return Array(text) + numbers.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) } + mark
        }
        let file = open(temporary, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
        let written = Glibc.write(file, end, end.count)
        let code = errno
        close(file)
        guard written == end.count else {
            throw FileError(path: path, operation: "write", code: written < 0 ? code : ENOSPC)
        }
        guard rename(temporary, path) == 0 else { throw FileError(path: path, operation: "write", code: errno) }
    }

    private static func checksum(_ content: UnsafeRawBufferPointer, _ description: UnsafeRawBufferPointer) -> UInt64 {
        var digest = Digest64()
        digest.add(description)
        digest.add(content)
        return digest.value
    }
}
