import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Torch

/// PyTorch's contents of a golden file.
private struct Expected: Decodable {
    struct Entry: Decodable, Equatable {
        let name: String
        let dtype: String
        let shape: [Int]
        let strides: [Int]
        let bytes: String
    }

    struct Version: Decodable, Equatable {
        let module: String
        let version: Int

        init(from decoder: any Decoder) throws {
            var fields = try decoder.unkeyedContainer()
            module = try fields.decode(String.self)
            version = try fields.decode(Int.self)
        }
    }

    let tensors: [Entry]
    let moduleVersions: [Version]

    static func all() throws -> [String: Expected] { try Goldens.json("checkpoints/expected.json") }
}

private func path(_ name: String) -> String { Goldens.url("checkpoints/\(name)").path }

private func hexadecimal(_ tensor: Tensor) throws -> String {
    try tensor.withUnsafeBytes { $0.map { String(format: "%02x", $0) }.joined() }
}

@Suite("Reading of checkpoints") struct CheckpointReadingTests {
    @Test(
        "Files are read as by PyTorch",
        arguments: [
            "every-kind.pth", "every-kind-legacy.pth", "every-kind-protocol4.pth", "every-kind-legacy-protocol4.pth",
            "every-kind.safetensors", "plain.pth", "compressed.pth", "module.pth", "module-legacy.pth",
            "big-endian.pth",
            "pairs-legacy.pth", "storage-views-legacy.pth", "scalars-beside.pth", "no-tensors.pth",
            "every-kind-tar.pth",
            "parts-tar.pth", "old-parameters-legacy.pth", "same-storages.pth", "same-storages-legacy.pth", "nested.pth",
            "training.pth",
        ])
    func pyTorchFiles(file: String) throws {
        let expected = try #require(try Expected.all()[file])
        let checkpoint = try Checkpoint.read(path(file))
        // Names are compared by bytes, because two of them are equal in Swift.
        #expect(checkpoint.entries.map { Array($0.name.utf8) } == expected.tensors.map { Array($0.name.utf8) })
        for ((name, tensor), entry) in zip(checkpoint.entries, expected.tensors) {
            #expect(tensor.dtype.name == entry.dtype, "\(name)")
            #expect(tensor.shape == entry.shape, "\(name)")
            #expect(try hexadecimal(tensor) == entry.bytes, "\(name)")
            if name != "part", name != "long.dimension" {
                #expect(tensor.strides == entry.strides, "\(name)")
            }
        }
        #expect(checkpoint.moduleVersions.map(\.module) == expected.moduleVersions.map(\.module))
        #expect(checkpoint.moduleVersions.map(\.version) == expected.moduleVersions.map(\.version))
    }

    @Test(
        "Tensors that share memory in a file share it after reading",
        arguments: ["every-kind.pth", "every-kind-legacy.pth", "every-kind-tar.pth"]
    )
    func sharedMemory(file: String) throws {
        let checkpoint = try Checkpoint.read(path(file))
        let whole = try #require(checkpoint["whole"])
        let transposed = try #require(checkpoint["transposed"])
        let scalar = try #require(checkpoint["scalar"])
        #expect(whole.storage == transposed.storage)
        #expect(whole.storage != scalar.storage)
        try whole.fill(42)
        #expect(try transposed.array(as: Float.self).allSatisfy { $0 == 42 })
    }

    @Test("Canonically equivalent names stay separate") func equivalentNames() throws {
        let checkpoint = try Checkpoint.read(path("every-kind.pth"))
        #expect(checkpoint["caf\u{E9}"]?.shape == [1])
        #expect(checkpoint["cafe\u{301}"]?.shape == [2])
    }

    @Test("Numbers and texts next to tensors are metadata") func metadata() throws {
        let checkpoint = try Checkpoint.read(path("scalars-beside.pth"))
        #expect(checkpoint.metadata == ["epoch": "7", "loss": "0.25", "arch": "small", "frozen": "false"])
        #expect(try Checkpoint.readMetadata(path("scalars-beside.pth")) == checkpoint.metadata)
    }

    @Test("The metadata of safetensors files are read") func safetensorsMetadata() throws {
        let expected = ["format": "pt", "quote": "a \"b\" \\ c\n", "é": "ü"]
        #expect(try Checkpoint.read(path("every-kind.safetensors")).metadata == expected)
        #expect(try Checkpoint.readMetadata(path("every-kind.safetensors")) == expected)
    }

    /// Each dtype, from one storage: whole, from an offset, with strides.
    @Test("Tensors of every type may share a storage", arguments: ["same-storages.pth", "same-storages-legacy.pth"])
    func sharedStorages(file: String) throws {
        let checkpoint = try Checkpoint.read(path(file))
        for dtype in DType.allCases {
            let whole = try #require(checkpoint["\(dtype.name).whole"])
            for name in ["rows", "strided"] {
                #expect(checkpoint["\(dtype.name).\(name)"]?.storage == whole.storage)
            }
        }
    }

    @Test(
        "Published weights are read", .testData,
        arguments: [
            ("mobilenet_v2-b0353104.pth", 314, "features.0.0.weight"),
            ("resnet18-backbone-fp16rounded-bnrecal.pth", 120, "conv1.weight"),
            ("squeezenet1_1-torchvision-fp16rounded.pth", 52, "features.0.weight"),
            ("alexnet-features-only.pth", 10, "features.0.weight"),
        ])
    func realWeights(file: String, count: Int, first: String) throws {
        let checkpoint = try Checkpoint.read(try TestData.url("weights/\(file)").path)
        #expect(checkpoint.entries.count == count)
        #expect(checkpoint.entries.first?.name == first)
        for (name, tensor) in checkpoint.entries where tensor.dtype == .float32 {
            let largest: Float = try tensor.abs().max().item()
            #expect(largest.isFinite && largest < 1000, "\(name)")
        }
    }
}
