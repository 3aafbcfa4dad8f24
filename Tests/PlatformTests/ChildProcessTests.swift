import Foundation
import TestSupport
import Testing

@testable import Platform

/// Child processes that run a shell.
@Suite("Child processes") struct ChildProcessTests {
    /// The output, the errors and the end; no end if the deadline was first.
    private func run(
        _ script: String, variables: [String: String?] = [:], limit: Duration = .seconds(60)
    ) throws -> (output: String, errors: String, end: ChildProcess.End?) {
        let process = try ChildProcess("/bin/sh", ["-c", script], variables: variables, readsErrors: true)
        let deadline = ContinuousClock.now + limit
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        func result(_ end: ChildProcess.End?) -> (output: String, errors: String, end: ChildProcess.End?) {
            (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self), end)
        }
        while true {
            switch try process.next(until: deadline) {
            case .output(let bytes): output += bytes
            case .errors(let bytes): errors += bytes
            case .end(let end): return result(end)
            case .late: return result(nil)
            }
        }
    }

    @Test("Both outputs and the end are read") func outputs() throws {
        let short = try run("echo a; echo b >&2; exit 3")
        #expect(short.output == "a\n" && short.errors == "b\n" && short.end == .status(3))
        #expect(try run("kill -TERM $$").end == .signal(SIGTERM))
        let long = try run("head -c 3000000 /dev/zero; head -c 200000 /dev/zero >&2")
        #expect(long.output.utf8.count == 3_000_000 && long.errors.utf8.count == 200_000 && long.end == .status(0))
    }

    @Test("The process has no input, no other descriptors, default signals and its own group") func isolation() throws {
        let open = open("/dev/null", O_RDONLY)
        defer { close(open) }
        #expect(fcntl(open, F_SETFD, 0) == 0)
        #expect(try run("cat; [ -e /proc/$$/fd/\(open) ] || echo closed").output == "closed\n")
        let masks = try run("grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2").output.split(separator: "\n")
        // The last ones belong to the C library.
        #expect(masks.count == 2 && masks.allSatisfy { UInt64($0, radix: 16).map { $0 & 0x7FFF_FFFF } == 0 })
        let group = try run("echo $(cut -d' ' -f5 /proc/$$/stat) $$").output.split(whereSeparator: \.isWhitespace)
        #expect(group.count == 2 && group[0] == group[1])
        #expect(try run("echo $APUS_A-$APUS_B", variables: ["APUS_A": "x y", "APUS_B": nil]).output == "x y-\n")
        // Arguments are bytes, which need not be text.
        #expect(try run("[ '\(String(fileName: [0xE9]))' = \"$(printf '\\351')\" ] && echo same").output == "same\n")
    }

    @Test("What the process leaves running ends with it, and holds nothing up") func group() throws {
        let began = ContinuousClock.now
        let ended = try run("sleep 100 & echo $!; exit 0")
        #expect(ended.end == .status(0))
        #expect(try run("exec >&- 2>&-; sleep 100", limit: .milliseconds(300)).end == nil)
        #expect(try run("while :; do echo; done", limit: .milliseconds(300)).end == nil)
        #expect(ContinuousClock.now - began < .seconds(50))
        let left = try #require(pid_t(ended.output.trimmingCharacters(in: .newlines)))
        // A process that ended may still wait for the system to forget it.
        let state = try? String(contentsOfFile: "/proc/\(left)/stat", encoding: .utf8)
        #expect(state?.contains(") Z ") ?? true, "\(state ?? "")")
    }

    @Test("An interrupted process ends in its own way, and its log has both outputs after what was there")
    func interruption() throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("log", Array("before\n".utf8))
        let script = "trap 'echo saved >&2; exit 130' INT; echo ready; while :; do sleep 0.01; done"
        let process = try ChildProcess("/bin/sh", ["-c", script], log: log)
        let deadline = ContinuousClock.now + .seconds(60)
        func content() throws -> String { try String(contentsOfFile: log, encoding: .utf8) }
        while try content() != "before\nready\n", ContinuousClock.now < deadline { usleep(5000) }
        #expect(process.currentEnd == nil)
        process.interrupt()
        guard case .end(let end) = try process.next(until: deadline) else { return #expect(Bool(false)) }
        #expect(end == .status(130) && process.currentEnd == .status(130))
        #expect(try content() == "before\nready\nsaved\n")
    }

    @Test("A missing program is an error; programs are found only in absolute folders") func programs() throws {
        let error = #expect(throws: FileError.self) { try ChildProcess(nowhere + "/a", []) }
        #expect(error?.operation == "start" && error?.code == ENOENT)
        #expect(ExecutableFile.path(of: "sh", in: "relative:\(nowhere):/bin") == "/bin/sh")
        #expect(ExecutableFile.path(of: "sh", in: ".:bin:") == nil && ExecutableFile.path(of: "bin", in: "/") == nil)
    }
}
