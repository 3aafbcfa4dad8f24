import Foundation
import TestSupport
import Testing

@Suite("apus compare") struct CompareCommandTests {
    @Test("Runs are compared as a table, CSV, JSON and a chart") func formats() throws {
        struct Output: Decodable {
            struct Run: Decodable {
                let name: String
                let epochs: Int
            }
            let runs: [Run]
        }
        let run = try TrainedRun.folder.get().appending(path: "run").path
        #expect(
            FileManager.default.contents(atPath: run + "/curves.png")?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        try withTemporaryFolder { folder in
            let json = try Command("compare", run, run, "--format", "json", "--out", "a.pdf", folder: folder)
            #expect(json.status == 0 && json.messages.contains("a.pdf"), "\(json.messages)")
            let output: Output = try json.json()
            #expect(output.runs.map(\.name) == ["run", "run"] && output.runs.map(\.epochs) == [1, 1])
            #expect(
                FileManager.default.contents(atPath: folder.path + "/a.pdf")?.starts(with: Array("%PDF".utf8)) == true)

            let csv = try Command("compare", run, "--format", "csv", "--quiet", folder: folder)
            #expect(csv.outputLines.count == 2 && csv.messages == "")
            #expect(csv.outputLines[0].hasPrefix("run,directory,epochs,planned_epochs,best_epoch,training_loss"))
            #expect(csv.outputLines[1].hasPrefix("run,\(run),1,1,1,"))

            let table = try Command("compare", run, run)
            #expect(table.output.contains("1 of 1") && table.output.contains("the same settings"))
            let missing = try Command("compare", folder.path)
            #expect(
                missing.status == 1 && missing.messages.contains("no run is in this folder") && missing.output == "")
        }
    }
}
