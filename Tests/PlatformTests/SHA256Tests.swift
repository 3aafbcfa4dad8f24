import Foundation
import Platform
import TestSupport
import Testing

@Suite("SHA-256") struct SHA256Tests {
    // FIPS 180-4, from NIST's examples.
    @Test(
        "Digests are those of the standard's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func examples(_ text: String, _ expected: String) throws {
        let bytes = Array(text.utf8)
        // The same in one piece, in pieces that do not fill the blocks of 64 bytes, and from a file.
        for size in [max(1, bytes.count), 37] {
            let digest = SHA256Digest()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(bytes.count, start + size)].withUnsafeBytes(digest.update)
            }
            #expect(digest.finish() == expected)
        }
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "text")
            try Data(bytes).write(to: file)
            #expect(try SHA256Digest.ofFile(file.path) == expected)
        }
        #expect(throws: SystemError.self) { try SHA256Digest.ofFile("nowhere/text") }
    }
}
