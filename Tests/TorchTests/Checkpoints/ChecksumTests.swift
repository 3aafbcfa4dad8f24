import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Torch

/// Apus' safetensors files and PyTorch's ZIP files show where they are damaged.
@Suite("Checksums of checkpoints") struct ChecksumTests {
    private let checkpoint: Checkpoint

    init() throws {
        checkpoint = Checkpoint(
            entries: [("first.weight", try Tensor([1, 2, 3] as [Float])), ("second", try Tensor([7, 8] as [Int]))],
            metadata: ["apus": #"{"classes":["cat","dog"]}"#])
    }

    private func flipped(_ bytes: Data, _ place: Int, bit: Int) -> Data {
        var bytes = bytes
        bytes[place] ^= 1 << bit
        return bytes
    }

    @Test("A flipped bit anywhere is noticed, and the error names the tensor")
    func everyBit() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            try checkpoint.writeSafetensors(to: path.path)
            let whole = try Data(contentsOf: path)
            let header = 8 + Int(whole.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
            for place in whole.indices {
                try flipped(whole, place, bit: place % 8).write(to: path)
                let error = #expect(throws: CheckpointError.self, "byte \(place)") { try Checkpoint.read(path.path) }
                let verified = #expect(throws: CheckpointError.self) { try Checkpoint.verify(path.path) }
                #expect(error == verified)
                guard place >= header else { continue }
                // Wider elements come first.
                let name = place < header + 16 ? "second" : "first.weight"
                #expect(error?.code == .damaged && error?.problem.contains("'\(name)'") == true, "\(error as Any)")
                #expect(error?.description.contains("use another copy") == true)
            }
        }
    }

    @Test("The header is verified even if only the metadata are read")
    func header() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            try checkpoint.writeSafetensors(to: path.path)
            let whole = try Data(contentsOf: path)
            let place = try #require(whole.range(of: Data("cat".utf8))).lowerBound
            try flipped(whole, place, bit: 0).write(to: path)
            let error = #expect(throws: CheckpointError.self) { try Checkpoint.readMetadata(path.path) }
            #expect(error?.code == .damaged && error?.problem.contains("header") == true)
        }
    }

    @Test("A flipped bit in the name or version of the checksums does not turn them off")
    func mark() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            try checkpoint.writeSafetensors(to: path.path)
            let whole = try Data(contentsOf: path)
            let mark = try #require(whole.range(of: Data("apus-checksums\":\"1".utf8)))
            for place in mark {
                for bit in 0..<8 {
                    try flipped(whole, place, bit: bit).write(to: path)
                    let error = #expect(throws: CheckpointError.self, "byte \(place), bit \(bit)") {
                        try Checkpoint.read(path.path)
                    }
                    #expect(error?.code == .damaged)
                }
            }
        }
    }

    @Test("Checksums are not part of the metadata, and a file without them is read")
    func metadata() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            try checkpoint.writeSafetensors(to: path.path)
            let read = try Checkpoint.read(path.path)
            #expect(read.metadata == checkpoint.metadata)
            let text = #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
            var bytes = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) }
            bytes += Data(text.utf8) + [5]
            try bytes.write(to: path)
            let value: [UInt8]? = try Checkpoint.read(path.path)["x"]?.array()
            #expect(value == [5])
        }
    }

    @Test("Tensors of many blocks are verified to the last byte")
    func large() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            let large = try Tensor.zeros([5 << 20])
            try Checkpoint(entries: [("a", try Tensor(Float(1))), ("large", large)]).writeSafetensors(to: path.path)
            let whole = try Data(contentsOf: path)
            #expect(try Checkpoint.read(path.path)["large"]?.shape == [5 << 20])
            for place in [whole.count - 1, whole.count - (9 << 20), whole.count - (19 << 20)] {
                try flipped(whole, place, bit: 3).write(to: path)
                let error = #expect(throws: CheckpointError.self) { try Checkpoint.verify(path.path) }
                #expect(error?.problem.contains("'large'") == true)
            }
        }
    }

    /// The tensors as values, for comparison.
    private func values(_ checkpoint: Checkpoint) throws -> [String: [Double]] {
        try Dictionary(
            uniqueKeysWithValues: checkpoint.entries.map {
                ($0.name, try $0.tensor.to(.float64).array(as: Double.self))
            })
    }

    @Test("A flipped bit in a .pth file is noticed or harmless; the error names tensor and entry")
    func everyBitOfArchive() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.pth")
            try checkpoint.writePyTorch(to: path.path)
            let whole = try Data(contentsOf: path)
            let right = try values(Checkpoint.read(path.path))
            for place in whole.indices {
                try flipped(whole, place, bit: place % 8).write(to: path)
                guard let read = try? Checkpoint.read(path.path) else { continue }
                let found = try values(read)
                #expect(found == right, "byte \(place)")
            }
            let tensors: [(name: String, entry: String, bytes: Data)] = [
                ("first.weight", "data/0", ([1, 2, 3] as [Float]).withUnsafeBytes { Data($0) }),
                ("second", "data/1", ([7, 8] as [Int]).withUnsafeBytes { Data($0) }),
            ]
            for (name, entry, bytes) in tensors {
                let place = try #require(whole.range(of: bytes)).lowerBound + 5
                try flipped(whole, place, bit: 6).write(to: path)
                let error = #expect(throws: CheckpointError.self) { try Checkpoint.read(path.path) }
                #expect(error?.code == .damaged)
                #expect(
                    error?.problem.contains("'\(name)' (entry '\(entry)') is damaged") == true, "\(error as Any)"
                )
                #expect(error?.description.hasPrefix(path.path) == true)
            }
            // The pickle contains the offsets of tensors.
            let place = try #require(whole.range(of: Data("first.weight".utf8))).lowerBound
            try flipped(whole, place, bit: 0).write(to: path)
            let error = #expect(throws: CheckpointError.self) { try Checkpoint.readMetadata(path.path) }
            #expect(error?.problem.contains("'data.pkl' is damaged") == true, "\(error as Any)")
        }
    }

    @Test("A .pth file without checksums, an option of PyTorch, is read")
    func archiveWithoutSums() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x.pth")
            try checkpoint.writePyTorch(to: path.path)
            var bytes = Array(try Data(contentsOf: path))
            for place in bytes.indices.dropLast(20) where bytes[place...].starts(with: [0x50, 0x4B, 1, 2]) {
                bytes.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
            }
            try Data(bytes).write(to: path)
            let found = try values(Checkpoint.read(path.path))
            #expect(found == ["first.weight": [1, 2, 3], "second": [7, 8]])
        }
    }
}
