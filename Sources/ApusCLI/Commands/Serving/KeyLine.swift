internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Platform

/// The line of an API key in the file of a server, which has only the hash.
enum KeyLine {
    /// The smallest number of bytes. The hash of a shorter key can be found by trying all keys.
    private static let shortest = 16
    private static let longest = 1024

    /// Rejects names of a key that the file can't have.
    static func check(names: [String]) throws {
        guard names.count <= 1 else { throw ValidationError("--hash-key takes one name of a key.") }
        guard let name = names.first, name.contains(":") || name.hasPrefix("#") || name.printable != name else {
            return
        }
        throw ValidationError("the name of a key can't have ':' or control characters, nor begin with '#'.")
    }

    /// Reads a key from standard input, and prints its line.
    ///
    /// - Throws: `ApusError` if the key is missing, too short, or more than one line.
    static func printLine(name: String?) throws {
        let advice = "send a key, such as 'openssl rand -hex 32 | tee key | apus serve --hash-key'"
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: longest + 2)
        while bytes.count <= longest + 1 {
            let count = try StandardInput.read(into: &part, advice: advice)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard (shortest...longest).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ApusError(
                .unreadableFile,
                "standard input is no key of \(shortest) to \(longest) letters, digits and signs on one line",
                advice: advice)
        }
        let digest = SHA256Digest()
        bytes.withUnsafeBytes { digest.update($0) }
        try Console.write("\(name ?? "key"):\(digest.finish())")
    }
}
