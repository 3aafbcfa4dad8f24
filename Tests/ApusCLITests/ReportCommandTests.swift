import Foundation
import TestSupport
import Testing

/// The pages that commands write.
@Suite struct ReportCommandTests {
    @Test("A training leaves a page, and an evaluation one where it is asked for")
    func pages() throws {
        let model = try TrainedRun.model
        let ofTraining = URL(filePath: model).deletingLastPathComponent().appending(path: "report.html")
        #expect(try String(contentsOf: ofTraining, encoding: .utf8).contains("What the curves tell"))
        try withTemporaryFolder { folder in
            let command = try Command("evaluate", model, try TrainedRun.photos, "--report", folder.path)
            #expect(command.status == 0, "\(command.talk)")
            let page = folder.appending(path: "report.html")
            #expect(command.talk.contains("The report is in \(page.path)."))
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("How it was measured"))
        }
    }

    @Test("A page that has no place is told before any work")
    func noPlace() throws {
        let command = try Command("evaluate", try TrainedRun.model, try TrainedRun.photos, "--report", "no/such/a.html")
        #expect(command.status == 1)
        #expect(command.talk.contains("no/such/a.html: there is no folder no/such/"))
        #expect(command.output.isEmpty)
    }

    @Test("A training without a page is asked for by a flag")
    func withoutPage() throws {
        try withTemporaryFolder { folder in
            try writePictures(in: folder.appending(path: "photos"))
            let command = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "1", "--batch-size", "4", "--out",
                "run", "--no-report", "--quiet", folder: folder)
            #expect(command.status == 0, "\(command.talk)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "run").path)
            #expect(names.contains("report.md") && !names.contains("report.html"))
        }
    }
}
