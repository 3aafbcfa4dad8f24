import Foundation
import Images
import TestSupport
import Testing
import TorchVision

@testable import Apus

@Suite("Dataset checks")
struct DataCheckTests {
    /// An image of soft stripes that differs for each number.
    private func image(_ number: Int, width: Int = 64, height: Int = 48) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                for channel in 0..<3 {
                    var level = 128.0
                    for wave in 1..<6 {
                        let turn = Double((number * 31 + wave * 17 + channel * 3) % 64) / 10
                        let slope = Double((number * wave * 7) % 11) / 2
                        level += 110 / Double(wave) * sin(Double(wave) * 2 * u + slope * v + turn)
                    }
                    pixels.append(UInt8(max(0, min(255, level))))
                }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    private func write(_ image: Image, _ name: String, in folder: URL) throws {
        try write(Data(try image.pngData()), name, in: folder)
    }

    private func write(_ data: Data, _ name: String, in folder: URL) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Whether the report has this issue, with this many images.
    private func has(
        _ report: DataReport, _ severity: DataReport.Finding.Severity, _ kind: DataReport.Finding.Kind, _ count: Int
    ) -> Bool {
        report.findings.contains { $0.severity == severity && $0.kind == kind && $0.count == count }
    }

    @Test(
        "Similar frames of one video are no issue, but frames of two videos are",
        .enabled(if: FFmpeg.isInstalled, "ffmpeg is not installed"))
    func videos() async throws {
        try await withTemporaryFolder { folder in
            // Nothing moves in these.
            try FFmpeg.writeVideo("a/1.mp4", of: "smptebars=s=64x48:r=5:d=3", in: folder.path)
            try FFmpeg.writeVideo("b/1.mp4", of: "rgbtestsrc=s=64x48:r=5:d=3", in: folder.path)
            let options = DatasetOptions(frameInterval: .milliseconds(500))
            let report = try await DataCheck(path: folder.path, options: options, workers: 2).run().report
            #expect(report.images == 12 && report.duplicates.isEmpty && report.findings.isEmpty, "\(report.findings)")
            try FFmpeg.writeVideo("b/2.mp4", of: "rgbtestsrc=s=64x48:r=5:d=1", in: folder.path)
            let repeated = try await DataCheck(path: folder.path, options: options, workers: 2).run().report
            #expect(!repeated.duplicates.isEmpty)
        }
    }

    @Test("Valid data have no problem")
    func valid() async throws {
        try await withTemporaryFolder { folder in
            for number in 0..<8 {
                try write(image(number), "\(number % 2 == 0 ? "a" : "b")/\(number).png", in: folder)
            }
            let checked = try await DataCheck(path: folder.path, workers: 2).run()
            let report = checked.report
            #expect(report.findings.isEmpty && !report.hasProblems, "\(report.findings)")
            #expect(report.images == 8 && report.splits.map(\.name) == ["all"])
            #expect(report.classes == [.init(name: "a", counts: [4]), .init(name: "b", counts: [4])])
            #expect(report.sizes?.width == .init(minimum: 64, median: 64, maximum: 64))
            #expect(report.modes == [.init(name: "RGB", count: 8)] && report.formats == [.init(name: "PNG", count: 8)])
            let table = try checked.cleanTable(in: folder.path)
            #expect(table.kept == 8 && table.dropped.isEmpty)
            #expect(table.text.hasPrefix("path,label\na/0.png,a\n"))
        }
    }

    @Test("All problems are found and left out of the clean table")
    func problems() async throws {
        try await withTemporaryFolder { folder in
            for number in 0..<6 {
                try write(image(number), "train/\(["a", "b", "c"][number % 3])/\(number).png", in: folder)
            }
            try write(image(20), "val/a/20.png", in: folder)
            try write(image(21), "val/b/21.png", in: folder)
            // Unreadable files, wrong extensions, duplicates, duplicates with other labels, leaks of both kinds.
            try write(Data("no image".utf8), "train/a/broken.jpg", in: folder)
            try write(image(30), "train/a/misnamed.jpg", in: folder)
            try write(image(0), "train/a/copy.png", in: folder)
            try write(image(40), "train/b/40.png", in: folder)
            try write(image(40), "train/c/40.png", in: folder)
            try write(image(1), "val/b/leak.png", in: folder)
            try write(image(2).resized(width: 200, height: 150), "train/c/larger.png", in: folder)
            try write(image(5).resized(width: 200, height: 150), "val/b/looks-like-5.png", in: folder)
            let events = Collected<DataCheck.Event>()
            let checked = try await DataCheck(path: folder.path, workers: 2).run(readBy: events.reader)
            let report = checked.report
            let examined = events.elements.compactMap { if case .examined(let done) = $0 { done } else { nil } }
            #expect(examined.last == 16 && examined == examined.sorted())
            let facts = events.elements.filter { !$0.isProgress }
            guard case .opened(images: 16, _) = facts.first, case .comparing = facts.last, facts.count == 2 else {
                Issue.record("\(facts)")
                return
            }
            #expect(report.images == 16 && report.splits.map(\.name) == ["train", "val"])
            #expect(report.splits.map(\.readable) == [11, 4])
            #expect(has(report, .problem, .unreadable, 1), "\(report.findings)")
            #expect(report.unreadable.first?.kind == .unsupported)
            #expect(has(report, .problem, .leak, 2))
            #expect(has(report, .problem, .conflict, 1))
            #expect(has(report, .problem, .duplicate, 1))
            #expect(has(report, .problem, .missingClass, 1) && report.splits[1].missingClasses == ["c"])
            #expect(has(report, .warning, .nearDuplicate, 1))
            #expect(has(report, .warning, .wrongEnding, 1))
            #expect(report.hasProblems)
            let leaks = report.duplicates.filter(\.isLeak)
            #expect(leaks.map(\.kind) == [.exact, .near])
            #expect(leaks[1].hasConflict)

            let table = try checked.cleanTable(in: folder.path)
            #expect(table.dropped == [.unreadable: 1, .duplicate: 2, .conflict: 2, .leak: 1])
            #expect(table.kept == 10)
            for gone in ["broken", "train/a/copy", "40.png", "leak.png", "looks-like-5"] {
                #expect(!table.text.contains(gone), "\(gone)")
            }
            #expect(table.text.contains("train/b/1.png,b,train\n") && table.text.contains("val/a/20.png,a,val\n"))
            // The table is data that can be checked again, and it is clean except for the class that val lacks.
            try write(Data(table.text.utf8), "clean.csv", in: folder)
            let again = try await DataCheck(path: folder.appending(path: "clean.csv").path).run().report
            #expect(again.findings.filter { $0.severity == .problem }.map(\.kind) == [.missingClass])
            #expect(again.images == 10)
        }
    }

