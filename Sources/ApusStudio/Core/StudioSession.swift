internal import HTTPTypes
internal import LibC
internal import Platform
internal import StudioProject

/// Who may use the studio: a browser that opened an address with a token, from the studio's own page.
///
/// The token is used once and becomes a cookie, which other sites' pages can't send (`SameSite=Strict`). The secret of
/// the cookie is kept in the project, so that open pages go on after the studio was started again.
final class StudioSession: Sendable {
    private let secret: String
    private let tokens = Monitor<Set<String>>([])

    /// Reads the secret of a project, or makes one. In a read-only studio it is new each time. A file that others may
    /// have read or put there is no secret.
    init(_ project: Project) {
        let path = project.path(inside: "session")
        let new = Self.random()
        if !project.isReadOnly, FilePath(path).isPrivate, let bytes = try? fileBytes(path),
            let known = String(validating: bytes.prefix { $0 != 10 }, as: UTF8.self), known.utf8.count == new.utf8.count
        {
            secret = known
            return
        }
        secret = new
        guard !project.isReadOnly else { return }
        try? removeFile(path)
        let file = path.withFileName { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        guard file >= 0 else { return }
        let text = Array("\(secret)\n".utf8)
        _ = write(file, text, text.count)
        close(file)
    }

    /// Returns a token for an address. It can be used once.
    func makeToken() -> String {
        let token = Self.random()
        tokens.withLock { _ = $0.insert(token) }
        return token
    }

    /// Uses a token. Returns whether it was valid.
    func use(_ token: String) -> Bool { tokens.withLock { $0.remove(token) != nil } }

    /// The cookie for a browser.
    ///
    /// - Parameter port: the port of the studio. Cookies of one host are shared by all its ports.
    func cookie(port: Int) -> String {
        "\(Self.name(port))=\(secret); Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000"
    }

    /// Whether a request has the cookie.
    func admits(_ headers: HTTPFields, port: Int) -> Bool {
        let name = "\(Self.name(port))="
        return headers[values: .cookie].flatMap { $0.split(separator: ";") }.contains { part in
            let part = part.drop { $0 == " " }
            return part.hasPrefix(name) && Self.isEqual(part.dropFirst(name.count).utf8, secret.utf8)
        }
    }

    /// Checks that a request was sent to this studio by its own page or by a person: a page of another site whose name
    /// leads to this machine has another host (DNS rebinding), and one that posts here has another origin (CSRF).
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - host: the address on which the studio listens, as it was given.
    ///   - port: its port.
    /// - Throws: `StudioError` that says what is wrong.
    static func check(_ request: HTTPRequest, host: String, port: Int) throws(StudioError) {
        let name = request.authority ?? ""
        guard isOwn(name, host: host, port: port) else {
            throw StudioError(
                .forbidden, "the studio is not '\(name.shown)'; open the address that `apus studio` printed")
        }
        let headers = request.headerFields
        let isForeign = headers[.origin].map { $0 != "http://\(name)" } ?? false
        // Opening the address from another program or page is fine; what it asks for then comes from the page itself.
        let site = headers[.fetchSite] ?? "none"
        let isOpening = request.method == .get && headers[.fetchMode] == "navigate"
        guard !isForeign, ["none", "same-origin"].contains(site) || isOpening else {
            throw StudioError(.forbidden, "only the studio's own page may do this")
        }
    }

    /// Whether the host of a request is this studio's.
    private static func isOwn(_ name: String, host: String, port: Int) -> Bool {
        guard let colon = name.lastIndex(of: ":"), Int(name[name.index(after: colon)...]) == port else {
            return port == 80 && isOwn("\(name):80", host: host, port: port)
        }
        let asked = name[..<colon].lowercased()
        let bare = asked.hasPrefix("[") && asked.hasSuffix("]") ? String(asked.dropFirst().dropLast()) : asked
        if ["localhost", "127.0.0.1", "::1", host.lowercased()].contains(bare) { return true }
        // Where it listens to others: an address is no name that another site could have chosen.
        guard !isLoopback(host) else { return false }
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, bare, &four) == 1 || inet_pton(AF_INET6, bare, &six) == 1
    }

    /// Whether only this machine can reach an address.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private static func name(_ port: Int) -> String { "apus-studio-\(port)" }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Compares without telling by the time where two texts differ.
    private static func isEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Bool {
        first.count == second.count && zip(first, second).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension HTTPField.Name {
    static let fetchSite = named("sec-fetch-site")
    static let fetchMode = named("sec-fetch-mode")

    // Names of letters and dashes are always valid.
    private static func named(_ name: String) -> Self { Self(name) ?? .server }
}
