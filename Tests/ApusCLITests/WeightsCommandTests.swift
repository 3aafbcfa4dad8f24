import Foundation
import TestSupport
import Testing

@Suite("apus weights") struct WeightsCommandTests {
    /// A cache with a valid file, a damaged file, a file without a digest in its name, and an incomplete download.
    private func withCache(_ body: ([String: String]) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let checkpoints = folder.appending(path: "hub/checkpoints")
            try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
            for (name, text) in [
                "own-ba7816bf.pth": "abc", "resnet18-f37072fd.pth": "damaged", "plain.pth": "abc",
                "resnet50-0676ba61.pth.7-ab.partial": "half",
            ] {
                try Data(text.utf8).write(to: checkpoints.appending(path: name))
            }
            try body(["TORCH_HOME": folder.path, "APUS_WEIGHTS_MIRROR": folder.appending(path: "mirror").path])
        }
    }

    @Test("The cache is listed") func list() throws {
        try withCache { environment in
            let command = try Command("weights", "list", environment: environment)
            #expect(command.status == 0)
            #expect(command.outputLines.count == 6)
            #expect(command.output.contains("resnet18:IMAGENET1K_V1"))
            #expect(command.output.contains("partial download"))
            #expect(command.messages.contains("4 files"))
            struct File: Decodable {
                let fileName: String
                let bytes: Int
                let models: [String]
            }
            let files: [File] = try Command("weights", "list", "--format", "json", environment: environment).json()
            #expect(files.map(\.bytes) == [3, 3, 7, 4])
            #expect(files.map(\.models.count) == [0, 0, 1, 0])
        }
    }

    @Test("A damaged file in the cache ends with status 1") func damagedFile() throws {
        try withCache { environment in
            let command = try Command("weights", "verify", "--quiet", environment: environment)
            #expect(command.status == 1)
            let outcomes = command.outputLines.dropFirst(2).map { $0.prefix { $0 != " " } }
            #expect(outcomes == ["ok", "unknown", "damaged", "unknown"])
            #expect(
                command.messages.contains("resnet18-f37072fd.pth")
                    && command.messages.contains("weights fetch resnet18"))
            struct Verdict: Decodable {
                let outcome: String
                let digest: String?
            }
            let json = try Command("weights", "verify", "--format", "json", environment: environment)
            #expect(json.status == 1)
            #expect(try json.json([Verdict].self).map(\.outcome) == ["ok", "unknown", "damaged", "unknown"])

            let damaged = URL(filePath: environment["TORCH_HOME"] ?? "").appending(
                path: "hub/checkpoints/resnet18-f37072fd.pth")
            #expect(try String(contentsOf: damaged, encoding: .utf8) == "damaged")
            try FileManager.default.removeItem(at: damaged)
            #expect(try Command("weights", "verify", environment: environment).status == 0)
        }
    }

    @Test("An empty cache is not an error") func emptyCache() throws {
        try withTemporaryFolder { folder in
            for name in ["list", "verify"] {
                let command = try Command("weights", name, environment: ["TORCH_HOME": folder.path])
                #expect(command.status == 0 && command.output == "" && command.messages.contains("No weights in"))
                let json = try Command("weights", name, "--format", "json", environment: ["TORCH_HOME": folder.path])
                #expect(try json.json([[String: String]].self).isEmpty)
            }
        }
    }

    @Test("A wrong name is an error before any download") func wrongNames() throws {
        try withCache { environment in
            for name in ["resnet19", "resnet18:V9", "small_cnn"] {
                let command = try Command("weights", "fetch", "resnet34", name, environment: environment)
                #expect(command.status == 1 && command.output == "")
                #expect(command.messages.contains(name.split(separator: ":").last ?? ""))
            }
            #expect(try Command("weights", "fetch", environment: environment).status == 2)
        }
    }

    @Test("Weights are fetched from a mirror and verified", .testData) func fetchFromMirror() throws {
        let mirror = try TestData.url("weights").path
        try withTemporaryFolder { folder in
            let environment = ["TORCH_HOME": folder.path, "APUS_WEIGHTS_MIRROR": mirror]
            let fetch = try Command("weights", "fetch", "mobilenet_v2", "--quiet", environment: environment)
            #expect(fetch.status == 0 && fetch.messages == "")
            #expect(fetch.outputLines == [folder.path + "/hub/checkpoints/mobilenet_v2-b0353104.pth"])
            let verify = try Command("weights", "verify", "--quiet", environment: environment)
            #expect(verify.status == 0)
            #expect(verify.outputLines.last?.hasPrefix("ok  mobilenet_v2-b0353104.pth") == true)
            // The second fetch needs no download.
            let again = try Command(
                "weights", "fetch", "mobilenet_v2",
                environment: ["TORCH_HOME": folder.path, "APUS_WEIGHTS_MIRROR": nowhere])
            #expect(again.outputLines == fetch.outputLines)
        }
    }
}
