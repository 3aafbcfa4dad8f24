import Foundation
import Inference
import Platform
import TestSupport
import Testing

@testable import Classifier

/// Trials with a script that crashes, hangs or prints.
@Suite("Trials of ONNX files in another process")
struct ModelTrialTests {
    /// Makes a program of a shell script.
    private func program(_ script: String, in folder: URL) throws -> String {
        let path = folder.appending(path: "program").path
        // Another process writes it: a process started at the same time could hold the file open and block its
        // execution.
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", #"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod +x "$2""#, "sh", script, path]
        try shell.run()
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0)
        return path
    }

    /// The error of a trial; empty if it succeeds.
    private func fault(
        _ script: String, path: String = "network.onnx", limit: Duration = .seconds(60), in folder: URL
    ) throws -> String {
        let program = try program(script, in: folder)
        do {
            try ModelTrial.run(
                program, path, InferenceShares(batchSize: 1, streams: 2, threads: 3), limit: limit)
            return ""
        } catch let error as InferenceError {
            return error.message
        }
    }

    @Test("A file that crashes the other process is an error that names it")
    func death() throws {
        try withTemporaryFolder { folder in
            for signal in ["SEGV", "ABRT", "KILL"] {
                let fault = try fault("kill -\(signal) $$", in: folder)
                #expect(fault.hasPrefix("network.onnx: OpenVINO crashed"), "\(signal): \(fault)")
            }
            #expect(
                try fault("kill -XCPU $$", in: folder).hasPrefix("network.onnx: OpenVINO did not open it within")
            )
            #expect(try fault("exit 3", in: folder).hasPrefix("network.onnx: OpenVINO crashed"))
        }
    }

    @Test("A process that hangs is ended after a timeout, even if it closes its output")
    func hang() throws {
        try withTemporaryFolder { folder in
            for redirection in ["", "exec >&-; "] {
                let began = ContinuousClock.now
                let script = "echo $$ > '\(folder.path)/pid'; \(redirection)exec sleep 100"
                let fault = try fault(script, limit: .milliseconds(1500), in: folder)
                #expect(fault.hasPrefix("network.onnx: OpenVINO did not open it within the time"), "\(fault)")
                #expect(ContinuousClock.now - began < .seconds(60))
                let text = try String(contentsOf: folder.appending(path: "pid"), encoding: .utf8)
                let process = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
                #expect(kill(process, 0) != 0, "it is gone")
            }
        }
    }

    @Test("The output of the process is the reason, regardless of its length; only status 0 is success")
    func output() throws {
        try withTemporaryFolder { folder in
            let reason = try fault("echo 'network.onnx: it is wrong'; exit 1", in: folder)
            #expect(reason == "network.onnx: it is wrong")
            let long = try fault("head -c 1000000 /dev/zero | tr '\\0' a; exit 1", in: folder)
            #expect(long.count == 4096)
            let success = try fault("echo nothing; echo here >&2", in: folder)
            #expect(success.isEmpty)
        }
    }

    @Test("The file name reaches the process byte for byte, followed by the shares")
    func arguments() throws {
        try withTemporaryFolder { folder in
            let bytes = [UInt8]("caf".utf8) + [0xE9, 0x20, 0xFF] + [UInt8](".onnx".utf8)
            let script = "printf '%s' \"$2\" > '\(folder.path)/name'; echo \"$1 $3 $#\"; exit 1"
            let answer = try fault(script, path: String(fileName: bytes), in: folder)
            #expect(answer == "try-model 1,2,3 3")
            let name = try Data(contentsOf: folder.appending(path: "name"))
            #expect(Array(name) == bytes)
        }
    }

    @Test("A missing program is an error, and a canceled task ends the process")
    func otherEnds() async throws {
        let shares = InferenceShares(batchSize: 1, streams: 1, threads: 1)
        let error = #expect(throws: InferenceError.self) {
            try ModelTrial.run("\(nowhere)/apus", "a.onnx", shares, limit: .seconds(60))
        }
        #expect(error?.message.hasPrefix("a.onnx: the process to try the file could not be started") == true)
        try await withTemporaryFolder { folder in
            let program = try program("exec sleep 100", in: folder)
            let trial = Task { try ModelTrial.run(program, "a.onnx", shares, limit: .seconds(60)) }
            trial.cancel()
            await #expect(throws: CancellationError.self) { try await trial.value }
        }
    }
}
