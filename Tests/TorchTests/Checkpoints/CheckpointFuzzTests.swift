import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Torch

/// Randomly changed files are read or refused, without crashes and with bounded memory and time.
///
/// `APUS_FUZZ_ROUNDS` sets the number of changed files, `APUS_FUZZ_SEED` the first of them; `APUS_FUZZ_REPORT` names a
/// file for the results.
@Suite("Fuzzed checkpoints") struct CheckpointFuzzTests {
    /// In a separate process a crash of the reader ends only that process, and its memory is that of the reader.
    @Test("Changed files are read or refused") func changedFiles() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            let environment = ProcessInfo.processInfo.environment
            let rounds = environment["APUS_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 10_000
            let first = environment["APUS_FUZZ_SEED"].flatMap { UInt64($0) } ?? 2026
            let seeds = try FuzzSeed.all()
            let memory = try GuardedMemory(count: (seeds.map(\.bytes.count).max() ?? 0) * 2)
            var counts: (read: Int, refused: Int) = (0, 0)
            var slowest = Duration.zero
            for seed in seeds { try expectSound(memory.holding(seed.bytes), seed) }
            let before = try resetPeakMemory()
            for round in 0..<rounds {
                // Each round depends on its number alone, so that a failing one can be repeated alone.
                var random = SplitMix64(state: first &+ UInt64(round) &* 0x1000_0000_01B3)
                let seed = seeds[round % seeds.count]
                var bytes = seed.bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) { alter(&bytes, seed, using: &random) }
                if bytes.isEmpty { bytes = [0] }
                if bytes.count > memory.count { bytes.removeLast(bytes.count - memory.count) }
                let started = ContinuousClock.now
                if try isRead(memory.holding(bytes), seed) { counts.read += 1 } else { counts.refused += 1 }
                slowest = max(slowest, started.duration(to: .now))
            }
            let growth = try peakMemory() - before
            let report = "\(counts), slowest \(slowest), peak memory + \(growth >> 10) KiB"
            if let path = environment["APUS_FUZZ_REPORT"] {
                try Data("\(report)\n".utf8).write(to: URL(filePath: path))
            }
            // Changed values alone are not noticed, so some files are read; most are not.
            #expect(counts.read > 0 && counts.read < rounds)
            #expect(slowest < .seconds(20), "\(report)")
            // Any file may need 16 MiB, and the largest seed has 25 KB.
            #expect(growth < 40 << 20, "\(report)")
        }
    }

    /// A larger file with wrong records needs at most a few times its size.
    @Test("Memory is proportional to the file size") func memoryUse() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            let size = 8 << 20
            let weight = try Tensor.zeros([size / 4])
            let checkpoint = Checkpoint(entries: [("weight", weight), ("bias", try Tensor.ones([64]))])
            let files = try withTemporaryFolder { folder in
                let paths = ["a.pth", "a.safetensors"].map { folder.appending(path: $0) }
                try checkpoint.writePyTorch(to: paths[0].path)
                try checkpoint.writeSafetensors(to: paths[1].path)
                return try paths.map { Array(try Data(contentsOf: $0)) }
            }
            for file in files {
                let seed = FuzzSeed(name: "large", bytes: file, stateKey: nil)
                let memory = try GuardedMemory(count: file.count)
                let before = try resetPeakMemory()
                for round in 0..<300 {
                    var random = SplitMix64(state: UInt64(round))
                    var bytes = file
                    // Everything except tensor values is at both ends.
                    let end = Bool.random(using: &random) ? bytes.count - 600..<bytes.count : 0..<600
                    var part = Array(bytes[end])
                    alter(&part, seed, using: &random)
                    bytes.replaceSubrange(end, with: part)
                    if bytes.count > memory.count { bytes.removeLast(bytes.count - memory.count) }
                    _ = try isRead(memory.holding(bytes), seed)
                }
                // The test's copy, twice as large where bytes were inserted, and the tensors' own.
                let growth = try peakMemory() - before
                #expect(growth < 4 * size + (8 << 20), "\(growth >> 10) KiB")
            }
        }
    }
}

