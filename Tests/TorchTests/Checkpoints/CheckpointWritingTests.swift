import Foundation
import TestSupport
import Testing

@testable import Platform
@testable import Torch

@Suite("Writing of checkpoints") struct CheckpointWritingTests {
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
    @Test("A written file has the bytes of torch.save", arguments: ["plain.pth", "module.pth", "no-tensors.pth"])
    func sameBytes(file: String) throws {
        try withTemporaryFolder { folder in
            let copy = folder.appending(path: "copy.pth")
            try golden(file).writePyTorch(to: copy.path)
            #expect(try Data(contentsOf: copy) == Data(contentsOf: Goldens.url("checkpoints/\(file)")))
        }
    }

    @Test(
        "A checkpoint is read back as it was written",
        arguments: [
            "every-kind.pth", "every-kind.safetensors", "module-legacy.pth", "plain.pth", "same-storages.pth",
        ])
    func roundTrip(file: String) throws {
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

    @Test("Equal checkpoints give equal bytes") func equalBytes() throws {
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

    @Test("Shared memory is written once") func sharedMemory() throws {
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

    @Test("A view of a large tensor is written without the rest") func smallView() throws {
        let checkpoint = Checkpoint(entries: [("row", try Tensor.zeros([1000, 100]).select(dim: 0, index: 3))])
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "row.pth").path
            try checkpoint.writePyTorch(to: path)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) < 4000)
        }
    }

    @Test("More entries than one pickle batch are written") func manyEntries() throws {
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

    /// The disk fills up after this many bytes: the error is the disk's, and LibTorch's writer survives it.
    @Test("Writers throw the errors of the disk") func diskErrors() throws {
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
