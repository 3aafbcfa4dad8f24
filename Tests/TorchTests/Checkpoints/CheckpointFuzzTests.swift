import Foundation
import TestSupport
import Testing

@testable import Torch

/// Files that are altered at random must be read or refused; nothing else may happen.
///
/// `APUS_FUZZ_ROUNDS` sets how many altered files are tried.
struct CheckpointFuzzTests {
    /// SplitMix64.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let rounds = ProcessInfo.processInfo.environment["APUS_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 600

    private func alter(_ bytes: inout [UInt8], using random: inout Random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[position] = .random(in: 0...255, using: &random)
        case 2: bytes[position] = [0, 0x7F, 0x80, 0xFF, 0x28, 0x52, 0x51, 0x71].randomElement(using: &random) ?? 0
        case 3:
            let extreme =
                [0, 1, Int.max, Int.min, -1, Int(Int32.max), Int(UInt32.max)].randomElement(using: &random) ?? 0
            for (offset, byte) in withUnsafeBytes(of: extreme, Array.init).enumerated()
            where position + offset < bytes.count {
                bytes[position + offset] = byte
            }
        case 4: bytes.removeSubrange(position..<min(position + .random(in: 1...16, using: &random), bytes.count))
        case 5:
            let length = Int.random(in: 1...64, using: &random)
            let chunk = Array(bytes[position...].prefix(length))
            bytes.insert(contentsOf: chunk, at: Int.random(in: 0...bytes.count, using: &random))
        case 6: bytes.removeLast(bytes.count - position)
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.swapAt(position, other)
        }
        if bytes.isEmpty { bytes = [0] }
    }

    @Test func alteredFilesAreReadOrRefused() throws {
        let folder = Goldens.url("checkpoints")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !$0.hasSuffix(".json") && $0 != "tar.pth" }.sorted()
        let files = try names.map { Array(try Data(contentsOf: folder.appending(path: $0))) }
        var random = Random(state: 2026)
        var accepted = 0
        for round in 0..<Self.rounds {
            var bytes = files[round % files.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                alter(&bytes, using: &random)
            }
            let stateKey = names[round % files.count] == "nested.pth" ? "state_dict" : nil
            do {
                let checkpoint = try bytes.withUnsafeBytes { bytes in
                    try Checkpoint(CheckpointLayout(of: bytes, stateKey: stateKey), in: bytes)
                }
                // What is accepted must lie within its memory: every byte is read.
                for (_, tensor) in checkpoint.entries where tensor.count < 1 << 20 {
                    _ = try tensor.withUnsafeBytes { $0.reduce(0 as UInt8, &+) }
                }
                accepted += 1
            } catch is CheckpointFault {
                continue
            }
        }
        // Altered numbers alone go unnoticed, so some are read; most are not.
        #expect(accepted > 0 && accepted < Self.rounds)
    }
}
