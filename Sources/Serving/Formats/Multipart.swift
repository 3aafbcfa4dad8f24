internal import LibC

/// The parts of a body of the type `multipart/form-data` (RFC 7578), as ranges of the body.
package struct Multipart: Sendable {
    /// A field or a file of a form.
    package struct Part: Sendable {
        /// The name of the field.
        package let name: String
        /// The name of the file; nil if it is not a file.
        package let fileName: String?
        /// The type of the content, such as `image/jpeg`, in lower case.
        package let contentType: String?
        /// The content, as a range of the body.
        package let content: Range<Int>
    }

    /// The parts in their order.
    package let parts: [Part]

    /// Finds the parts of a body.
    ///
    /// - Throws: `invalidRequest` if the boundary is not valid, the body is truncated, a part has no valid header, or
    ///   there are too many.
    package init(_ body: [UInt8], boundary: String, maximumParts: Int) throws(ServingError) {
        guard (1...70).contains(boundary.utf8.count) else {
            throw ServingError(.invalidRequest, "the boundary of the multipart body must have 1 to 70 characters")
        }
        let delimiters = Delimiters(body: body, line: Array("\r\n--\(boundary)".utf8))
        guard var current = delimiters.next(from: 0) else {
            throw ServingError(
                .invalidRequest,
                "the multipart body does not contain the boundary of its content type; send the one between the parts")
        }
        var parts: [Part] = []
        while !current.isLast {
            guard let next = delimiters.next(from: current.end) else {
                throw ServingError(
                    .invalidRequest, "the multipart body is truncated before its closing boundary; send all of it")
            }
            guard parts.count < maximumParts else {
                throw ServingError(
                    .invalidRequest, "the multipart body has more than \(maximumParts) parts; send several requests")
            }
            parts.append(try Part(body, current.end..<next.start))
            current = next
        }
        self.parts = parts
    }

    /// The lines between the parts.
    private struct Delimiters {
        let body: [UInt8]
        /// The start of such a line with the line break before it.
        let line: [UInt8]

        /// The first line whose break is at the place or behind it. `end` is the start of the part that follows.
        func next(from place: Int) -> (start: Int, end: Int, isLast: Bool)? {
            // The first line needs no break before it.
            if place == 0, body.starts(with: line[2...]), let found = delimiter(0, end: line.count - 2) { return found }
            var start = place
            while let found = index(of: line[0], from: start), body.count - found >= line.count {
                let end = found + line.count
                if body[found..<end].elementsEqual(line), let found = delimiter(found, end: end) { return found }
                start = found + 1
            }
            return nil
        }

        /// What follows the boundary: two dashes at the end, or spaces and a line break. Other text is content.
        private func delimiter(_ start: Int, end: Int) -> (start: Int, end: Int, isLast: Bool)? {
            if body[end...].starts(with: "--".utf8) { return (start, end + 2, true) }
            let spaces = body[end...].prefix { $0 == 0x20 || $0 == 0x09 }.count
            return body[(end + spaces)...].starts(with: "\r\n".utf8) ? (start, end + spaces + 2, false) : nil
        }

        private func index(of byte: UInt8, from place: Int) -> Int? {
            body.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress, place < bytes.count,
                    let found = memchr(base + place, CInt(byte), bytes.count - place)
                else { return nil }
                return UnsafeRawPointer(found) - base
            }
        }
    }
}

extension Multipart.Part {
    /// The largest size of the headers of a part in bytes.
    private static let maximumHeaderSize = 8192

    /// Reads the headers of a part.
    fileprivate init(_ body: [UInt8], _ range: Range<Int>) throws(ServingError) {
        let start = body[range].prefix(Self.maximumHeaderSize)
        let end = start.indices.dropLast(3).first { start[$0...].starts(with: "\r\n\r\n".utf8) }
        guard let end else {
            throw ServingError(
                .invalidRequest,
                "a part of the multipart body has no complete headers in its first \(Self.maximumHeaderSize) bytes; "
                    + "end them with an empty line")
        }
        var headers: [String: HeaderValue] = [:]
        for line in String(decoding: start[..<end], as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else {
                throw ServingError(
                    .invalidRequest, "a header of a part of the multipart body has no colon; write 'NAME: VALUE'")
            }
            let name = line[..<colon].lowercased()
            guard ["content-disposition", "content-type", "content-transfer-encoding"].contains(name) else { continue }
            guard headers[name] == nil, let value = HeaderValue(String(line[line.index(after: colon)...])) else {
                throw ServingError(
                    .invalidRequest,
                    "a part of the multipart body has a \(name) that is not valid, or two of them; send a valid one")
            }
            headers[name] = value
        }
        guard let disposition = headers["content-disposition"], disposition.value == "form-data",
            let name = disposition.parameters["name"]
        else {
            throw ServingError(
                .invalidRequest,
                "a part of the multipart body needs the header 'Content-Disposition: form-data; name=\"…\"'")
        }
        if let encoding = headers["content-transfer-encoding"]?.value,
            !["binary", "8bit", "7bit"].contains(encoding)
        {
            throw ServingError(
                .invalidRequest,
                "the part '\(name.prefix(80))' is encoded as '\(encoding.prefix(80))'; send its bytes without an "
                    + "encoding")
        }
        // A name with other characters than ASCII may be encoded (RFC 8187): `filename*=UTF-8''caf%C3%A9.jpg`.
        let encoded = disposition.parameters["filename*"].flatMap { text in
            text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false).last?.percentDecoded
        }
        self.init(
            name: name, fileName: encoded ?? disposition.parameters["filename"] ?? disposition.parameters["filename*"],
            contentType: headers["content-type"]?.value, content: end + 4..<range.upperBound)
    }
}
