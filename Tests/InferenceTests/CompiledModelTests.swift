import Foundation
import TestSupport
import Testing

@testable import Inference

@ComputeActor
@Suite("Compiled models") struct CompiledModelTests {
    let network: GoldenNetwork

    init() throws { network = try GoldenNetwork() }

    @Test("A compiled model gives the same outputs, bit for bit") func sameOutputs() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "network.engine").path
            let engine = try network.engine(batchSize: 4)
            try engine.writeCompiled(to: path, key: "golden")
            let answers = try engine.answers(to: network)
            for (streams, threads) in [(1, 1), (1, 2), (2, 2), (3, 3)] {
                let shares = InferenceShares(batchSize: 4, streams: streams, threads: threads)
                let copy = try OpenVINOEngine(compiled: path, key: "golden", shares: shares)
                #expect(try copy.answers(to: network) == answers)
                #expect(copy.outputCount == GoldenNetwork.outputCount)
                #expect(copy.depth == min(streams, InferenceShares.coreCount) + 1)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["network.engine"])
        }
    }

    @Test("The settings apply to the compiled model") func settingsOfTheCopy() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "network.engine").path
            try network.engine(batchSize: 1, streams: 2).writeCompiled(to: path, key: "")
            let shares = InferenceShares(batchSize: 1, streams: 1, threads: 1)
            let settings = try OpenVINOEngine(compiled: path, key: "", shares: shares).settings
            #expect(settings["NUM_STREAMS"] == "1")
            #expect(settings["INFERENCE_NUM_THREADS"] == "1")
            #expect(settings["INFERENCE_PRECISION_HINT"] == "f32")
            #expect(settings["ENABLE_CPU_PINNING"] == "NO")
        }
    }

    @Test("The file may be removed while it is in use") func removedFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "network.engine").path
            try network.engine(batchSize: 4).writeCompiled(to: path, key: "golden")
            let shares = InferenceShares(batchSize: 4, streams: 1, threads: 1)
            let copy = try OpenVINOEngine(compiled: path, key: "golden", shares: shares)
            try network.engine(batchSize: 4).writeCompiled(to: path, key: "golden")
            try FileManager.default.removeItem(atPath: path)
            #expect(largestDifference(try copy.answers(to: network), network.outputs) < 1e-5)
        }
    }

    @Test("Damaged files are refused") func damagedFiles() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "network.engine")
            try network.engine(batchSize: 2).writeCompiled(to: file.path, key: "golden")
            let whole = try Array(Data(contentsOf: file))
            var damaged: [[UInt8]] = [[], Array("garbage".utf8), [UInt8](repeating: 0, count: 4096), whole + [0]]
            damaged += [1, 8, 31, 32, 33, 100, whole.count / 2, whole.count - 1].map { whole.dropLast($0) }
            damaged += [1, 100, whole.count / 2].map { Array(whole.dropFirst($0)) }
            for place in stride(from: 0, to: whole.count, by: 61) + Array(whole.count - 60..<whole.count) {
                var copy = whole
                copy[place] ^= 1 << UInt8(place % 8)
                damaged.append(copy)
            }
            let shares = InferenceShares(batchSize: 2, streams: 1, threads: 1)
            for bytes in damaged {
                try Data(bytes).write(to: file)
                let error = #expect(throws: InferenceError.self) {
                    try OpenVINOEngine(compiled: file.path, key: "golden", shares: shares)
                }
                #expect(error?.code == .invalidCompiledModel)
                #expect(error?.message.contains(file.path) == true)
            }
        }
    }

    @Test("Files for another network or batch size are refused") func otherFiles() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "network.engine").path
            try network.engine(batchSize: 2).writeCompiled(to: path, key: "golden")
            for (key, batchSize) in [("other", 2), ("golden", 3), ("", 2)] {
                let shares = InferenceShares(batchSize: batchSize, streams: 1, threads: 1)
                let error = #expect(throws: InferenceError.self) {
                    try OpenVINOEngine(compiled: path, key: key, shares: shares)
                }
                #expect(error?.message.contains("another version, machine or network") == true)
            }
            #expect(throws: FileError.self) {
                try OpenVINOEngine(compiled: path + ".not", key: "golden", shares: .latency())
            }
        }
    }
}
