import Foundation
import TestSupport
import Testing

@testable import Platform
@testable import Torch

struct CheckpointWritingTests {
    private func golden(_ name: String) throws -> Checkpoint {
        try Checkpoint.read(Goldens.url("checkpoints/\(name)").path)
    }

    private func expectSame(_ left: Checkpoint, _ right: Checkpoint) throws {
        #expect(left.entries.map { Array($0.name.utf8) } == right.entries.map { Array($0.name.utf8) })
        for ((name, left), (_, right)) in zip(left.entries, right.entries) {
            #expect(left.shape == right.shape && left.dtype == right.dtype, "\(name)")
            let same = try left.withUnsafeBytes { left in try right.withUnsafeBytes { left.elementsEqual($0) } }
            #expect(same, "\(name)")
        }
    }

    /// LibTorch's writer, Python's pickler and ours agree on every byte.
    @Test(arguments: ["plain.pth", "module.pth", "no-tensors.pth"])
    func writesTheBytesOfTorchSave(file: String) throws {
        try withTemporaryFolder { folder in
            let copy = folder.appending(path: "copy.pth")
            try golden(file).writePyTorch(to: copy.path)
            #expect(try Data(contentsOf: copy) == Data(contentsOf: Goldens.url("checkpoints/\(file)")))
        }
    }

    @Test(arguments: [
        "every-kind.pth", "every-kind.safetensors", "module-legacy.pth", "plain.pth", "same-storages.pth",
    ])
    func roundTrips(file: String) throws {
        try withTemporaryFolder { folder in
            let original = try golden(file)
            let torch = folder.appending(path: "copy.pth").path
            let safetensors = folder.appending(path: "copy.safetensors").path
            try original.writePyTorch(to: torch)
            try original.writeSafetensors(to: safetensors)
            try expectSame(try Checkpoint.read(torch), original)
            let copy = try Checkpoint.read(safetensors)
            try expectSame(copy, original)
            #expect(copy.metadata == original.metadata)
            #expect(try Checkpoint.read(torch).moduleVersions.map(\.version) == original.moduleVersions.map(\.version))
        }
    }

    @Test func equalCheckpointsGiveEqualBytes() throws {
        try withTemporaryFolder { folder in
            let paths = (0..<2).map { folder.appending(path: "\($0)") }
            for path in paths {
                var checkpoint = try golden("every-kind.pth")
                checkpoint.metadata = Dictionary(uniqueKeysWithValues: (0..<40).map { ("key \($0)", "value") })
                try checkpoint.writeSafetensors(to: path.path)
            }
            #expect(try Data(contentsOf: paths[0]) == Data(contentsOf: paths[1]))
            for path in paths {
                try golden("every-kind.pth").writePyTorch(to: path.path)
            }
            #expect(try Data(contentsOf: paths[0]) == Data(contentsOf: paths[1]))
        }
    }

    @Test func sharedMemoryIsWrittenOnce() throws {
        let base = try Tensor.zeros([1000, 100])
        let checkpoint = Checkpoint(entries: [("a", base), ("b", try base.transpose(0, 1)), ("c", base)])
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "shared.pth").path
            try checkpoint.writePyTorch(to: path)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) < 410_000)
            let copy = try Checkpoint.read(path)
            #expect(copy["a"]?.storage == copy["b"]?.storage)
            #expect(copy["b"]?.strides == [1, 100])
        }
    }

    @Test func aViewOfMuchIsWrittenAlone() throws {
        let checkpoint = Checkpoint(entries: [("row", try Tensor.zeros([1000, 100]).select(dim: 0, index: 3))])
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "row.pth").path
            try checkpoint.writePyTorch(to: path)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) < 4000)
        }
    }

    @Test func moreEntriesThanOneBatchOfThePickle() throws {
        let tensor = try Tensor(Float(1))
        for count in [1, 2, 1000, 1001, 2000] {
            let checkpoint = Checkpoint(entries: (0..<count).map { ("n\($0)", tensor) })
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "many.pth").path
                try checkpoint.writePyTorch(to: path)
                #expect(try Checkpoint.read(path).entries.map(\.name) == checkpoint.entries.map(\.name))
            }
        }
    }

    /// The disk fills up after so many bytes: the error is the disk's, and LibTorch's writer survives it.
    @Test func writersPassTheDisksErrorOn() throws {
        let checkpoint = try golden("plain.pth")
        var whole = 0
        try PyTorchWriter(checkpoint).write { (bytes) throws(FileError) in whole += bytes.count }
        for limit in stride(from: 0, to: whole, by: 97) {
            var room = limit
            let error = try #require(throws: FileError.self) {
                try PyTorchWriter(checkpoint).write { (bytes) throws(FileError) in
                    guard bytes.count <= room else { throw FileError(path: "full", operation: "write", code: ENOSPC) }
                    room -= bytes.count
                }
            }
            #expect(error.code == ENOSPC)
        }
    }
}