/// A valid file that is changed.
private struct FuzzSeed {
    let name: String
    let bytes: [UInt8]
    let stateKey: String?

    /// All golden files, including the refused ones.
    static func all() throws -> [FuzzSeed] {
        let folder = Goldens.url("checkpoints")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !$0.hasSuffix(".json") }.sorted()
        return try names.map { name in
            FuzzSeed(
                name: name, bytes: withoutSums(Array(try Data(contentsOf: folder.appending(path: name)))),
                stateKey: name == "training-two.pth" ? "model" : nil)
        }
    }
}

/// A ZIP archive without the checksums of its entries, which would refuse every change; other files unchanged.
private func withoutSums(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: [0x50, 0x4B]) else { return bytes }
    var bytes = bytes
    for place in bytes.indices.dropLast(20) where bytes[place...].starts(with: [0x50, 0x4B, 1, 2]) {
        bytes.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
    }
    return bytes
}

/// SplitMix64.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Memory that ends at an unreadable page: reading one byte too many ends the process.
private struct GuardedMemory {
    let count: Int
    private let end: UnsafeMutableRawPointer

    init(count: Int) throws {
        let page = 4096
        let pages = (count + page - 1) / page
        let start = try #require(
            mmap(nil, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        end = start + pages * page
        precondition(mprotect(end, page, PROT_NONE) == 0)
        self.count = pages * page
    }

    func holding(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let start = end - bytes.count
        let held = UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
        held.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(held)
    }
}

/// Whether the file is read; false if it is refused correctly.
private func isRead(_ bytes: UnsafeRawBufferPointer, _ seed: FuzzSeed) throws -> Bool {
    do {
        let checkpoint = try Checkpoint(CheckpointLayout(of: bytes, stateKey: seed.stateKey), in: bytes)
        // Accepted data must be inside their memory: they are read.
        for (_, tensor) in checkpoint.entries {
            _ = try tensor.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: max(1, bytes.count >> 16)).reduce(0 as UInt8) { $0 &+ bytes[$1] }
            }
        }
        let names: [(name: String, shape: [Int])] = checkpoint.entries.prefix(20).map { ($0.name, $0.tensor.shape) }
        do { _ = try checkpoint.matched(to: names) } catch is AmbiguousNamesError {}
        return true
    } catch let fault as CheckpointFault {
        #expect(!fault.problem.isEmpty && !fault.advice.isEmpty)
        #expect(fault.problem.utf8.count + fault.advice.utf8.count < 8000)
        return false
    }
}

/// The unchanged seeds pass the other tests.
private func expectSound(_ bytes: UnsafeRawBufferPointer, _ seed: FuzzSeed) throws { _ = try isRead(bytes, seed) }

