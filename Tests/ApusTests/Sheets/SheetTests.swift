import Drawing
import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Image sheets") struct SheetTests {
    @Test("Equal seeds draw equal sheets") func seed() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue", "<b>\"漢字\" 🐝"], count: 5, to: data)
            let input = try ImageInput(at: data.path)
            var sheet = DataSheet()
            (sheet.rows, sheet.columns) = (2, 3)
            func draw(_ name: String) async throws -> Data {
                let path = folder.appending(path: name).path
                #expect(try await sheet.write(input, to: path) == [path])
                return try bytes(of: path)
            }
            let first = try await draw("a.png")
            #expect(try await draw("b.png") == first)
            let image = try Image(contentsOf: folder.appending(path: "a.png").path)
            #expect(image.width == 2 * (3 * 188 + 16))
            sheet.seed = 1
            #expect(try await draw("c.png") != first)
        }
    }

    @Test("A sheet has a title, the score of its predictions, and a legend of its frames") func head() throws {
        var sheets = SheetFiles(
            "a.png", title: "Predictions", note: "percentages", legend: [.right: "correct", .wrong: "wrong"],
            columns: 2, rows: 2)
        let image = Samples.image(0, 1)
        #expect(sheets.grid.title == "Predictions" && sheets.grid.note == "percentages" && sheets.grid.legend == [])
        for verdict in [SheetTile.Verdict.right, .right, nil] {
            try sheets.add(SheetTile(image, ["a.jpg"], verdict: verdict))
        }
        #expect(sheets.grid.note == "2 of 2 correct (100.0 %) · percentages")
        #expect(sheets.grid.legend == [ImageGrid.Key(Theme.light.good, "correct")])
        try sheets.add(SheetTile(image, ["b.jpg"], verdict: .wrong))
        #expect(sheets.grid.note == "2 of 3 correct (66.7 %) · percentages")
        #expect(sheets.grid.legend.map(\.text) == ["correct", "wrong"])
        #expect(sheets.grid.legend.map(\.color) == sheets.grid.tiles.compactMap(\.frame).suffix(2))
    }

    @Test("Each class has a row, and unreadable images are skipped") func byClass() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses((0..<14).map { "class \($0)" }, count: 2, to: data)
            try Data("no image".utf8).write(to: data.appending(path: "class 3/0.png"))
            var sheet = DataSheet()
            (sheet.columns, sheet.isByClass) = (2, true)
            let path = folder.appending(path: "s.svg").path
            let events = Collected<ImageEvent<Never>>()
            let files = try await sheet.write(ImageInput(at: data.path), to: path, readBy: events.reader)
            #expect(files == [path, folder.appending(path: "s-2.svg").path])
            let failures = events.elements.compactMap { if case .unreadable(let failure) = $0 { failure } else { nil } }
            #expect(failures.count == 1 && failures[0].name == "\(data.path)/class 3/0.png")
            guard case .progress(27, total: 28) = events.elements.last else {
                Issue.record("\(events.elements)")
                return
            }
        }
    }

    @Test("Transforms are shown one by one and combined") func transforms() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "0.png")
            try Samples.write(1, 2, to: file)
            var sheet = try TransformSheet(TransformList("resize(30), randomCrop(24), flip"))
            sheet.draws = 2
            let path = folder.appending(path: "t.png").path
            #expect(try sheet.write(file.path, to: path) == [path])
            // The image and three transforms, then two draws.
            let image = try Image(contentsOf: path)
            #expect(image.width == 2 * (4 * 188 + 16))
            sheet.seed = 7
            let other = folder.appending(path: "u.png").path
            _ = try sheet.write(file.path, to: other)
            #expect(try bytes(of: other) != bytes(of: path))
            #expect(try TransformSheet.image("0.png", in: folder.path, seed: 0) == file.path)
            #expect(throws: ApusError.self) { try TransformSheet.image("none.png", in: folder.path, seed: 0) }
            #expect(throws: (any Error).self) { try sheet.write(file.path, to: "x.jpg") }
        }
    }
}
