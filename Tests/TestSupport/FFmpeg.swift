import Foundation

/// The program ffmpeg, for tests that make videos.
public enum FFmpeg {
    /// Whether it is installed.
    public static let isInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg") }

    /// Whether a run succeeded.
    public static func succeeds(_ arguments: [String], in folder: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-nostdin", "-loglevel", "fatal", "-y"] + arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Writes a video of a moving test image, 96 x 64 pixels with 25 frames a second, in a folder.
    ///
    /// - Parameters:
    ///   - source: The input for the filter `lavfi`.
    ///   - options: Further options for the output.
    public static func writeVideo(
        _ name: String, of source: String = "testsrc2=s=96x64:r=25:d=3", _ options: [String] = [], in folder: String
    ) throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: folder).appending(path: name).deletingLastPathComponent(),
            withIntermediateDirectories: true)
        let isWritten = try succeeds(
            ["-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-q:v", "3"] + options + [name], in: folder)
        guard isWritten else { throw CocoaError(.fileWriteUnknown) }
    }
}
