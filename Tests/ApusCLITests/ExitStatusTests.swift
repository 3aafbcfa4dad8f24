import Foundation
import TestSupport
import Testing

/// Each exit status is in the table of `docs/formats.md`.
@Suite("Exit status", .serialized) struct ExitStatusTests {
    /// Thousands of links to the photos of the trained run, so that commands are still at work when the signal comes.
    private static let many: Result<URL, any Error> = Result {
        let photos = try TrainedRun.folder.get().appending(path: "photos")
        let folder = try TrainedRun.folder.get().appending(path: "many")
        for name in ["blue", "red"] {
            let classFolder = folder.appending(path: name)
            try FileManager.default.createDirectory(at: classFolder, withIntermediateDirectories: true)
            for number in 0..<4000 {
                try FileManager.default.linkItem(
                    at: photos.appending(path: "\(name)/\(number % 5).png"),
                    to: classFolder.appending(path: "\(number).png"))
            }
        }
        return folder
    }

    /// Runs a command, sends it a signal as soon as it has printed a text, and returns its status, as a shell shows it.
    private func status(
        _ arguments: [String], _ number: Int32, after text: String, input: String? = nil, prefix: [String] = []
    ) throws -> Int32 {
        try withTemporaryFolder { folder in
            let process = try Command.process(arguments, folder: folder)
            let printed = folder.appending(path: "printed")
            try Data().write(to: printed)
            let file = try FileHandle(forWritingTo: printed)
            (process.standardOutput, process.standardError) = (file, file)
            if !prefix.isEmpty, let command = process.executableURL?.path {
                process.arguments = prefix.dropFirst() + [command] + arguments
                process.executableURL = URL(filePath: prefix[0])
            }
            let pipe = Pipe()
            if let input {
                process.standardInput = pipe
                try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            }
            try process.run()
            let deadline = Date.now + 120
            while process.isRunning, Date.now < deadline,
                try !String(contentsOf: printed, encoding: .utf8).contains(text)
            {
                usleep(2000)
            }
            let output = try String(contentsOf: printed, encoding: .utf8)
            try #require(process.isRunning, "\(output)")
            kill(prefix.isEmpty ? process.processIdentifier : try child(of: process.processIdentifier), number)
            let end = Date.now + 60
            while process.isRunning, Date.now < end { usleep(2000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        }
    }

    private func child(of process: Int32) throws -> Int32 {
        let children = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
        return try #require(children.split(separator: " ").first.flatMap { Int32($0) })
    }

    @Test(
        "Ctrl-C ends a long command with 130, SIGTERM with 143",
        arguments: [
            (["evaluate", "MODEL", "MANY", "--split", "all"], SIGINT, "labels from folder names"),
            (["embed", "MODEL", "MANY", "--out", "f.csv"], SIGTERM, "labels from folder names"),
            (["data", "check", "MANY"], SIGINT, "labels from folder names"),
            (["data", "labels", "MANY", "--model", "MODEL"], SIGTERM, "labels from folder names"),
            (["calibrate", "MODEL", "MANY", "--out", "c.safetensors"], SIGINT, "labels from folder names"),
            (["predict", "MODEL", "MANY", "--format", "csv"], SIGTERM, "blue/"),
            (["explain", "MODEL", "MANY", "--out", "explained"], SIGINT, "blue/"),
            (
                ["export", "MODEL", "--int8", "--calibrate", "MANY", "--calibration-images", "8000"], SIGTERM,
                "labels from"
            ),
            (["train", "MANY", "--model", "small_cnn", "--fresh", "--find-lr"], SIGINT, "labels from folder names"),
            (["train", "MANY", "--model", "small_cnn", "--fresh"], SIGTERM, "labels from folder names"),
        ] as [([String], Int32, String)])
    func signals(arguments: [String], number: Int32, text: String) throws {
        let (model, many) = (try TrainedRun.model, try Self.many.get().path)
        let arguments = arguments.map { $0 == "MODEL" ? model : $0 == "MANY" ? many : $0 }
        #expect(try status(arguments, number, after: text) == 128 + number)
    }

    @Test("A command that waits for standard input ends, too") func waiting() throws {
        let image = try TrainedRun.photos + "/blue/0.png\n"
        for number in [SIGINT, SIGTERM] {
            #expect(
                try status(["predict", TrainedRun.model, "-"], number, after: "blue/0.png  ", input: image) == 128
                    + number)
        }
    }

    /// Starts a command as the first process of a container. It needs a `/proc` of its own: Swift's Dispatch, which looks
    /// for its threads there, ends a process that does not have them.
    private static let container = [
        "/usr/bin/unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc",
    ]

    /// Whether this machine lets a process be the first one of a container.
    private static let hasContainers: Bool =
        (try? Command(arguments: [], prefix: container))?.status == 0

    @Test(
        "The first process of a container ends at signals, which the system would ignore", .enabled(if: hasContainers))
    func firstProcess() throws {
        let image = try TrainedRun.photos + "/blue/0.png\n"
        for number in [SIGINT, SIGTERM] {
            let status = try status(
                ["predict", TrainedRun.model, "-"], number, after: "blue/0.png  ", input: image, prefix: Self.container)
            #expect(status == 128 + number)
        }
    }

    @Test(
        "Success is 0, a failure 1, invalid usage 2",
        arguments: [
            (["--version"], 0), (["--help"], 0), (["help", "data", "check"], 0), (["help", "help"], 0), (["data"], 0),
            (["models"], 0),
            (["summary", "small_cnn"], 0), (["predict", "MODEL", "PHOTOS/red/0.png"], 0),
            (["predict", "MODEL", "PHOTOS/none.png"], 1), (["explain", "MODEL", "PHOTOS/none.png"], 1),
            (["embed", "MODEL", "PHOTOS/none", "--out", "f.csv"], 1), (["evaluate", "MODEL", "PHOTOS/none"], 1),
            (["data", "check", "PHOTOS/none"], 1), (["compare", "PHOTOS"], 1), (["export", "PHOTOS/none.pth"], 1),
            (["summary", "resnet81"], 1), (["predict"], 2), (["predict", "MODEL"], 2), (["nothing"], 2),
            (["help", "nothing"], 2), (["data", "nothing"], 2), (["models", "--format", "csv"], 2),
            (["compare", "PHOTOS", "--dark"], 2),
        ] as [([String], Int32)])
    func statuses(arguments: [String], expected: Int32) throws {
        let (model, photos) = (try TrainedRun.model, try TrainedRun.photos)
        let arguments = arguments.map { $0.replacing("MODEL", with: model).replacing("PHOTOS", with: photos) }
        let command = try Command(arguments: arguments)
        #expect(command.status == expected, "\(arguments): \(command.messages)")
        if expected != 0 { #expect(command.output == "" && !command.messages.isEmpty) }
    }
}
