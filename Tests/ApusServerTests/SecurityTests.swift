import ApusClient
import Classifier
import Foundation
import Logging
import Platform
import Serving
import TestSupport
import Testing

@testable import ApusServer

@Suite("Access to a server") struct SecurityTests {
    /// The SHA-256 of `open sesame`.
    private static let digest = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"

    @Test("Keys are found by their hash") func keys() throws {
        let other = String(repeating: "0", count: 64)
        let keys = try APIKeys("# comment\n\n alice : \(Self.digest)\r\nbob:\(other)\n", path: "keys")
        #expect(keys.name(of: "open sesame") == "alice")
        #expect(keys.name(of: "open sesame ") == nil && keys.name(of: "") == nil && keys.name(of: Self.digest) == nil)
        #expect(try keys.name(authorization: "bearer open sesame", apiKey: nil) == "alice")
        #expect(throws: ServingError.self) { try keys.name(authorization: "Basic open sesame", apiKey: nil) }
    }

    @Test(
        "Files of keys that are invalid, without showing their lines",
        arguments: ["", "# only a comment", "alice", "alice:secret", "alice:\(digest)0", ":\(digest)", "a:b:\(digest)"])
    func invalidKeys(text: String) throws {
        let error = #expect(throws: ServingError.self) { try APIKeys(text, path: "keys.txt") }
        #expect(error?.message.hasPrefix("keys.txt: ") == true && error?.message.contains("secret") == false)
    }

    @Test("With keys, only the page and the health are open") func access() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("keys", "alice:\(Self.digest)\n".utf8)
        try await HTTPTestServer.run(configure: { $0.security.apiKeys = file }) { server in
            for path in ["/", "/openapi.json", "/v2/health/live", "/v2/health/ready", "/v2/models/flowers/ready"] {
                #expect(try await server.ask("GET", path).status == 200, "\(path)")
            }
            let unknown = try await server.ask("GET", "/v2/models/flower/ready")
            #expect(unknown.status == 404 && !unknown.text.contains("flowers"))
            for path in ["/v1/models", "/v2", "/metrics", "/v2/models/flowers", "/v1/models/none"] {
                for headers in [[:], ["X-API-Key": "wrong"], ["Authorization": "Bearer "]] {
                    let answer = try await server.ask("GET", path, headers)
                    #expect(answer.status == 401 && answer.code == "unauthorized", "\(path)")
                    #expect(answer.headers["www-authenticate"] == "Bearer")
                }
            }
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 401)
            for headers in [["X-API-Key": "open sesame"], ["Authorization": "Bearer open sesame"]] {
                #expect(try await server.ask("POST", "/classify", headers, body: TestImages.png).status == 200)
            }
            let lines = server.log.withLock { $0 }
            #expect(lines.last?.contains("\"key\":\"alice\"") == true)
            #expect(!lines.contains { $0.contains("sesame") || $0.contains("wrong") })
        }
        #expect(throws: ServingError.self) {
            var configuration = ServingConfiguration()
            configuration.security.apiKeys = nowhere
            _ = try ApusServer(configuration, logger: .init(label: "test"))
        }
    }

    @Test("Metrics on a port of their own need no key") func metricsPort() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("keys", "alice:\(Self.digest)\n".utf8)
        let configure: @Sendable (inout ServingConfiguration) -> Void = { configuration in
            configuration.security.apiKeys = file
            configuration.observation.metricsPort = 0
        }
        try await HTTPTestServer.run(configure: configure) { server in
            #expect(try await server.ask("GET", "/metrics", ["X-API-Key": "open sesame"]).status == 404)
            let connection = try await RawConnection(try #require(server.metricsPort))
            #expect(try await connection.ask("GET", "/metrics").text.contains("apus_model_state"))
            #expect(try await connection.ask("GET", "/v2/health/live").status == 200)
            #expect(try await connection.ask("GET", "/v1/models").status == 404)
            #expect(try await connection.ask("POST", "/classify", body: TestImages.png).status == 404)
        }
    }

    @Test("Pages of other origins may use the server only if it allows them") func sharing() async throws {
        let asking = ["Origin": "https://example.org", "Access-Control-Request-Method": "POST"]
        try await HTTPTestServer.run { server in
            let answer = try await server.ask("GET", "/v1/models", asking)
            #expect(answer.status == 200 && answer.headers["access-control-allow-origin"] == nil)
            #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
            #expect(try await server.ask("OPTIONS", "/classify", asking).status == 405)
            let expected = [
                "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer",
                "cache-control": "no-store",
                "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
            ]
            for (name, value) in expected { #expect(answer.headers[name] == value, "\(name)") }
        }
        try await HTTPTestServer.run(configure: { $0.security.allowedOrigin = "https://example.org" }) { server in
            let answer = try await server.ask("OPTIONS", "/classify", asking)
            #expect(answer.status == 204 && answer.headers["access-control-allow-origin"] == "https://example.org")
            #expect(answer.headers["access-control-allow-headers"]?.contains("x-api-key") == true)
            let other = try await server.ask("GET", "/v1/models", ["Origin": "https://example.com"])
            #expect(other.headers["access-control-allow-origin"] == nil && other.headers["vary"] == "Origin")
            let image = try await server.ask("POST", "/classify", asking, body: TestImages.png)
            #expect(image.headers["access-control-allow-origin"] == "https://example.org" && image.status == 200)
        }
    }

    private static let hasOpenSSL = ["/usr/bin/openssl", "/opt/homebrew/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Makes a certificate for 127.0.0.1 with its key.
    private func makeCertificate(_ folder: TemporaryFolder, _ name: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.hasOpenSSL))
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.path("\(name).key"),
            "-out", folder.path("\(name).crt"),
        ]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test("TLS, with errors for files that do not fit", .enabled(if: hasOpenSSL != nil)) func tls() async throws {
        let folder = try TemporaryFolder()
        try makeCertificate(folder, "a")
        try makeCertificate(folder, "b")
        let (certificate, key) = (folder.path("a.crt"), folder.path("a.key"))
        let configure: @Sendable (inout ServingConfiguration) -> Void = { configuration in
            (configuration.security.tlsCertificate, configuration.security.tlsKey) = (certificate, key)
        }
        try await HTTPTestServer.run(configure: configure) { server in
            let client = try ServerClient(url: "https://127.0.0.1:\(server.port)", authorities: certificate)
            let classifier = try await ImageClassifier(contentsOf: HTTPTestServer.model)
            let expected = try await classifier.predict(TestImages.large)
            #expect(try await client.classify(TestImages.large).label == expected.label)
            let plain = try await RawConnection(server.port)
            await plain.send("GET", "/v2/health/live")
            #expect(try await plain.end() < 20)
        }
        let text = try folder.write("text", "no certificate".utf8)
        let wrong: [(certificate: String, key: String, path: String, code: ApusError.Code)] = [
            (nowhere, key, nowhere, .unreadableFile), (certificate, nowhere, nowhere, .unreadableFile),
            (text, key, text, .damagedFile), (certificate, text, text, .damagedFile),
            (certificate, folder.path("b.key"), folder.path("b.key"), .invalidConfiguration),
        ]
        for (certificate, key, path, code) in wrong {
            var configuration = ServingConfiguration()
            (configuration.security.tlsCertificate, configuration.security.tlsKey) = (certificate, key)
            let error = #expect(throws: ApusError.self) {
                try ApusServer(configuration, logger: .init(label: "test"))
            }
            #expect(error?.path == path && error?.code == code)
        }
    }
}
