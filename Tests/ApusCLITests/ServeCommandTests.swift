import ApusClient
import Foundation
import TestSupport
import Testing

/// `apus serve` as a process, on free ports.
@Suite("The command serve") struct ServeCommandTests {
    /// A server that is ready.
    private final class Server {
        let process: Process
        let url: String
        let client: ServerClient
        private let file: URL

        /// Starts a server and waits until it is ready.
        init(_ arguments: [String], in folder: URL, environment: [String: String] = [:], apiKey: String? = nil) throws {
            process = try Command.process(
                ["serve", "--port", "0", "--grpc-port", "off"] + arguments, environment: environment, folder: folder)
            file = folder.appending(path: "messages-\(UUID().uuidString)")
            try Data().write(to: file)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = try FileHandle(forWritingTo: file)
            try process.run()
            let deadline = Date.now + 120
            var found: Substring?
            while found == nil, process.isRunning, Date.now < deadline {
                usleep(2000)
                found = Self.text(of: file).firstMatch(of: /Serving .* at (http:\S+)/)?.1
            }
            guard let found else {
                process.terminate()
                throw ServerFailure(messages: Self.text(of: file))
            }
            url = String(found)
            client = try ServerClient(url: url, apiKey: apiKey)
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        var messages: String { Self.text(of: file) }

        private static func text(of file: URL) -> String {
            (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        }

        /// Waits for a message.
        func wait(for text: String) {
            let deadline = Date.now + 60
            while !messages.contains(text), process.isRunning, Date.now < deadline { usleep(2000) }
        }

        /// Sends a signal and returns the exit status.
        func end(by signal: Int32) -> Int32 {
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        }
    }

    private struct ServerFailure: Error {
        let messages: String
    }

    /// What `apus predict --format json` prints.
    private struct Row: Decodable {
        let label: String
        let index: Int
        let probability: Double
        let logits: [Float]
    }

    @Test("A photo is answered with what predict prints, SIGTERM ends with 0, and no LibTorch is needed or loaded")
    func photo() async throws {
        let (model, photos) = (try TrainedRun.model, try TrainedRun.photos)
        let photo = photos + "/red/0.png"
        let predicted = try Command("predict", model, photo, "--format", "json", "--logits", "--device", "cpu")
        let row = try #require(try predicted.jsonLines(Row.self).first, "\(predicted.messages)")
        try await withTemporaryFolder { folder in
            let server = try Server(["colors=\(model)"], in: folder, environment: ["APUS_LIBTORCH": nowhere])
            let bytes = try Data(contentsOf: URL(filePath: photo))
            let answer = try await server.client.classify(bytes, includesLogits: true)
            #expect(answer.model == "colors" && answer.version == "1")
            #expect(answer.label == row.label && answer.index == row.index)
            // The command lets all threads compute one image, which may change the last bits.
            let logits = try #require(answer.logits)
            #expect(logits.count == 2 && zip(logits, row.logits).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(abs(answer.probability - row.probability) < 1e-6)
            #expect(try await server.client.isReady())
            #expect(try await server.client.models().map(\.classes) == [["blue", "red"]])

            let damaged = await #expect(throws: ClientError.self) {
                try await server.client.classify(Array("no image".utf8))
            }
            #expect(damaged?.code == .unreadableImage && damaged?.status == 400)
            let heat = await #expect(throws: ClientError.self) {
                try await server.client.classify(bytes, explanation: "grad-cam")
            }
            #expect(heat?.code == .noExplanations && heat?.status == 501)
            #expect(heat?.message.contains(nowhere) == false)

            let maps = try String(contentsOfFile: "/proc/\(server.process.processIdentifier)/maps", encoding: .utf8)
            #expect(maps.contains("libopenvino") && !maps.contains("libtorch") && !maps.contains("libApusTorch"))
            #expect(server.end(by: SIGTERM) == 0)
            let lines = server.messages.split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("colors: OpenVINO ") && $0.contains("2 classes") })
            #expect(!server.messages.contains("warning"), "\(server.messages)")
        }
    }

    @Test("An explanation is the bytes of a PNG file, where LibTorch is installed")
    func explanation() async throws {
        let bytes = try Data(contentsOf: URL(filePath: TrainedRun.photos + "/red/0.png"))
        try await withTemporaryFolder { folder in
            let server = try Server([TrainedRun.model], in: folder)
            let answer = try await server.client.classify(bytes, explanation: "grad-cam")
            #expect(answer.explanation?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
            let unknown = await #expect(throws: ClientError.self) {
                try await server.client.classify(bytes, explanation: "grad-can")
            }
            #expect(unknown?.code == .invalidRequest && unknown?.message.contains("grad-cam, ") == true)
            #expect(server.end(by: SIGINT) == 0)
        }
    }

    @Test("A configuration file is merged with the flags, which override it, and API keys are demanded")
    func settings() async throws {
        try await withTemporaryFolder { folder in
            let key = "0123456789abcdef0123456789abcdef"
            let line = try Command(
                arguments: ["serve", "--hash-key", "camera"], folder: folder,
                prefix: ["sh", "-c", "echo \(key) | \"$0\" \"$@\""])
            #expect(line.status == 0 && line.output.hasPrefix("camera:") && line.output.count == 72, "\(line.output)")
            try Data(line.output.utf8).write(to: folder.appending(path: "keys"))
            let settings = """
                {"models": ["\(try TrainedRun.model)"], "port": 1, "security": {"apiKeys": "keys"},
                 "limits": {"maxBody": 20}}
                """
            try Data(settings.utf8).write(to: folder.appending(path: "serve.json"))
            let server = try Server(["--config", "serve.json"], in: folder, apiKey: key)
            let large = await #expect(throws: ClientError.self) {
                try await server.client.classify([UInt8](repeating: 0, count: 21))
            }
            #expect(large?.code == .bodyTooLarge)
            let stranger = try ServerClient(url: server.url, apiKey: "another")
            let refused = await #expect(throws: ClientError.self) { try await stranger.models() }
            #expect(refused?.code == .unauthorized && refused?.status == 401)
            #expect(server.end(by: SIGTERM) == 0)

            // The flag wins over the file.
            let wide = try Server(["--config", "serve.json", "--max-body", "1kB"], in: folder, apiKey: key)
            let unreadable = await #expect(throws: ClientError.self) {
                try await wide.client.classify([UInt8](repeating: 0, count: 21))
            }
            #expect(unreadable?.code == .unreadableImage)
        }
    }

    @Test("SIGHUP loads a model file that changed, and a broken one leaves the former model")
    func reload() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "m.safetensors")
            let model = try Data(contentsOf: URL(filePath: TrainedRun.model))
            try model.write(to: file)
            let server = try Server(["m.safetensors", "broken=\(nowhere)/b.safetensors"], in: folder)
            // One model that fails does not take the other down.
            #expect(server.messages.contains("broken: ") && server.messages.contains("Serving m at"))
            try model.prefix(model.count / 2).write(to: file, options: .atomic)
            kill(server.process.processIdentifier, SIGHUP)
            server.wait(for: "the former model stays")
            let bytes = try Data(contentsOf: URL(filePath: TrainedRun.photos + "/red/0.png"))
            #expect(try await server.client.classify(bytes, model: "m").version == "1")
            try model.write(to: file, options: .atomic)
            kill(server.process.processIdentifier, SIGHUP)
            server.wait(for: "m: reloaded")
            #expect(server.messages.contains("m: reloaded"), "\(server.messages)")
            #expect(try await server.client.classify(bytes, model: "m").model == "m")
            #expect(server.end(by: SIGTERM) == 0)
        }
    }

    @Test("Without a model that can be loaded, and on a port in use, the command fails")
    func failures() throws {
        try withTemporaryFolder { folder in
            let missing = try Command(
                "serve", "\(nowhere)/a.safetensors", "--port", "0", "--grpc-port", "off", "--host", "0.0.0.0",
                folder: folder)
            #expect(missing.status == 1 && missing.messages.contains("apus: a: "), "\(missing.messages)")
            #expect(!missing.messages.contains("Serving"))
            #expect(missing.messages.contains("warning: everyone who can reach 0.0.0.0"), "\(missing.messages)")
            let other = try LoopbackServer([:])
            defer { other.stop() }
            let taken = try Command(
                "serve", TrainedRun.model, "--port", "\(other.port)", "--grpc-port", "off", folder: folder)
            #expect(taken.status == 1 && taken.messages.contains("\(other.port)"), "\(taken.messages)")
            let config = try Command("serve", "--config", "\(nowhere)/serve.json", folder: folder)
            #expect(config.status == 1 && config.messages.contains("\(nowhere)/serve.json"), "\(config.messages)")
        }
    }

    @Test(
        "Invalid flags are refused before anything is opened",
        arguments: [
            ([], "Missing expected argument"), (["m", "--max-body", "16XB"], "16MB"),
            (["m", "--max-body", "0"], "16MB"), (["m", "--timeout", "soon"], "10s"),
            (["m", "--timeout", "0s"], "--timeout must be"), (["m", "--batch-delay", "1e3"], "2ms"),
            (["m", "--port", "70000"], "--port must be"), (["m", "--grpc-port", "on"], "'on'"),
            (["m", "--port", "8081"], "share a port"), (["m", "--batch-delay", "2ms"], "without --max-batch"),
            (["m", "--max-queue", "0"], "--max-queue must be"), (["m", "--tls-cert", "c.pem"], "require each other"),
            (["m", "--access-log", "xml"], "'xml'"), (["a=m", "a=n"], "two models 'a'"),
            (["a b=m"], "'a b' can't be the name"), (["--hash-key", "a:b"], "can't have ':'"),
            (["--hash-key", "--port", "80"], "--port can't be combined"), (["m", "--workers", "-1"], "--workers"),
        ])
    func invalid(arguments: [String], message: String) throws {
        let command = try Command(arguments: ["serve"] + arguments)
        #expect(command.status == 2 && command.output.isEmpty, "\(arguments): \(command.messages)")
        #expect(command.messages.contains(message), "\(command.messages)")
    }

    @Test("A short key is refused, and its hash is not printed")
    func shortKey() throws {
        let command = try Command(
            arguments: ["serve", "--hash-key"], prefix: ["sh", "-c", "echo 12345 | \"$0\" \"$@\""])
        #expect(command.status == 1 && command.output.isEmpty && command.messages.contains("openssl rand"))
    }
}
