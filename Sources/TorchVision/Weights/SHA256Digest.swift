internal import COpenSSL
internal import Glibc
internal import Torch

/// SHA-256 of bytes that come in pieces.
final class SHA256Digest {
    private let context = EVP_MD_CTX_new()
    private var isSound = true

    init() {
        isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        isSound = isSound && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
    }

    /// The digest in hexadecimal, to be asked for once. Empty if the library failed, which no expected digest equals.
    func finish() -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard isSound, EVP_DigestFinal_ex(context, &bytes, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef")
        return String(bytes[..<Int(count)].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The digest of a file. Throws the system's error number where it can't be read.
    static func ofFile(_ path: String) throws(SystemError) -> String {
        let digest = SHA256Digest()
        try readFile(path) { digest.update($0) }
        return digest.finish()
    }
}

/// An error number of the system.
struct SystemError: Error, CustomStringConvertible {
    let code: Int32

    /// The error of the call that failed just now.
    static var last: SystemError { SystemError(code: errno) }

    var description: String { String(cString: strerror(code)) }
}

/// Gives the bytes of a file to the body, in pieces.
func readFile(_ path: String, _ body: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) {
    let file = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { throw .last }
    defer { close(file) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { chunk.deallocate() }
    while true {
        let count = read(file, chunk.baseAddress, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .last }
        guard count > 0 else { return }
        try body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
}
