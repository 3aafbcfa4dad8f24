internal import LibC
internal import Platform
internal import Serving

/// The API keys of a server, of which it knows only the hashes.
///
/// The file has a line for each key: a name for the access log, and the SHA-256 of the key in hexadecimal:
/// `alice:2bb80d53…`. Lines that are empty or start with `#` are skipped.
struct APIKeys: Sendable {
    private let keys: [(name: String, digest: [UInt8])]

    /// Reads a file of keys.
    ///
    /// - Throws: `ServingError` if the file can't be read, has an invalid line, or has no key.
    init(contentsOf path: String) throws(ServingError) {
        guard let bytes = try? fileBytes(path) else {
            throw ServingError(.invalidRequest, "\(path): the file of API keys can't be read; check the path")
        }
        try self.init(String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// Reads the text of a file of keys.
    init(_ text: String, path: String) throws(ServingError) {
        var keys: [(String, [UInt8])] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let line = line.trimmedPart
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let digest = Self.bytes(ofHexadecimal: parts[1].trimmedPart)
            else {
                // The line itself may have a key in plain text.
                throw ServingError(
                    .invalidRequest,
                    "\(path): line \(number + 1) is not NAME:HASH, with the SHA-256 of a key in 64 hexadecimal digits")
            }
            keys.append((String(parts[0].trimmedPart), digest))
        }
        guard !keys.isEmpty else {
            throw ServingError(.invalidRequest, "\(path): there is no API key, so no request would be answered")
        }
        self.keys = keys
    }

    /// Returns the name of a key; nil if there is no such key.
    ///
    /// The time depends on neither the key nor the hashes: all of them are compared, to the last byte.
    func name(of key: some StringProtocol) -> String? {
        let digest = SHA256Digest()
        Array(key.utf8).withUnsafeBytes { digest.update($0) }
        let found = digest.finishedBytes()
        var name: String?
        for key in keys {
            let difference = zip(key.digest, found).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            if difference == 0 { name = key.name }
        }
        return name
    }

    /// Returns the name of the key of a request, from the values of its `Authorization` and `X-API-Key` headers.
    ///
    /// - Throws: `ServingError` if there is no valid key.
    func name(authorization: String?, apiKey: String?) throws(ServingError) -> String {
        var key = apiKey
        if key == nil, let authorization, authorization.prefix(7).lowercased() == "bearer " {
            key = String(authorization.dropFirst(7).trimmedPart)
        }
        guard let key else {
            throw ServingError(
                .unauthorized, "the request has no API key; send 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        }
        guard let name = name(of: key) else {
            throw ServingError(.unauthorized, "the API key is not valid; check it, or ask for another one")
        }
        return name
    }

    private static func bytes(ofHexadecimal text: Substring) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
