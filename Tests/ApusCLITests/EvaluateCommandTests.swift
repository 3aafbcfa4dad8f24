import Foundation
import TestSupport
import Testing

/// `apus evaluate` and `apus calibrate`, with names that are difficult to align.
@Suite("apus evaluate and apus calibrate") struct EvaluateCommandTests {
    /// A run on two classes with such names; some images are in the wrong folder.
    private enum Run {
        static let names = ["狗 🐶 \"Hund\", <b>", String(repeating: "long-", count: 40)]
        static let folder: Result<URL, any Error> = Result {
            let folder = FileManager.default.temporaryDirectory.appending(path: "apus-evaluated-\(UUID().uuidString)")
            try writeImages(in: folder, count: 12)
            let photos = folder.appending(path: "photos")
            try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
            for (place, name) in ["blue", "red"].enumerated() {
                try FileManager.default.moveItem(
                    at: folder.appending(path: name), to: photos.appending(path: names[place]))
            }
            // Three of each class go to the other folder.
            for number in [0, 4, 8] {
                let (one, two) = (photos.appending(path: names[0]), photos.appending(path: names[1]))
                let kept = try Data(contentsOf: one.appending(path: "\(number).png"))
                try Data(contentsOf: two.appending(path: "\(number).png")).write(
                    to: one.appending(path: "\(number).png"))
                try kept.write(to: two.appending(path: "\(number).png"))
            }
            let command = try Command(
                "train", photos.path, "--model", "small_cnn", "--fresh", "--epochs", "1", "--batch-size", "4",
                "--lr", "0.001", "--unknown", "0.5", "--out", folder.appending(path: "run").path, "--quiet")
            try #require(command.status == 0, "\(command.messages)")
            atexit { if let folder = try? Run.folder.get() { try? FileManager.default.removeItem(at: folder) } }
            return folder
        }
        static var model: String { get throws { try folder.get().appending(path: "run/last.safetensors").path } }
        static var photos: String { get throws { try folder.get().appending(path: "photos").path } }
    }

    private struct Metrics: Decodable {
        struct Top: Decodable { let k: Int }
        struct Matrix: Decodable {
            struct Cell: Decodable { let count: Int }
            let cells: [Cell]
        }
        let verdict: String
        let labels: [String]
        let count: Int
        let top1: Double
        let loss: Double
        let topK: [Top]
        let confusion: Matrix
        let temperature: Double?
    }

    @Test("Table columns are aligned for names in any script") func alignment() throws {
        let command = try Command("evaluate", Run.model, Run.photos, "--split", "all", "--quiet")
        #expect(command.status == 0 && command.messages == "")
        let lines = command.outputLines
        let verdict = /(About|All|Fewer|Nearly).* (is|are) (wrong|correct).*\./
        #expect(lines[0].wholeMatch(of: verdict) != nil, "\(lines[0])")
        let header = try #require(lines.first { $0.hasPrefix("class ") })
        let dog = try #require(lines.first { $0.hasPrefix("狗 🐶 \"Hund\", <b> ") })
        let long = try #require(lines.first { $0.hasPrefix("long-long-") })
        #expect(long.contains("…") && long.count < 140)
        // Numbers end in the columns of their header: a Chinese character and an emoji are two columns wide.
        #expect(dog.count + 2 == header.count && long.count == header.count, "\(command.output)")
        #expect(lines.contains { $0.contains("macro") } && lines.contains { $0.hasPrefix("probabilities") })
    }

    @Test("CSV has a line for each image, and JSON has all metrics") func formats() throws {
        let rows = try Command(
            "evaluate", Run.model, Run.photos, "--split", "all", "--format", "csv", "--quiet"
        ).outputLines
        #expect(rows.count == 25)
        #expect(rows[0] == "file,truth,prediction,correct,probability,truth_probability,loss")
        let quoted = "\"狗 🐶 \"\"Hund\"\", <b>\""
        #expect(rows.count { $0.contains(",\(quoted),") } >= 12)
        let metrics: Metrics = try Command(
            "evaluate", Run.model, Run.photos, "--split", "all", "--format", "json", "--top-k", "2", "--top-k", "3",
            "--quiet"
        ).json()
        #expect(metrics.labels.sorted() == Run.names.sorted() && metrics.count == 24)
        #expect(metrics.topK.map(\.k) == [1, 2, 3, 5] && metrics.verdict.hasSuffix("."))
        #expect(metrics.confusion.cells.map(\.count).reduce(0, +) == 24)
        let losses = rows.dropFirst().compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
        #expect(losses.count == 24 && abs(losses.reduce(0, +) / 24 - metrics.loss) < 1e-9)
        #expect(Double(rows.count { $0.contains(",true,") }) / 24 == metrics.top1)
    }

    @Test("A calibrated model is saved, and apus predict rejects unknown images") func calibration() throws {
        try withTemporaryFolder { folder in
            struct Report: Decodable {
                struct Calibration: Decodable {
                    let temperature: Double
                    let unknownThreshold: Double?
                    let images: Int
                }
                struct Metrics: Decodable { let negativeLogLikelihood: Double }
                let file: String
                let calibration: Calibration
                let before: Metrics
                let after: Metrics
            }
            struct Row: Decodable {
                let label: String
                let probability: Double
                let unknown: Bool?
            }
            let (photos, out) = (try Run.photos, folder.appending(path: "calibrated.safetensors").path)
            let command = try Command(
                "calibrate", Run.model, photos, "--split", "train", "--coverage", "0.25", "--out", out, "--format",
                "json")
            #expect(command.status == 0, "\(command.messages)")
            let report: Report = try command.json()
            let threshold = try #require(report.calibration.unknownThreshold)
            #expect(report.file == out && report.calibration.images > 15)
            #expect(report.after.negativeLogLikelihood <= report.before.negativeLogLikelihood)
            let rows: [Row] = try Command("predict", out, photos, "--format", "json", "--quiet").jsonLines()
            #expect(rows.count == 24 && rows.allSatisfy { $0.unknown == ($0.probability < threshold) })
            #expect(rows.contains { $0.unknown == true } && rows.contains { $0.unknown == false })
            let text = try Command("predict", out, photos, "--quiet").outputLines
            #expect(text.count { $0.contains("unknown, most probable: ") } == rows.count { $0.unknown == true })
            let csv = try Command("predict", out, photos, "--format", "csv", "--quiet").outputLines
            #expect(csv.count { $0.hasSuffix(",true,,") } == rows.count { $0.unknown == true })

            // In place, and without a threshold.
            let again = try Command("calibrate", out, photos, "--split", "train")
            #expect(again.status == 0 && again.outputLines.first?.contains("temperature") == true)
            #expect(again.messages.contains(out))
            let plain: [Row] = try Command("predict", out, photos, "--format", "json", "--quiet").jsonLines()
            #expect(plain.allSatisfy { $0.unknown == nil } && plain.map(\.label) == rows.map(\.label))
        }
    }
}