    @Test("Empty classes, imbalance and conflicting labels of similar images are found")
    func classes() async throws {
        try await withTemporaryFolder { folder in
            for number in 0..<9 { try write(image(number), "many/\(number).png", in: folder) }
            for number in 50..<52 { try write(image(number), "few/\(number).png", in: folder) }
            try write(image(3).resized(width: 100, height: 75), "few/3.png", in: folder)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "none"), withIntermediateDirectories: true)
            let report = try await DataCheck(path: folder.path).run().report
            #expect(has(report, .problem, .missingClass, 1), "\(report.findings)")
            #expect(has(report, .warning, .imbalance, 1) && report.splits[0].imbalance == 3)
            #expect(has(report, .warning, .conflict, 1))
        }
    }

    @Test("Classes whose names differ only in case, normalization or spaces are found")
    func similarNames() async throws {
        try await withTemporaryFolder { folder in
            let groups = [
                ["Fox", "fox"], ["cafe\u{301}", "caf\u{E9}"], ["tree frog", "tree  frog"], ["Ａpe１", "ape1"],
                ["ﬁn", "fin"],
            ]
            let names = groups.flatMap(\.self) + ["foxes", "cafe", "treefrog"]
            let rows = names.enumerated().map { "\($0).png,\($1)\n" }
            for number in names.indices { try write(image(number), "\(number).png", in: folder) }
            try write(Data(("path,label\n" + rows.joined()).utf8), "list.csv", in: folder)
            let report = try await DataCheck(path: folder.appending(path: "list.csv").path).run().report
            #expect(has(report, .warning, .similarNames, groups.count), "\(report.findings)")
            let text = report.findings.map(\.message).joined()
            #expect(text.contains("\"Fox\" and \"fox\""), "\(text)")
            #expect(text.components(separatedBy: "(decomposed)").count == 2)
        }
    }

    @Test("Data that cannot be opened, or not be listed as files, are an error")
    func errors() async throws {
        await #expect(throws: DatasetError.self) { try await DataCheck(path: nowhere).run() }
        try await withTemporaryFolder { folder in
            try write(image(1), "a/1.png", in: folder)
            let one = try await DataCheck(path: folder.path).run()
            #expect(one.report.images == 1 && !one.report.hasProblems)
            await #expect(throws: DatasetError.self) {
                try await DataCheck(path: folder.path, options: .init(classes: ["b"])).run()
            }
        }
    }

    @Test("A canceled task ends a check, and so does a reader that fails", arguments: [false, true])
    func cancellation(_ readerFails: Bool) async throws {
        struct Stop: Error {}
        try await withTemporaryFolder { folder in
            try write(image(1), "a/1.png", in: folder)
            let images = (0..<10_000).map { _ in "a/1.png,a" }.joined(separator: "\n")
            try write(Data("path,label\n\(images)\n".utf8), "list.csv", in: folder)
            let check = DataCheck(path: folder.appending(path: "list.csv").path, workers: 1)
            let last = Monitor(0)
            let task = Task {
                try await check.run { events in
                    for await case .examined(let done) in events {
                        last.withLock { $0 = done }
                        if readerFails { throw Stop() }
                    }
                }
            }
            while last.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(1)) }
            if !readerFails { task.cancel() }
            let error = await #expect(throws: (any Error).self) { try await task.value }
            #expect(readerFails ? error is Stop : error is CancellationError, "\(error as Any)")
            #expect(last.withLock { $0 } < 10_000)
        }
    }
}
