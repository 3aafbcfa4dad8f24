/// A request to a web server.
package struct WebRequest: Sendable {
    /// The URL: http or https.
    package var url: String

    /// The method, such as `GET`.
    package var method: String

    /// The headers, in order.
    package var headers: [(name: String, value: String)]

    /// The body; nil for none.
    package var body: [UInt8]?

    /// A file of certificates (PEM) to trust instead of the system's; nil for the system's.
    package var authorities: String?

    package init(
        _ method: String = "GET", _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        authorities: String? = nil
    ) {
        (self.method, self.url, self.headers) = (method, url, headers)
        (self.body, self.authorities) = (body, authorities)
    }

    /// The headers as lines.
    ///
    /// - Throws: `WebError` if the method or a header has characters that it can't have, which would forge another one.
    func lines() throws(WebError) -> [String] {
        func isToken(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        }
        guard isToken(method) else { throw WebError(.invalidRequest, "the method has invalid characters") }
        // A body of more than a megabyte would otherwise wait for a permission that few servers give.
        var lines = ["Expect:"]
        // Otherwise curl says that the body is a form.
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        for (name, value) in headers {
            guard isToken(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw WebError(.invalidRequest, "the header \(isToken(name) ? name : "") has invalid characters")
            }
            // curl sends a header without a value only with a semicolon.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        return lines
    }
}

/// What a web server answered, with any status.
package struct WebResponse: Sendable {
    /// The status, such as 200.
    package let status: Int

    /// The headers by their names in lower case; of several with a name the last one.
    package let headers: [String: String]

    /// The body.
    package let body: [UInt8]
}