/// One change: bits, bytes, wrong lengths, offsets and counts, truncation, repeated, moved or removed pieces, and
/// pickle instructions, including cycles.
private func alter(_ bytes: inout [UInt8], _ seed: FuzzSeed, using random: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let position = place(in: bytes.count, using: &random)
    switch Int.random(in: 0..<14, using: &random) {
    case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[position] = .random(in: 0...255, using: &random)
    case 2: bytes[position] = [0, 0x7F, 0x80, 0xFF, 0x28, 0x52, 0x51, 0x71].randomElement(using: &random) ?? 0
    case 3, 4:
        let extremes = [
            0, 1, -1, Int.max, Int.min, Int(Int32.max), Int(UInt32.max), Int.max / 2, 1 << 31, 1 << 33, 1 << 40,
            bytes.count, bytes.count - position, bytes.count + 1,
        ]
        let extreme = extremes.randomElement(using: &random) ?? 0
        let width = [1, 2, 4, 8].randomElement(using: &random) ?? 8
        for (offset, byte) in withUnsafeBytes(of: extreme.littleEndian, Array.init).prefix(width).enumerated()
        where position + offset < bytes.count {
            bytes[position + offset] = byte
        }
    case 5: bytes.removeSubrange(position..<min(position + .random(in: 1...16, using: &random), bytes.count))
    case 6:
        let length = Int.random(in: 1...64, using: &random)
        let chunk = Array(bytes[position...].prefix(length))
        bytes.insert(contentsOf: chunk, at: place(in: bytes.count, using: &random))
    case 7: bytes.removeLast(bytes.count - position)
    case 8: bytes.swapAt(position, place(in: bytes.count, using: &random))
    case 9:
        // Digits: sizes and offsets in JSON, octal sizes in tar.
        let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
        if let digit = digits.randomElement(using: &random) { bytes[digit] = .random(in: 0x30...0x39, using: &random) }
    case 10:
        // A number becomes huge.
        let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
        if let digit = digits.randomElement(using: &random) {
            let count = Int.random(in: 1...20, using: &random)
            bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: count), at: digit)
        }
    default: alterPickle(&bytes, at: position, using: &random)
    }
    repairTarHeaders(&bytes)
}

/// Both ends hold the structure of the file.
private func place(in count: Int, using random: inout SplitMix64) -> Int {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: Int.random(in: 0..<min(count, 512), using: &random)
    case 1: Int.random(in: max(0, count - 512)..<count, using: &random)
    default: Int.random(in: 0..<count, using: &random)
    }
}

/// Inserts instructions into a pickle: values that contain themselves, marks, calls, repetitions.
private func alterPickle(_ bytes: inout [UInt8], at position: Int, using random: inout SplitMix64) {
    let memo = UInt8.random(in: 0..<12, using: &random)
    let pieces: [[UInt8]] = [
        // A list, a dictionary and a tuple that contain themselves.
        [0x5D, 0x71, memo, 0x68, memo, 0x61], [0x7D, 0x71, memo, 0x68, memo, 0x68, memo, 0x73],
        [0x5D, 0x71, memo, 0x68, memo, 0x85, 0x61], [0x68, memo, 0x68, memo, 0x62],
        // A memo entry, in another position.
        [0x68, memo], [0x68, memo, 0x73], [0x68, memo, 0x52], [0x68, memo, 0x85, 0x52], [0x68, memo, 0x81],
        [0x68, memo, 0x51], [0x71, memo], [0x32], [0x30], [0x28], [0x74], [0x75], [0x65], [0x31], [0x2E], [0x29, 0x81],
        // Lengths without content, and counts without values.
        [0x58, 0xFF, 0xFF, 0xFF, 0x7F], [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x8B, 0, 0, 0, 0x80],
        [0x8A, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x4A, 0xFF, 0xFF, 0xFF, 0x7F],
        [0x4A, 0, 0, 0, 0x80], [0x95, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        Array("ctorch.nn.parameter\nParameter\n".utf8) + [0x29, 0x81], Array("ccollections\nOrderedDict\n".utf8),
        Array("cargparse\nNamespace\n".utf8) + [0x29, 0x81], Array("ctorch\nSize\n".utf8),
    ]
    let piece = pieces.randomElement(using: &random) ?? []
    let count = Bool.random(using: &random) ? 1 : Int.random(in: 1...300, using: &random)
    let content = Array(repeatElement(piece, count: count).joined())
    if Bool.random(using: &random), position + content.count <= bytes.count {
        bytes.replaceSubrange(position..<position + content.count, with: content)
    } else {
        bytes.insert(contentsOf: content, at: position)
    }
}

/// Headers of tar archives have a checksum, which would refuse every change.
private func repairTarHeaders(_ bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count - 511, by: 512)
    where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
        var sum = 8 * 0x20
        for index in 0..<512 where !(148..<156).contains(index) { sum += Int(bytes[start + index]) }
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits
        bytes.replaceSubrange(start + 148..<start + 156, with: Array(field.utf8) + [0, 0x20])
    }
}
