internal import Foundation
internal import Platform
internal import Web

/// A client of `apus serve`, or of a program with `ApusServer`.
///
/// Any number of tasks may use it at the same time. Connections to the server are used again.
public struct ServerClient: Sendable {
    private let url: String
    private let headers: [(name: String, value: String)]
    private let authorities: String?
    private let limits: WebLimits
    private let sender: WebSender

    /// Creates a client. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: The URL of the server, such as `http://127.0.0.1:8080`.
    ///   - apiKey: The API key; nil for none.
    ///   - timeout: The time for a request and its answer.
    ///   - authorities: A file of certificates (PEM) to trust instead of the system's, such as that of a server with a
    ///     certificate of its own.
    ///   - maximumRequests: The maximum number of simultaneous requests. Others wait.
    /// - Throws: `ClientError` if the text is not the URL of a web server.
    public init(
        url: String, apiKey: String? = nil, timeout: Duration = .seconds(30), authorities: String? = nil,
        maximumRequests: Int = 16
    ) throws(ClientError) {
        guard WebURL(url) != nil, !url.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw ClientError(.invalidURL, "'\(url.shown)' is not the URL of a server, such as http://127.0.0.1:8080")
        }
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        headers = apiKey.map { [("Authorization", "Bearer \($0)")] } ?? []
        self.authorities = authorities
        limits = WebLimits(seconds: timeout / .seconds(1), maximumBytes: 256 << 20)
        sender = WebSender(maximumRequests: maximumRequests)
    }

    // MARK: Classification

    /// Classifies an image.
    ///
    /// - Parameters:
    ///   - bytes: The bytes of an image file.
    ///   - top: The maximum number of classes in the answer; nil for the server's default.
    ///   - crops: The views of the image; nil for the center.
    ///   - explanation: The method of an explanation, such as `grad-cam`; nil for none.
    ///   - includesLogits: Whether the answer has the logits.
    ///   - model: The name of the model; nil if the server has only one.
    ///   - version: The version of the model; nil for the newest.
    /// - Throws: `ClientError`; `CancellationError` if the task is canceled.
    public func classify(
        _ bytes: some Collection<UInt8>, top: Int? = nil, crops: Crops? = nil, explanation: String? = nil,
        includesLogits: Bool = false, model: String? = nil, version: String? = nil
    ) async throws -> Classification {
        let path = try path(model, version, top, crops, explanation, includesLogits)
        return try await send("POST", path, body: Array(bytes), type: "application/octet-stream").decoded()
    }

    /// Classifies several images in one request, of which some may fail.
    ///
    /// - Parameters:
    ///   - images: The bytes of image files.
    ///   - top: The maximum number of classes in each answer; nil for the server's default.
    ///   - crops: The views of the images; nil for the center.
    ///   - explanation: The method of an explanation, such as `grad-cam`; nil for none.
    ///   - includesLogits: Whether the answers have the logits.
    ///   - model: The name of the model; nil if the server has only one.
    ///   - version: The version of the model; nil for the newest.
    /// - Returns: The results in the order of the images.
    /// - Throws: `ClientError` if the request fails; `CancellationError` if the task is canceled.
    public func classify(
        _ images: [[UInt8]], top: Int? = nil, crops: Crops? = nil, explanation: String? = nil,
        includesLogits: Bool = false, model: String? = nil, version: String? = nil
    ) async throws -> [Result<Classification, ClientError>] {
        guard !images.isEmpty else { return [] }
        let path = try path(model, version, top, crops, explanation, includesLogits)
        let form = MultipartForm(images)
        do {
            let answer = try await send("POST", path, body: form.body, type: form.contentType)
            // The answer for one file is no list.
            let results = images.count == 1 ? [try answer.decoded()] : try answer.decoded([ImageResult].self)
            guard results.count == images.count else {
                throw ClientError(
                    .unexpectedAnswer, "the server answered for \(results.count) of \(counted(images.count, "image"))")
            }
            return results.map(\.result)
        } catch let error as ClientError where images.count == 1 && error.isOfImage {
            return [.failure(error)]
        }
    }

    /// The result of an image among several.
    private struct ImageResult: Decodable {
        let result: Result<Classification, ClientError>

        init(from decoder: any Decoder) throws {
            if let failure = try? ErrorAnswer(from: decoder) {
                let code = failure.code.map(ClientError.Code.init) ?? .unreadableImage
                result = .failure(ClientError(code, failure.error))
            } else {
                result = .success(try Classification(from: decoder))
            }
        }
    }

    private func path(
        _ model: String?, _ version: String?, _ top: Int?, _ crops: Crops?, _ explanation: String?, _ hasLogits: Bool
    ) throws(ClientError) -> String {
        guard model != nil || version == nil else {
            throw ClientError(.invalidRequest, "a version needs the name of its model")
        }
        let fields = [
            top.map { "top=\($0)" }, crops.map { "crops=\($0.rawValue)" },
            explanation.map { "explain=\($0.percentEncoded)" }, hasLogits ? "logits=true" : nil,
        ].compactMap(\.self)
        return (model.map { modelPath($0, version) } ?? "") + "/classify"
            + (fields.isEmpty ? "" : "?" + fields.joined(separator: "&"))
    }

    // MARK: Models

    /// The models of the server, also those that are not ready.
    ///
    /// - Throws: `ClientError`; `CancellationError` if the task is canceled.
    public func models() async throws -> [RemoteModel] {
        try await send("GET", "/v1/models").decoded(RemoteModel.List.self).models
    }

    /// A model of the server.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - version: The version; nil for the newest.
    /// - Throws: `ClientError` with the code `notFound` if there is no such model; `CancellationError` if the task is
    ///   canceled.
    public func model(_ name: String, version: String? = nil) async throws -> RemoteModel {
        try await send("GET", modelPath(name, version)).decoded()
    }

    /// Whether the server accepts requests: its models are loaded, and it is not stopping.
    ///
    /// - Throws: `ClientError` if there is no server; `CancellationError` if the task is canceled.
    public func isReady() async throws -> Bool {
        do {
            _ = try await send("GET", "/v2/health/ready")
            return true
        } catch let error as ClientError where error.status == 503 {
            return false
        }
    }

    private func modelPath(_ name: String, _ version: String?) -> String {
        "/v1/models/\(name.percentEncoded)" + (version.map { "/versions/\($0.percentEncoded)" } ?? "")
    }

    // MARK: Requests

    /// Sends a request. Returns the answer of a success.
    private func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, type: String? = nil
    ) async throws -> WebResponse {
        let request = WebRequest(
            method, url + path, headers: headers + (type.map { [("Content-Type", $0)] } ?? []), body: body,
            authorities: authorities)
        do {
            let response = try await sender.send(request, limits: limits)
            guard response.status == 200 else { throw ClientError(response) }
            return response
        } catch let error as WebError {
            throw ClientError(error)
        }
    }
}

extension ClientError {
    /// Whether the error is that of an image, not that of the request.
    fileprivate var isOfImage: Bool { code == .unreadableImage || code == .imageTooLarge }
}

extension WebResponse {
    /// The value in the body.
    fileprivate func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(ClientError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw ClientError(.unexpectedAnswer, "the server's answer is not that of Apus' server", status: status)
        }
    }
}

extension String {
    /// The text as a part of a URL: RFC 3986, section 2.
    fileprivate var percentEncoded: String {
        utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isUnreserved = byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            return isUnreserved ? String(character) : String(printf: "%%%02X", Int(byte))
        }.joined()
    }
}
