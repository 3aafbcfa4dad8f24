internal import COpenSSL

/// SHA-256 of bytes that arrive in chunks.
package final class SHA256Digest {
    private var state = SHA256_CTX()

    /// Creates the digest of no bytes.
    package init() { SHA256_Init(&state) }

    /// Adds bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address.
        if let start = bytes.baseAddress { SHA256_Update(&state, start, bytes.count) }
    }

    /// The 32 bytes of the digest. Read them only once.
    package func finishedBytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256_Final(&bytes, &state)
        return bytes
    }

    /// The digest in hexadecimal. Read it only once.
    package func finish() -> String {
        let digits = Array("0123456789abcdef")
        return String(finishedBytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The digest of a file. Throws the system's error number if it cannot be read.
    package static func ofFile(_ path: String) throws(SystemError) -> String {
        let digest = SHA256Digest()
        try readFile(path) { digest.update($0) }
        return digest.finish()
    }
}
