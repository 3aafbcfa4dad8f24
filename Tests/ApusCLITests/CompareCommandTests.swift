import Foundation
import TestSupport
import Testing

@testable import ApusCLI

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
            // The tables fit the terminal.
            for width in [40, 60, 80, 200] {
                let fitted = try Command("compare", run, run, run, environment: ["COLUMNS": "\(width)"])
                #expect(fitted.status == 0 && fitted.outputLines.allSatisfy { $0.displayWidth <= width })
                #expect(fitted.output.contains("…") == (width == 40))
            }
            let missing = try Command("compare", folder.path)
            #expect(
                missing.status == 1 && missing.messages.contains("no run is in this folder") && missing.output == "")
        }
    }
}

@Suite("Tables in a terminal") struct TableTests {
    private func table(_ names: [String]) -> Table {
        var table = Table([("run", .left), ("training accuracy", .right), ("validation loss", .right)])
        for name in names { table.add([name, "97.4 %", "0.0812"]) }
        return table
    }

    @Test("A table that fits is not changed") func fitting() {
        let table = table(["one"])
        #expect(table.text(width: nil) == table.text && table.text(width: 39) == table.text)
        #expect(table.text.split(separator: "\n")[0] == "run  training accuracy  validation loss")
    }

    @Test("A wide table is transposed if it then fits") func transposed() {
        #expect(
            table(["one", "two"]).text(width: 38) == """
                run                   one     two
                ─────────────────  ──────  ──────
                training accuracy  97.4 %  97.4 %
                validation loss    0.0812  0.0812
                """)
    }

    @Test("A table that does not fit either way is cut in the middle of its cells", arguments: [24, 30, 36])
    func cut(_ width: Int) {
        let names = (1...12).map { "runs/a-long-name-of-a-run-\($0)" }
        let lines = table(names).text(width: width).split(separator: "\n")
        #expect(lines.count == 14 && lines.allSatisfy { String($0).displayWidth <= width })
        // Numbers are whole, and the ends of the names differ.
        #expect(lines.dropFirst(2).allSatisfy { $0.contains("97.4 %") && $0.contains("0.0812") && $0.contains("…") })
        #expect(Set(lines).count == 14)
    }

    @Test(
        "A file name is cut in the middle and keeps its extension",
        arguments: [
            ("sunflower_field_0012.jpeg", 14, "sunflo…12.jpeg"), ("sunflower_field_0012.jpeg", 8, "s…2.jpeg"),
            ("sunflower_field_0012.jpeg", 5, "sunf…"), ("sunflower_field_0012", 9, "sunf…0012"), ("a.png", 5, "a.png"),
            ("漢字のクラス名.png", 10, "漢…名.png"), ("", 3, ""),
        ])
    func fileNames(_ name: String, _ width: Int, _ wanted: String) {
        #expect(name.cutInMiddle(to: width) == wanted)
        #expect(name.cutInMiddle(to: width).displayWidth <= width)
    }
}
