package import Platform

/// The parts of a web server's URL that matter here: RFC 3986, section 3.
package struct WebURL: Sendable, Hashable {
    /// The URL as it was written.
    package let text: String

    /// Whether the scheme is https.
    package let isSecure: Bool

    /// The host and the port in lower case: the server.
    package let server: String

    /// The URL without a name and a password, for messages.
    package let printable: String

    /// Nil unless it is an http or https URL with a host and without spaces or control characters.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[..<colon].lowercased()
        let rest = text[colon...].dropFirst()
        guard scheme == "http" || scheme == "https", rest.hasPrefix("//"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        let authority = rest.dropFirst(2).prefix { !"/?#".contains($0) }
        let host = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority[...]
        guard let first = host.first, first != ":" else { return nil }
        self.text = text
        isSecure = scheme == "https"
        server = host.lowercased()
        printable = host.count == authority.count ? text : "\(scheme)://\(host)\(rest[authority.endIndex...])"
    }
}

extension FilePath {
    /// The URL, if the path is that of a web server: `https://host/photo.jpg`.
    package var webURL: WebURL? {
        guard let first = bytes.first, first | 0x20 == UInt8(ascii: "h"), bytes.contains(UInt8(ascii: ":")) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self).flatMap { WebURL($0) }
    }
}
