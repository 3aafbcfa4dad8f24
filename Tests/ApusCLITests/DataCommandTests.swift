import Foundation
import TestSupport
import Testing
import TorchVision

@Suite("apus data check") struct DataCommandTests {
    private func write(_ data: Data, _ name: String, in folder: URL) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Two classes of two images; images of one color are not compared visually.
    private func writeData(in folder: URL) throws {
        for (place, level) in [40, 90, 140, 190].enumerated() {
            let image = Image(
                width: 40, height: 30 + place,
                filledWith: RGBColor(red: UInt8(level), green: 10, blue: UInt8(255 - level)))
            try write(Data(image.pngData()), "\(place < 2 ? "ants" : "bees")/\(place).png", in: folder)
        }
    }

    @Test("Valid data end with status 0") func validData() throws {
        try withTemporaryFolder { folder in
            try writeData(in: folder)
            let command = try Command("data", "check", folder.path)
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.output.contains("✓ No issues."), "\(command.output)")
            #expect(command.outputLines.contains { $0.hasPrefix("ants") && $0.contains("2") && $0.contains("█") })
            #expect(command.output.hasPrefix("\(folder.path): 4 images, 2 classes"))
        }
    }

    @Test("Problems are listed and end with status 1") func problems() throws {
        struct Report: Decodable {
            struct Finding: Decodable {
                let kind: String
                let severity: String
            }
            struct Unreadable: Decodable { let reason: String }
            let findings: [Finding]
            let unreadable: [Unreadable]
            let images: Int
        }
        try withTemporaryFolder { folder in
            try writeData(in: folder)
            try write(Data("no image".utf8), "bees/torn.jpg", in: folder)
            let original = try Data(contentsOf: folder.appending(path: "ants/0.png"))
            try write(original, "ants/again.png", in: folder)
            let clean = folder.appending(path: "clean.csv")
            let command = try Command("data", "check", folder.path, "--fix", clean.path)
            #expect(command.status == 1)
            #expect(command.output.contains("✗ 1 image can't be read."), "\(command.output)")
            #expect(command.output.contains("bees/torn.jpg") && command.output.contains("= ants/again.png"))
            #expect(command.outputLines.allSatisfy { $0.count <= 80 })
            #expect(command.messages.contains("lists 4 images; excluded: 1 unreadable, 1 duplicate."))
            #expect(
                try String(contentsOf: clean, encoding: .utf8)
                    == "path,label\nants/0.png,ants\nants/1.png,ants\nbees/2.png,bees\nbees/3.png,bees\n")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "bees/torn.jpg").path))

            let json = try Command("data", "check", folder.path, "--format", "json", "--quiet")
            #expect(json.status == 1 && json.messages == "")
            let report: Report = try json.json()
            #expect(report.images == 6 && report.unreadable.count == 1)
            #expect(report.findings.map(\.kind) == ["unreadable", "duplicate"])
            #expect(report.findings.allSatisfy { $0.severity == "problem" })
            #expect(try Command("data", "check", clean.path, "--quiet").status == 0)
        }
    }

    @Test("The check uses the label pattern and the classes") func patternsAndClasses() throws {
        try withTemporaryFolder { folder in
            try writeData(in: folder)
            let pattern = try Command("data", "check", folder.path, "--label-pattern", "^([01])")
            #expect(pattern.status == 0)
            #expect(pattern.messages.contains("2 files do not match the label pattern"), "\(pattern.messages)")
            let classes = try Command("data", "check", folder.path, "--classes", "bees,wasps")
            #expect(classes.status == 1 && classes.output == "")
            #expect(classes.messages.contains("\"ants\" (2 images)"), "\(classes.messages)")
        }
    }
}
