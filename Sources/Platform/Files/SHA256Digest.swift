internal import COpenSSL

/// SHA-256 of bytes that arrive in chunks.
package final class SHA256Digest {
    private let context = EVP_MD_CTX_new()
    private var isSound = true

    /// Creates the digest of no bytes.
    package init() {
        isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        isSound = isSound && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
    }

    /// The digest in hexadecimal. Read it only once. Empty if the library failed, which equals no expected digest.
    package func finish() -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard isSound, EVP_DigestFinal_ex(context, &bytes, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef")
        return String(bytes[..<Int(count)].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The digest of a file. Throws the system's error number if it cannot be read.
    package static func ofFile(_ path: String) throws(SystemError) -> String {
        let digest = SHA256Digest()
        try readFile(path) { digest.update($0) }
        return digest.finish()
    }
}
