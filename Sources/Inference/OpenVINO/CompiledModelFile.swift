internal import LibC
internal import Platform

/// A compiled network in a file: an engine's bytes, followed by data that shows whether they are valid here.
///
/// An engine may behave arbitrarily if it reads damaged bytes or those of another version. So it gets only bytes that
/// are verified: written by the same version, for the same machine and network. The end of the file contains the
/// description, its length, the length of the engine's bytes and a checksum of both (three integers of 8 bytes), and 8
/// letters. This part follows the engine's bytes because it can only be written when they are complete.
final class CompiledModelFile: Sendable {
    private static let mark = Array("apus-net".utf8)
    private static let endCount = 32

    private let file: MappedFile
    private let contentCount: Int

    /// Opens and checks a file.
    ///
    /// - Parameter description: The purpose for which it must have been written.
    /// - Throws: `FileError` if it cannot be read; `InferenceError` if it is incomplete or was written for another
    ///   purpose.
    init(path: String, description: String) throws {
        file = try MappedFile(path: path)
        contentCount = try file.withUnsafeBytes { bytes in
            func damaged(_ what: String) -> InferenceError {
                InferenceError(.invalidCompiledModel, "\(path) \(what). Delete it; it is created again when needed.")
            }
            guard bytes.count >= Self.endCount, bytes.suffix(Self.mark.count).elementsEqual(Self.mark) else {
                throw damaged("is not a compiled model, or is incomplete")
            }
            let numbers = (0..<3).map { place in
                UInt64(
                    littleEndian: bytes.loadUnaligned(
                        fromByteOffset: bytes.count - Self.endCount + place * 8, as: UInt64.self))
            }
            let rest = bytes.count - Self.endCount
            guard numbers[0] <= rest, numbers[1] == UInt64(rest) - numbers[0] else {
                throw damaged("is incomplete")
            }
            let content = UnsafeRawBufferPointer(rebasing: bytes[..<Int(numbers[1])])
            let found = UnsafeRawBufferPointer(rebasing: bytes[Int(numbers[1])..<rest])
            guard found.elementsEqual(description.utf8) else {
                throw damaged("was created for another version, machine or network")
            }
            guard Self.checksum(content, found) == numbers[2] else { throw damaged("is damaged") }
            return content.count
        }
    }

    /// Calls `body` with the engine's bytes, which are valid as long as the file is open.
    func withContent<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withUnsafeBytes { (bytes) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<contentCount]))
        }
    }

    /// Releases the memory of the file's content. It is read again when needed.
    func releaseMemory() {
        file.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, MADV_DONTNEED)
        }
    }

    /// Writes a file. `body` writes its content to a temporary path.
    ///
    /// The file appears atomically. There is no flush to disk because the checksum detects an incomplete file after a
    /// power failure.
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
        let written = LibC.write(file, end, end.count)
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
