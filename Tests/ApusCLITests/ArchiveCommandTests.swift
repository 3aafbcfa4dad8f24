import Foundation
import TestSupport
import Testing

@Suite("Archives on the command line") struct ArchiveCommandTests {
    /// The photos of the trained run, packed.
    private func packed(_ name: String, in folder: URL) throws -> String {
        let photos = URL(filePath: try TrainedRun.photos)
        var files: [ArchivedFile] = []
        for label in ["blue", "red"] {
            for number in 0..<5 {
                let content = try Data(contentsOf: photos.appending(path: "\(label)/\(number).png"))
                files.append(ArchivedFile("photos/\(label)/\(number).png", content).with { $0.method = 8 })
            }
        }
        let bytes =
            switch name.split(separator: ".").last {
            case "zip": ArchiveBytes.zip(files)
            case "tar": ArchiveBytes.tar(files)
            case "gz": ArchiveBytes.gzip(ArchiveBytes.tar(files))
            default: ArchiveBytes.zstandard(ArchiveBytes.tar(files))
            }
        let path = folder.appending(path: name)
        try Data(bytes).write(to: path)
        return path.path
    }

    private struct Row: Decodable {
        let file: String
        let label: String?
        let probability: Double?
    }

    /// The predictions of a command, with the names of files below a folder.
    private func predictions(_ command: Command, below folder: String) throws -> [String] {
        try command.jsonLines(Row.self).map { row in
            #expect(row.file.hasPrefix(folder))
            return "\(row.file.dropFirst(folder.count)) \(row.label ?? "") \(row.probability ?? -1)"
        }
    }

    @Test(
        "predict gives the same for an archive as for its folder",
        arguments: ["a.zip", "a.tar", "a.tar.gz", "a.tar.zst"])
    func predict(name: String) throws {
        try withTemporaryFolder { folder in
            let archive = try packed(name, in: folder)
            let one = try Command("predict", TrainedRun.model, TrainedRun.photos, "--format", "json", "--quiet")
            let other = try Command("predict", TrainedRun.model, archive, "--format", "json", "--quiet")
            #expect(other.status == 0, "\(other.messages)")
            let expected = try predictions(one, below: TrainedRun.photos)
            #expect(expected.count == 10)
            #expect(try predictions(other, below: archive + "/photos") == expected)
            let single = try Command("predict", TrainedRun.model, archive + "/photos/red/1.png", "--quiet")
            #expect(single.status == 0 && single.output.contains("1.png"), "\(single.messages)")
        }
    }

    @Test("train and --resume take an archive, and evaluate does") func train() throws {
        try withTemporaryFolder { folder in
            let archive = try packed("photos.tar.gz", in: folder)
            let run = folder.appending(path: "run").path
            let trained = try Command(
                "train", archive, "--model", "small_cnn", "--fresh", "--epochs", "1", "--batch-size", "4", "--out", run)
            #expect(trained.status == 0, "\(trained.messages)")
            #expect(trained.messages.contains("temporary space"))
            let split = try String(contentsOfFile: run + "/split.csv", encoding: .utf8)
            #expect(split.contains(archive + "/photos/red/"))
            let resumed = try Command("train", "--resume", run, "--epochs", "2", "--quiet")
            #expect(resumed.status == 0, "\(resumed.messages)")
            let evaluated = try Command("evaluate", run + "/best.safetensors", run + "/split.csv", "--quiet")
            #expect(evaluated.status == 0, "\(evaluated.messages)")
            let checked = try Command("data", "check", archive, "--format", "json")
            #expect(checked.status < 2 && checked.output.contains("\"blue\""), "\(checked.messages)")
        }
    }

    @Test("A refused archive is an error that names it and says what to do") func refused() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "evil.zip").path
            try Data(ArchiveBytes.zip([ArchivedFile("../../evil.png")])).write(to: URL(filePath: path))
            for command in [["predict", try TrainedRun.model, path], ["train", path, "--out", folder.path + "/run"]] {
                let result = try Command(arguments: command)
                #expect(result.status == 1)
                #expect(result.messages.contains("evil.zip") && result.messages.contains("leads out of it"))
            }
        }
    }
}
