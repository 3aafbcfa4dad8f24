internal import COpenSSL
internal import Foundation

/// The source expression `sha256-…` that lets a content security policy admit a style or script of just this text.
///
/// W3C: Content Security Policy Level 3, 2.3.1.
///
/// - Throws: `ApusError` where libcrypto refuses.
func contentHash(of text: String) throws(ApusError) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
        throw ApusError("libcrypto makes no SHA-256 of a page's style; see to the library of OpenSSL")
    }
    return "sha256-" + Data(digest).base64EncodedString()
}
