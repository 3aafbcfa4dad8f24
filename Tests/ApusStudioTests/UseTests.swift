import Foundation
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

@Suite("Using a run") struct UseTests {
    /// Writes its arguments and the file of an export. With a file `fail` in its folder, it fails.
    private static let exporting = """
        here=$(dirname "$0")
        printf '%s\\n' "$@" > "$here/arguments"
        while [ "$1" != --out ]; do shift; done
        echo half > "$2"
        if [ -e "$here/fail" ]; then printf 'a note\\napus: the disk is full\\n' >&2; exit 1; fi
        while [ -e "$here/wait" ]; do sleep 0.01; done
        echo exported > "$2"
        """

    private func state(_ client: RouteClient, _ kind: String) async throws -> [JSONValue?] {
        let answer = try await client.get("runs/one/use")
        let place = try #require(["model", "onnx", "int8", "pth"].firstIndex(of: kind))
        #expect(answer["files.\(place).kind"]?.text == kind)
        return ["state", "name", "bytes", "message"].map { answer["files.\(place).\($0)"] }
    }

    @Test("Files are exported by a child, appear when they are complete, and are downloaded")
    func exports() async throws {
        let made = try ModelProject(photos: 3, test: 1, script: Self.exporting)
        let model = try made.addRun("one", table: [])
        let client = try await RouteClient(UseRoutes(made.context, made.runs))
        #expect(try await state(client, "model").prefix(2) == [.text("ready"), .text("one.safetensors")])
        #expect(try await client.get("runs/one/files/model").bytes == fileBytes(model))
        #expect(try await state(client, "onnx") == [.text("none"), .text("one.onnx"), .null, .null])
        #expect(try await client.get("runs/one/files/onnx").status == 404)

        let table = made.project.path(inside: "runs/one.csv")
        for (kind, name, expected) in [
            ("onnx", "one.onnx", ["--format", "onnx", "--with-preprocessing", "pixels"]),
            ("int8", "one-int8.onnx", ["--format", "onnx", "--int8", "--calibrate", table]),
            ("pth", "one.pth", ["--format", "pth"]),
        ] {
            let answer = try await client.post("runs/one/export", json: "{\"kind\":\"\(kind)\"}")
            #expect(answer["job.kind"]?.text == "export" && answer["job.run"]?.text == "one")
            try await made.settle()
            #expect(try await state(client, kind) == [.text("ready"), .text(name), .number(9), .null])
            #expect(try await client.get("runs/one/files/\(kind)").bytes == Array("exported\n".utf8))
            let arguments = String(decoding: try fileBytes(made.folder.path("bin/arguments")), as: UTF8.self)
                .split(separator: "\n").map(String.init)
            #expect(arguments.prefix(3) == ["export", model, "--out"] && Array(arguments.dropFirst(4)) == expected)
            #expect(arguments[3].hasSuffix(name.hasSuffix(".pth") ? ".pth" : ".onnx"))
        }
        let folder = made.project.path(inside: "exports/one")
        #expect(try Set(entryNames(of: folder)) == ["one.onnx", "one-int8.onnx", "one.pth"])

        // A newer model makes the files old.
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: model)
        #expect(try await state(client, "onnx").first == .text("none"))
        #expect(try await client.post("runs/one/export", json: "{\"kind\":\"tflite\"}").status == 400)
        #expect(try await client.post("runs/two/export", json: "{\"kind\":\"onnx\"}").status == 404)
    }

    @Test("A failed or canceled export leaves nothing behind, and says why") func failures() async throws {
        let made = try ModelProject(photos: 3, test: 1, script: Self.exporting)
        try made.addRun("one")
        let client = try await RouteClient(UseRoutes(made.context, made.runs))
        try made.folder.write("bin/fail")
        _ = try await client.post("runs/one/export", json: "{\"kind\":\"pth\"}")
        try await made.settle()
        #expect(
            try await state(client, "pth") == [.text("failed"), .text("one.pth"), .null, .text("the disk is full")])
        try removeFile(made.folder.path("bin/fail"))
        try made.folder.write("bin/wait")
        let answer = try await client.post("runs/one/export", json: "{\"kind\":\"pth\"}")
        let again = try await client.post("runs/one/export", json: "{\"kind\":\"pth\"}")
        let other = try await client.post("runs/one/export", json: "{\"kind\":\"onnx\"}")
        #expect(answer["job.id"] == again["job.id"] && answer["job.id"] != other["job.id"])
        #expect(try await state(client, "pth").first == .text("running"))
        for job in made.context.jobs.all where !job.state.isOver { try made.context.jobs.cancel(job.id) }
        try await made.settle()
        #expect(made.context.jobs.all.map(\.state) == [.failed, .canceled, .canceled])
        #expect(try entryNames(of: made.project.path(inside: "exports/one")) == [])
        #expect(try await state(client, "pth").first == .text("none"))
        try removeFile(made.project.path(inside: "runs/one.csv"))
        #expect(try await client.post("runs/one/export", json: "{\"kind\":\"int8\"}").status == 409, "it has no table")
    }

    /// Says that it serves, and does so until Ctrl-C.
    private static let serving = """
        here=$(dirname "$0")
        printf '%s\\n' "$@" > "$here/arguments"
        if [ -e "$here/fail" ]; then echo 'apus: one: the file is damaged' >&2; exit 1; fi
        trap 'echo stopped >> "$here/ends"; exit 0' INT
        echo 'one: OpenVINO, 3 classes, 0.10 s' >&2
        printf 'Serving one at http://127.0.' >&2
        echo '0.1:4321' >&2
        while :; do sleep 0.01; done
        """

    @Test("A server is started once, its address is known when it is ready, and it ends when it is told to")
    func servers() async throws {
        let made = try ModelProject(photos: 3, test: 1, script: Self.serving)
        let model = try made.addRun("one")
        let routes = UseRoutes(made.context, made.runs)
        let client = try await RouteClient(routes)
        #expect(try await client.get("runs/one/use")["serving"] == .null)
        #expect(try await client.post("runs/one/serve")["url"]?.text == "http://127.0.0.1:4321")
        #expect(try await client.post("runs/one/serve")["url"]?.text == "http://127.0.0.1:4321")
        #expect(try await client.get("runs/one/use")["serving.url"]?.text == "http://127.0.0.1:4321")
        let arguments = String(decoding: try fileBytes(made.folder.path("bin/arguments")), as: UTF8.self)
        #expect(arguments.hasPrefix("serve\n\(model)\n--port\n0\n--grpc-port\noff\n"))
        #expect(try await client.post("runs/one/serve/stop").status == 204)
        func ends() throws -> String { String(decoding: try fileBytes(made.folder.path("bin/ends")), as: UTF8.self) }
        #expect(try ends() == "stopped\n")
        #expect(try await client.get("runs/one/use")["serving"] == .null)

        _ = try await client.post("runs/one/serve")
        await routes.stopAll()
        #expect(try ends() == "stopped\nstopped\n")
        #expect(try await client.post("runs/one/serve").status == 503, "the studio is ending")
    }

    @Test("A server that fails says why, and can be started again") func failingServer() async throws {
        let made = try ModelProject(photos: 3, test: 1, script: Self.serving)
        try made.addRun("one")
        let routes = UseRoutes(made.context, made.runs)
        let client = try await RouteClient(routes)
        try made.folder.write("bin/fail")
        let failed = try await client.post("runs/one/serve")
        #expect(failed.status == 500 && failed.error.contains("the file is damaged"))
        try removeFile(made.folder.path("bin/fail"))
        #expect(try await client.post("runs/one/serve").status == 200)
        await routes.stopAll()
    }

    @Test("Commands name the files of the run") func commands() async throws {
        let made = try ModelProject(photos: 3, test: 1)
        let model = try made.addRun("one")
        let client = try await RouteClient(UseRoutes(made.context, made.runs))
        let answer = try await client.get("runs/one/use")
        #expect(answer["commands.predict"]?.text == "apus predict \(model.commandWord) photo.jpg")
        #expect(answer["commands.serve"]?.text == "apus serve \(model.commandWord)")
        let table = made.project.path(inside: "runs/one.csv").commandWord
        #expect(answer["commands.evaluate"]?.text == "apus evaluate \(model.commandWord) \(table)")
        #expect(answer["commands.train"]?.text?.hasPrefix("apus train \(table) --config ") == true)
        #expect(answer["commands.swift"]?.text?.contains("contentsOf: \(model.swiftLiteral))") == true)
    }

    @Test(
        "A shell reads a word of a command as the path that it stands for",
        arguments: [
            Array("/plain/a.csv".utf8), Array("/a b/c".utf8), Array("/it's/\"x\"/$HOME/`id`/\\".utf8),
            Array("/a\nb\u{1B}[1m".utf8),
            Array("/é 漢字/\u{202E}x".utf8), [0x2F, 0xE9, 0x27, 0x0A, 0x41], Array("/*?[a]~;&|<>(){}!#".utf8),
        ])
    func words(_ bytes: [UInt8]) throws {
        let path = String(fileName: bytes)
        #expect(path.commandWord.printable == path.commandWord, "it shows what it is")
        let shell = try ChildProcess("/bin/bash", ["-c", "printf %s " + path.commandWord])
        var output: [UInt8] = []
        while true {
            switch try shell.next(until: .now + .seconds(30)) {
            case .output(let more): output += more
            case .end:
                #expect(output == bytes)
                return
            case .errors, .late: break
            }
        }
    }

    @Test("A string literal of Swift stands for the path") func literals() {
        #expect("/a b/\"c\"\\(d)\n".swiftLiteral == #""/a b/\"c\"\\(d)\u{a}""#)
        #expect("/é漢".swiftLiteral == "\"/é漢\"")
        #expect(String(fileName: [0x2F, 0xE9]).swiftLiteral == #""/\u{10fee9}""#)
    }
}
