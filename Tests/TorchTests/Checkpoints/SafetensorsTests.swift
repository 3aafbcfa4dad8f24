import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Torch

@Suite("Safetensors") struct SafetensorsTests {
    /// A file of this header and this many zero bytes.
    private func layout(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> CheckpointLayout {
        var bytes: [UInt8] = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        bytes += Array(header.utf8) + [UInt8](repeating: 0, count: data)
        return try bytes.withUnsafeBytes { try SafetensorsReader.layout(of: $0) }
    }

    private func tensor(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
        #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    @Test("Valid headers are read") func validHeaders() throws {
        #expect(try layout("{}").entries.isEmpty)
        #expect(try layout(#"{"__metadata__":{}}   "#).entries.isEmpty)
        let two = try layout(
            " {\(tensor("b", "F32", "[2, 1]", "[2,10]")) ,\n\(tensor("a", "F16", "[]", "[0,2]"))}".dropFirst()
                .description,
            data: 10)
        #expect(two.entries.map(\.name) == ["b", "a"])
        #expect(two.entries.map(\.view.shape) == [[2, 1], []])
        let escaped = try layout(#"{"__metadata__":{"a\u00e9\n\"\\\/":"\ud83d\ude00"}}"#)
        #expect(escaped.metadata == ["aé\n\"\\/": "😀"])
        #expect(try layout("{\(tensor("x", "BOOL", "[0,7]", "[0,0]"))}").entries.first?.view.count == 0)
    }

    @Test("Invalid headers are refused") func invalidHeaders() throws {
        let f32 = { (shape: String, offsets: String) in "{\(tensor("x", "F32", shape, offsets))}" }
        let faults: [(String, Int)] = [
            ("", 0), ("[]", 0), (" {}", 0), ("{", 0), ("{}{}", 0), ("{}x", 0), (#"{"x"}"#, 0), (#"{"x":1}"#, 0),
            ("{,}", 0),
            (f32("[2]", "[0,8]"), 7), (f32("[2]", "[0,8]"), 9), (f32("[2]", "[0,7]"), 7), (f32("[2]", "[4,12]"), 12),
            (f32("[2]", "[8,0]"), 8), (f32("[2]", "[0]"), 8), (f32("[-1]", "[0,0]"), 0), (f32("[1.0]", "[0,4]"), 4),
            (f32("[01]", "[0,4]"), 4), (f32("[1e0]", "[0,4]"), 4), (f32("[\u{B2}]", "[0,8]"), 8),
            (f32("[4294967296,4294967296]", "[0,0]"), 0), (f32("[9223372036854775807,2]", "[0,0]"), 0),
            (f32("[99999999999999999999]", "[0,0]"), 0), (f32("[2]", "[0,18446744073709551615]"), 8),
            ("{\(tensor("x", "F99", "[]", "[0,4]"))}", 4), ("{\(tensor("x", "C64", "[]", "[0,8]"))}", 8),
            ("{\(tensor("x", "F32", "[]", "[0,4]")),\(tensor("x", "F32", "[]", "[4,8]"))}", 8),
            ("{\(tensor("x", "F32", "[]", "[0,4]")),\(tensor("\\u0078", "F32", "[]", "[4,8]"))}", 8),
            ("{\(tensor("x", "F32", "[]", "[0,4]")),\(tensor("y", "F32", "[]", "[0,4]"))}", 4),
            ("{\(tensor("x", "F32", "[]", "[0,4]")),\(tensor("y", "F32", "[]", "[2,6]"))}", 6),
            ("{\(tensor("x", "F32", "[]", "[0,4]")),\(tensor("y", "F32", "[]", "[5,9]"))}", 9),
            (#"{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4],"more":1}}"#, 4),
            (#"{"x":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 4),
            (#"{"x":{"dtype":"F32","shape":[]}}"#, 4), (#"{"__metadata__":{"a":1}}"#, 0),
            (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0), (#"{"__metadata__":{"a":"\ud83d"}}"#, 0),
            (#"{"__metadata__":{"a":"\q"}}"#, 0), ("{\"__metadata__\":{\"a\":\"\n\"}}", 0),
            (#"{"__metadata__":{"a":"}"#, 0),
        ]
        for (header, data) in faults {
            #expect(throws: CheckpointFault.self, "\(header)") { try layout(header, data: data) }
        }
        #expect(throws: CheckpointFault.self) { try layout("{}", length: .max) }
        #expect(throws: CheckpointFault.self) { try layout("{}", length: 3) }
        #expect(throws: CheckpointFault.self) { try layout("{}", length: 100_000_001) }
    }

    @Test("A written header is aligned and ordered") func writtenHeader() throws {
        let checkpoint = Checkpoint(
            entries: [
                ("z", try Tensor([1, 2, 3] as [UInt8])), ("a", try Tensor([1] as [Int])),
                ("m", try Tensor([1, 2] as [Float])),
            ], metadata: ["b": "2", "a": "1\n\u{1}"])
        var bytes: [UInt8] = []
        try SafetensorsWriter(checkpoint).write { bytes += $0 }
        let length = Int(bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
        #expect(length.isMultiple(of: 8))
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        // Between the two are the checksums of the header and of three tensors.
        let pattern = #/"apus-checksums":"1:[0-9a-f]{16}:[0-9a-f]{48}",/#
        #expect(header.contains(pattern))
        #expect(
            header.replacing(pattern, with: "").trimmingCharacters(in: .whitespaces)
                == #"{"__metadata__":{"a":"1\n\u0001","b":"2"},"#
                + #""z":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},"#
                + #""a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
                + #""m":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#)
        #expect(bytes.suffix(3) == [1, 2, 3])
        #expect(bytes.count == 8 + length + 19)
    }

    @Test("Repeated names are not written") func repeatedNames() throws {
        let one = try Tensor(Float(1))
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "x").path
            for names in [["a", "a"], ["__metadata__", "a"]] {
                let error = try #require(throws: CheckpointError.self) {
                    try Checkpoint(entries: names.map { ($0, one) }).writeSafetensors(to: path)
                }
                #expect(error.code == .invalid)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }
}
