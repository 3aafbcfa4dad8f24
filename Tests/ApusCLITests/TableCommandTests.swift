import Foundation
import TestSupport
import Testing
import TorchVision

@Suite("Tables of images in commands") struct TableCommandTests {
    /// A table of movie posters: IDs without extensions, a list of genres, a column for each genre, and images in
    /// `Images`.
    private func writePosters(in folder: URL) throws {
        let images = folder.appending(path: "Images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        let genres = (0..<5).map { "Genre \($0)" }
        var lines = ["Id,Genre,\(genres.joined(separator: ","))"]
        for number in 0..<40 {
            let image = Image(width: 20, height: 20, filledWith: RGBColor(red: UInt8(number * 6), green: 90, blue: 40))
            try Data(image.pngData()).write(to: images.appending(path: "tt\(number).png"))
            // Labels with floating-point sums that depend on the order.
            let own = genres.indices.filter { (number * 7 + $0 * $0 * 3 + number / 5) % 3 == 0 }
            let list = own.map { "'\(genres[$0])'" }.joined(separator: ", ")
            lines.append(
                "tt\(number),\"[\(list)]\","
                    + genres.indices.map { own.contains($0) ? "1" : "0" }.joined(separator: ","))
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "train.csv"))
    }

    private let training = ["--model", "small_cnn", "--fresh", "--epochs", "1", "--no-report"]

    @Test("A movie poster table trains with the options from the error, and later commands keep them")
    func posters() throws {
        try withTemporaryFolder { folder in
            try writePosters(in: folder)
            func run(_ arguments: String...) throws -> Command { try Command(arguments: arguments, folder: folder) }
            let without = try Command(arguments: ["train", "train.csv", "--out", "run"] + training, folder: folder)
            #expect(without.status == 1 && without.messages.contains("--root Images"), "\(without.messages)")
            let trained = try Command(
                arguments: ["train", "train.csv", "--root", "Images", "--out", "run"] + training, folder: folder)
            #expect(trained.status == 0, "\(trained.messages)")
            #expect(trained.messages.contains("several labels"))
            let configuration = try String(contentsOf: folder.appending(path: "run/config.json"), encoding: .utf8)
            #expect(configuration.contains("\"root\" : \"Images\""))
            #expect(try run("train", "--resume", "run", "--epochs", "2", "-q").status == 0)
            // The model stores how its table was read.
            let evaluated = try run(
                "evaluate", "run/best.safetensors", "train.csv", "--split", "val", "--format", "json", "-q")
            #expect(evaluated.status == 0, "\(evaluated.messages)")
            for arguments in [["data", "check"], ["data", "show"], ["data", "transforms"]] {
                let quiet = try Command(arguments: arguments + ["train.csv", "--root", "Images", "-q"], folder: folder)
                #expect(quiet.status == 0 || arguments[1] == "check" && quiet.messages.isEmpty, "\(quiet.messages)")
            }
            let shown = try run("data", "show", "train.csv", "-q")
            #expect(shown.status != 0 && shown.messages.contains("--root"), "\(shown.messages)")
        }
    }

    @Test("A multi-label split is the same in every process, regardless of the hash order")
    func hashing() throws {
        try withTemporaryFolder { folder in
            try writePosters(in: folder)
            // Many rows of few images, so that sums of many floating-point numbers balance the splits.
            let text = try String(contentsOf: folder.appending(path: "train.csv"), encoding: .utf8)
            let rows = text.split(separator: "\n").dropFirst()
            let table =
                "Id,Genre\n"
                + (0..<6).flatMap { _ in rows }.compactMap { row in
                    row.split(separator: "\"").prefix(2).joined(separator: "\"") + "\"\n"
                }.joined()
            try Data(table.utf8).write(to: folder.appending(path: "many.csv"))
            let network = try writeTinyNetwork(in: folder)
            let splits = try [["SWIFT_DETERMINISTIC_HASHING": "1"], [:], [:]].enumerated().map {
                number, environment in
                let command = try Command(
                    arguments: [
                        "train", "many.csv", "--root", "Images", "--val-split", "0.2", "--test-split", "0.2", "--seed",
                        "10", "--no-report", "--out", "run-\(number)", "-q", "--model", network, "--epochs", "1",
                    ], environment: environment, folder: folder)
                try #require(command.status == 0, "\(command.messages)")
                return try FileContents(of: folder.appending(path: "run-\(number)/split.csv").path)
            }
            for split in splits { #expect(split == splits[0]) }
        }
    }
}
