import Foundation
import TestSupport
import Testing

/// The pages that commands write.
@Suite("HTML reports of commands") struct ReportCommandTests {
    @Test("A training run writes a page, and an evaluation writes one on request")
    func pages() throws {
        let model = try TrainedRun.model
        let ofTraining = URL(filePath: model).deletingLastPathComponent().appending(path: "report.html")
        #expect(try String(contentsOf: ofTraining, encoding: .utf8).contains("Diagnosis"))
        try withTemporaryFolder { folder in
            let command = try Command("evaluate", model, try TrainedRun.photos, "--report", folder.path)
            #expect(command.status == 0, "\(command.messages)")
            let page = folder.appending(path: "report.html")
            #expect(command.messages.contains("Report: \(page.path)"))
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("Evaluation setup"))
        }
    }

    @Test("A page that cannot be written is an error before any work")
    func noPlace() throws {
        let command = try Command("evaluate", try TrainedRun.model, try TrainedRun.photos, "--report", "no/such/a.html")
        #expect(command.status == 1)
        #expect(command.messages.contains("no/such/a.html: the folder no/such/ for the report does not exist"))
        #expect(command.output.isEmpty)
    }

    @Test("A flag turns off the page of a training run")
    func withoutPage() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            let command = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "1", "--batch-size", "4", "--out",
                "run", "--no-report", "--quiet", folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "run").path)
            #expect(names.contains("report.md") && !names.contains("report.html"))
        }
    }
}
