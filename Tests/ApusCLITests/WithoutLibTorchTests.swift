import Foundation
import TestSupport
import Testing

/// Finished classifiers need no LibTorch: such commands work where it is not installed, and don't load it where it is.
@Suite("Without LibTorch") struct WithoutLibTorchTests {
    /// The environment of an installation without LibTorch.
    private let without = ["APUS_LIBTORCH": nowhere]
    /// How the names of libraries begin: LibTorch's, and those that draw.
    private let libTorch = ["libtorch", "libc10", "libApusTorch"]
    private let drawing = ["libpango", "libcairo"]
    /// Where NVIDIA's driver is installed, LibTorch finds the devices unless one is given.
    private let device = FileManager.default.fileExists(atPath: "/dev/nvidiactl") ? ["--device", "cpu"] : []

    /// The libraries that a command and the processes that it starts have loaded, from the loader's log.
    private func libraries(
        of arguments: [String], environment: [String: String] = [:]
    ) throws -> (Command, Set<String>) {
        try withTemporaryFolder { folder in
            let log = ["LD_DEBUG": "files", "LD_DEBUG_OUTPUT": folder.appending(path: "log").path]
            let command = try Command(arguments: arguments, environment: environment.merging(log) { $1 })
            var names: Set<String> = []
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
                for line in text.split(separator: "\n") where line.contains("calling init: ") {
                    names.insert(line.split(separator: "/").last.map(String.init) ?? "")
                }
            }
            return (command, names)
        }
    }

    private func contains(_ names: Set<String>, _ beginnings: [String]) -> Bool {
        names.contains { name in beginnings.contains { name.hasPrefix($0) } }
    }

    /// The output without the times of predictions.
    private func results(_ command: Command) -> [String] {
        command.outputLines.map { line in
            var fields = line.split(separator: ",", omittingEmptySubsequences: false)
            if fields.count == 8 { fields.remove(at: 4) }
            return fields.joined(separator: ",")
        }
    }

    @Test("The loader's log has the libraries that a command opens") func log() throws {
        let (command, names) = try libraries(of: ["summary", "small_cnn"])
        #expect(command.status == 0 && contains(names, libTorch) && !contains(names, drawing), "\(names.sorted())")
    }

    #if os(Linux)
        @Test("The command links what every command needs, and of Foundation only FoundationEssentials")
        func links() throws {
            let linked = try Command(arguments: [], prefix: ["ldd"]).output
            #expect(linked.contains("libc.so"))
            #expect(!(libTorch + drawing + ["libopenvino"]).contains { linked.contains($0) }, "\(linked)")
            // Names of modules in symbols have their length before them. The other modules have ICU inside, which adds
            // 44 MB to a static program.
            let names = try Command(arguments: [], prefix: ["nm", "--dynamic", "--undefined-only"]).outputLines
            #expect(names.contains { $0.contains("20FoundationEssentials") })
            let large = names.filter { $0.contains("10Foundation") || $0.contains("30FoundationInternationalization") }
            #expect(large.isEmpty)
        }
    #endif

    @Test("The version and the help load nothing", arguments: ["--version", "--help"])
    func nothing(argument: String) throws {
        let (command, names) = try libraries(of: [argument], environment: without)
        #expect(command.status == 0 && !command.output.isEmpty && command.messages.isEmpty)
        #expect(!contains(names, libTorch + drawing + ["libopenvino", "libcurl"]), "\(names.sorted())")
    }

    @Test("Commands for finished classifiers have the same results, and never load LibTorch")
    func finished() throws {
        try withTemporaryFolder { folder in
            let (model, photos) = (try TrainedRun.model, try TrainedRun.photos)
            let run = try TrainedRun.folder.get().appending(path: "run").path
            let (sheet, onnx) = (folder.appending(path: "a.png").path, folder.appending(path: "a.onnx").path)
            let commands: [[String]] = [
                ["predict", model, photos, "--format", "csv"] + device,
                ["evaluate", model, photos, "--quiet"] + device,
                ["compare", run, "--format", "csv"], ["models", "--format", "json"], ["data", "check", photos],
                ["data", "show", photos, "--out", sheet],
                ["export", model, "--with-preprocessing", "pixels", "--out", onnx],
            ]
            for arguments in commands {
                let (command, names) = try libraries(of: arguments)
                #expect(command.status == 0, "\(arguments): \(command.messages)")
                #expect(!contains(names, libTorch), "\(arguments): \(names.sorted())")
                #expect(contains(names, drawing) == (arguments[1] == "show"), "\(arguments): \(names.sorted())")
                let written = FileManager.default.contents(atPath: onnx)
                let other = try Command(arguments: arguments, environment: without)
                #expect(other.status == 0, "\(arguments): \(other.messages)")
                #expect(results(command) == results(other), "\(arguments)")
                #expect(!(command.messages + other.messages).contains("LibTorch"), "\(arguments): \(other.messages)")
                #expect(FileManager.default.contents(atPath: onnx) == written, "\(arguments)")
            }
            #expect(FileManager.default.fileExists(atPath: onnx) && FileManager.default.fileExists(atPath: sheet))
        }
    }

    @Test("The other commands say that LibTorch is missing, and what to do")
    func others() throws {
        let (model, photos) = (try TrainedRun.model, try TrainedRun.photos)
        try withTemporaryFolder { folder in
            let commands: [(name: String, arguments: [String])] = [
                ("train", [photos, "--model", "small_cnn", "--fresh"]),
                ("calibrate", [model, photos, "--out", "a.safetensors"]),
                ("explain", [model, photos + "/red/0.png"]), ("embed", [model, photos, "--out", "a.csv"]),
                ("summary", ["small_cnn"]), ("export", [model, "--format", "pth"]), ("data labels", [photos]),
                ("predict", [model, photos, "--engine", "libtorch"]),
            ]
            let reason = "APUS_LIBTORCH=\(nowhere) has no libApusTorch.so and no libtorch_cpu.so"
            for (name, arguments) in commands {
                let command = try Command(
                    arguments: name.split(separator: " ").map(String.init) + arguments, environment: without,
                    folder: folder)
                #expect(command.status == 1 && command.output.isEmpty, "\(name): \(command.messages)")
                let subject = name == "predict" ? "\(model): the network" : "'apus \(name)'"
                let sentence = "\(subject) needs LibTorch, which is not installed: \(reason); unpack apus-train-"
                #expect(command.messages.contains(sentence), "\(name): \(command.messages)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "nothing is written")
        }
    }

    @Test("A model file without a graph needs LibTorch until its compiled form is in the cache")
    func older() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "older.safetensors")
            let bytes = try Data(contentsOf: URL(filePath: TrainedRun.model))
            let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            let parsed = try JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(length))
            var header = try #require(parsed as? [String: Any])
            var metadata = try #require(header["__metadata__"] as? [String: String])
            let graph = metadata.removeValue(forKey: "apus-graph")
            try #require(graph != nil)
            metadata.removeValue(forKey: "apus-checksums")
            header["__metadata__"] = metadata
            var text = try JSONSerialization.data(withJSONObject: header)
            while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
            var older = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
            older.append(text)
            older.append(bytes.dropFirst(8 + length))
            try older.write(to: file)

            let arguments = ["predict", file.path, try TrainedRun.photos, "--format", "csv"] + device
            let missing = try Command(arguments: arguments, environment: without)
            #expect(missing.status == 1, "\(missing.output)")
            #expect(
                missing.messages.contains("\(file.path): the network needs LibTorch, which is not installed"),
                "\(missing.messages)")
            let (traced, names) = try libraries(of: arguments)
            #expect(traced.status == 0 && contains(names, libTorch), "\(traced.messages)")
            let (cached, others) = try libraries(of: arguments, environment: without)
            #expect(cached.status == 0 && !contains(others, libTorch), "\(cached.messages)")
            #expect(results(cached) == results(traced))
        }
    }

    @Test("A process that predicts has OpenVINO in its memory, and no LibTorch") func maps() throws {
        let process = try Command.process(["predict", TrainedRun.model, "-", "--format", "json", "--quiet"] + device)
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data("\(TrainedRun.photos)/red/0.png\n".utf8))
        // The list has not ended, so the process waits for more after its first result.
        let result = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let maps = try String(contentsOfFile: "/proc/\(process.processIdentifier)/maps", encoding: .utf8)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && result.contains("\"label\":\"red\""), "\(result)")
        let names = Set(maps.split(separator: "\n").compactMap { $0.split(separator: "/").last.map(String.init) })
        #expect(contains(names, ["libopenvino"]), "\(names.sorted())")
        #expect(!contains(names, libTorch + drawing), "\(names.sorted())")
    }
}
