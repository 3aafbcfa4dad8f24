import Foundation
import TestSupport
import Testing

/// `apus predict` with URLs, on a server of this machine.
@Suite("Prediction of URLs") struct PredictURLTests {
    private struct Row: Decodable {
        let file: String
        let label: String?
        let error: String?
    }

    @Test("URLs are predicted alone, in a list and in a table, and a failure is that of one image")
    func everywhere() throws {
        let photos = URL(filePath: try TrainedRun.photos)
        let bytes = try [UInt8](Data(contentsOf: photos.appending(path: "blue/0.png")))
        let server = try LoopbackServer(["/blue/0.png": .body(bytes), "/blue/1.png": .body(bytes)])
        defer { server.stop() }
        let urls = ["/blue/0.png", "/blue/1.png"].map(server.url)
        func rows(_ command: Command) throws -> [Row] {
            try #require(command.status == 0, "\(command.messages)")
            return try command.jsonLines(Row.self)
        }
        try withTemporaryFolder { folder in
            let alone = try rows(
                Command(arguments: ["predict", TrainedRun.model, "--format", "json", "-q"] + urls, folder: folder))
            #expect(alone.map(\.file) == urls)
            #expect(Set(alone.map(\.label)).count == 1)

            try Data((urls.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "list"))
            let kept = folder.appending(path: "kept").path
            for _ in 0..<2 {
                let listed = try rows(
                    Command(
                        arguments: ["predict", TrainedRun.model, "-", "--format", "json", "-q", "--cache", kept],
                        folder: folder, prefix: ["sh", "-c", "exec \"$0\" \"$@\" < list"]))
                #expect(listed.map(\.label) == alone.map(\.label))
            }
            #expect(server.requests.count == 4)

            let table = urls.map { "\($0),blue\n" }.joined()
            try Data(("url,label\n" + table).utf8).write(to: folder.appending(path: "urls.csv"))
            let evaluated = try Command(
                "evaluate", TrainedRun.model, "urls.csv", "--split", "all", "--cache", kept, "--format", "json", "-q",
                folder: folder)
            #expect(evaluated.status == 0, "\(evaluated.messages)")
            #expect(server.requests.count == 4)
        }
        let failed = try Command(
            "predict", TrainedRun.model, urls[0], server.url("/none.png"), "--format", "json", "-q")
        #expect(failed.status == 1)
        let results = try failed.jsonLines(Row.self)
        #expect(results.count == 2 && results[0].label != nil)
        #expect(results[1].error?.contains("404") == true, "\(results)")
    }
}
