internal import HTTPTypes
internal import Serving

/// What a path asks for.
enum Route: Sendable, Hashable {
    /// A file of the page, by its name in the path; empty for the page itself.
    case page(String)
    case metrics
    case models
    case model(String, version: String?)
    /// The name is nil for the only model.
    case classify(String?, version: String?)
    case serverMetadata
    case live
    case ready
    case modelMetadata(String, version: String?)
    case modelReady(String, version: String?)
    case infer(String, version: String?)

    /// The route of a path; nil if there is none.
    init?(path: String) {
        let parts = path.split(separator: "/").compactMap(\.percentDecoded)
        guard parts.count == path.split(separator: "/").count, parts.count <= 6 else { return nil }
        switch (parts.first, parts.count) {
        case (nil, _): self = .page("")
        case ("metrics", 1): self = .metrics
        case ("classify", 1): self = .classify(nil, version: nil)
        case (let name?, 1) where PageFile.all[name] != nil: self = .page(name)
        case ("v1", 2...) where parts[1] == "models":
            guard let (name, version, verb) = Self.model(parts.dropFirst(2)) else { return nil }
            switch (name, verb) {
            case (nil, _): self = .models
            case (let name?, nil): self = .model(name, version: version)
            case (let name?, "classify"): self = .classify(name, version: version)
            default: return nil
            }
        case ("v2", 1): self = .serverMetadata
        case ("v2", 3) where parts[1...] == ["health", "live"]: self = .live
        case ("v2", 3) where parts[1...] == ["health", "ready"]: self = .ready
        case ("v2", 3...) where parts[1] == "models":
            guard let (name, version, verb) = Self.model(parts.dropFirst(2)), let name else { return nil }
            switch verb {
            case nil: self = .modelMetadata(name, version: version)
            case "ready": self = .modelReady(name, version: version)
            case "infer": self = .infer(name, version: version)
            default: return nil
            }
        default: return nil
        }
    }

    /// Splits `NAME[/versions/VERSION][/VERB]`.
    private static func model(_ parts: ArraySlice<String>) -> (name: String?, version: String?, verb: String?)? {
        var rest = parts
        let name = rest.popFirst()
        var version: String?
        if rest.first == "versions" {
            rest.removeFirst()
            version = rest.popFirst()
            guard version != nil else { return nil }
        }
        let verb = rest.popFirst()
        return rest.isEmpty ? (name, version, verb) : nil
    }

    /// The methods, without `HEAD` and `OPTIONS`.
    var method: HTTPRequest.Method {
        switch self {
        case .classify, .infer: .post
        default: .get
        }
    }

    /// Whether it needs no API key: the page, which asks for one, and what probes read.
    var isOpen: Bool {
        switch self {
        case .page, .live, .ready, .modelReady: true
        default: false
        }
    }

    /// The route without names, for metrics and traces.
    var pattern: String {
        func versioned(_ path: String, _ version: String?, _ verb: String = "") -> String {
            path + (version == nil ? "" : "/versions/{version}") + verb
        }
        return switch self {
        case .page(let name): "/\(name)"
        case .metrics: "/metrics"
        case .models: "/v1/models"
        case .model(_, let version): versioned("/v1/models/{model}", version)
        case .classify(nil, _): "/classify"
        case .classify(_, let version): versioned("/v1/models/{model}", version, "/classify")
        case .serverMetadata: "/v2"
        case .live: "/v2/health/live"
        case .ready: "/v2/health/ready"
        case .modelMetadata(_, let version): versioned("/v2/models/{model}", version)
        case .modelReady(_, let version): versioned("/v2/models/{model}", version, "/ready")
        case .infer(_, let version): versioned("/v2/models/{model}", version, "/infer")
        }
    }
}

/// A file of the page, which is part of the program.
struct PageFile: Sendable {
    let type: String
    let bytes: [UInt8]

    /// The files by their paths, without the slash.
    static let all: [String: PageFile] = [
        "": PageFile(type: "text/html; charset=utf-8", bytes: PackageResources.page_html),
        "page.css": PageFile(type: "text/css; charset=utf-8", bytes: PackageResources.page_css),
        "page.js": PageFile(type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js),
        "docs": PageFile(type: "text/html; charset=utf-8", bytes: PackageResources.docs_html),
        "docs.js": PageFile(type: "text/javascript; charset=utf-8", bytes: PackageResources.docs_js),
        "openapi.json": PageFile(type: "application/json", bytes: PackageResources.openapi_json),
    ]
}
