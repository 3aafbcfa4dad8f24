import Foundation
import TestSupport
import Testing
import TorchVision

/// Runs the command as a process.
struct Command {
    let status: Int32
    let output: String
    let messages: String

    var outputLines: [String] { output.split(separator: "\n").map(String.init) }

    /// Runs `apus` with these arguments and waits for it to end.
    init(_ arguments: String..., environment: [String: String] = [:], folder: URL? = nil) throws {
        try self.init(arguments: arguments, environment: environment, folder: folder)
    }

    /// Runs `apus` through the command `prefix`, which runs another command with its arguments.
    init(
        arguments: [String], environment: [String: String] = [:], folder: URL? = nil, prefix: [String] = []
    ) throws {
        let process = try Self.process(arguments, environment: environment, folder: folder)
        if !prefix.isEmpty {
            process.arguments = prefix + [try Self.executable.path] + arguments
            process.executableURL = URL(filePath: "/usr/bin/env")
        }
        // Files, because an unread pipe can fill up while the process runs.
        let files = FileManager.default.temporaryDirectory.appending(path: "apus-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let (output, messages) = (files.appending(path: "output"), files.appending(path: "messages"))
        for file in [output, messages] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        self.output = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        self.messages = String(decoding: try Data(contentsOf: messages), as: UTF8.self)
    }

    /// A process that is ready to run.
    static func process(
        _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = try executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // The tests' own home, so that files of the command do no harm there.
        process.currentDirectoryURL = folder ?? URL(filePath: ProcessInfo.processInfo.environment["HOME"] ?? "/")
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// The command, built into the folder of the tests.
    private static var executable: URL {
        get throws {
            let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            let command = tests.deletingLastPathComponent().appending(path: "apus")
            try #require(FileManager.default.isExecutableFile(atPath: command.path), "\(command.path) is not built")
            return command
        }
    }

    /// The output as JSON.
    func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(output.utf8))
    }

    /// Each line of the output as JSON.
    func jsonLines<Value: Decodable>(_ type: Value.Type = Value.self) throws -> [Value] {
        try outputLines.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}

/// Images of one color per class, in class folders.
func writeImages(in folder: URL, count: Int = 5) throws {
    let colors = ["blue": RGBColor(red: 20, green: 40, blue: 220), "red": RGBColor(red: 220, green: 30, blue: 20)]
    for (name, color) in colors {
        let classFolder = folder.appending(path: name)
        try FileManager.default.createDirectory(at: classFolder, withIntermediateDirectories: true)
        for number in 0..<count {
            let image = Image(width: 30 + number, height: 32, filledWith: color)
            try Data(image.pngData()).write(to: classFolder.appending(path: "\(number).png"))
        }
    }
}

/// A file that describes a network for 24 x 24 pixels, which trains in a moment.
func writeTinyNetwork(in folder: URL) throws -> String {
    let file = folder.appending(path: "tiny.network")
    try Data("input 3x24x24\nfeatures:\nconv:8:3, relu, maxpool:2\nclassifier:\nlinear:classes\n".utf8).write(to: file)
    return file.path
}

/// A folder with images in `photos` and a run of the small network on them in `run`, created once.
enum TrainedRun {
    static let folder: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-trained-\(UUID().uuidString)")
        try writeImages(in: folder.appending(path: "photos"))
        let command = try Command(
            "train", folder.appending(path: "photos").path, "--model", "small_cnn", "--fresh", "--epochs", "1",
            "--batch-size", "4", "--out", folder.appending(path: "run").path, "--quiet")
        try #require(command.status == 0, "\(command.messages)")
        atexit { if let folder = try? TrainedRun.folder.get() { try? FileManager.default.removeItem(at: folder) } }
        return folder
    }

    static var model: String { get throws { try folder.get().appending(path: "run/best.safetensors").path } }
    static var photos: String { get throws { try folder.get().appending(path: "photos").path } }
}
