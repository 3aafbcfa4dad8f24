import Testing

@testable import Torch

struct PickleReaderTests {
    private func read(_ bytes: [UInt8]) throws -> (value: PickleValue, heap: PickleHeap) {
        try bytes.withUnsafeBytes { bytes in
            var reader = PickleReader(bytes)
            return (try reader.read(), reader.heap)
        }
    }

    private func op(_ opcode: PickleOpcode) -> [UInt8] { [opcode.rawValue] }

    @Test(
        arguments: [
            ([0x4B, 0xFF], 255), ([0x4D, 0x00, 0x01], 256), ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2),
            ([0x8A, 0x00], 0), ([0x8A, 0x01, 0xFF], -1), ([0x8A, 0x02, 0xFF, 0x00], 255),
            ([0x8A, 0x05, 0, 0, 0, 0, 1], 1 << 32),
            ([0x8A, 0x08, 0, 0, 0, 0, 0, 0, 0, 0x80], Int.min), ([0x8B, 0x03, 0, 0, 0, 0, 0, 0x80], -(1 << 23)),
        ] as [([UInt8], Int)])
    func integers(bytes: [UInt8], value: Int) throws {
        #expect(try read(bytes + op(.stop)).value == .integer(value))
    }

    @Test(arguments: [
        0, 255, 256, 65535, 65536, -1, -128, -129, Int(Int32.max), Int(Int32.min), 1 << 31, -(1 << 31) - 1,
        127 << 32, 128 << 32, Int.max, Int.min,
    ])
    func writtenIntegersComeBack(value: Int) throws {
        var writer = PickleWriter()
        writer.integer(value)
        writer.op(.stop)
        #expect(try read(writer.bytes).value == .integer(value))
    }

    @Test func containersAndMemo() throws {
        // [(1, 2), (1, 2)] with the tuple recalled, inside a dict under "k".
        let bytes =
            op(.emptyDict) + op(.binUnicode) + [1, 0, 0, 0, 0x6B] + op(.emptyList) + op(.mark) + op(.binInt1) + [1]
            + op(.binInt1) + [2] + op(.tuple2) + op(.memoize) + op(.binGet) + [0] + op(.appends) + op(.setItem)
            + op(.stop)
        let (value, heap) = try read(bytes)
        #expect(value == .dictionary(0))
        #expect(heap.value(of: "k", in: 0) == .list(0))
        #expect(heap.sequences[0] == [.tuple(1), .tuple(1)])
        #expect(heap.sequences[1] == [.integer(1), .integer(2)])
    }

    @Test func aListThatHoldsItselfIsNoTrouble() throws {
        let (value, heap) = try read(
            op(.emptyList) + op(.binPut) + [0] + op(.binGet) + [0] + op(.append) + op(.stop))
        #expect(value == .list(0))
        #expect(heap.sequences == [[.list(0)]])
    }

    @Test func deepNestingNeedsNoStack() throws {
        let depth = 1_000_000
        let (value, heap) = try read(
            op(.none) + [UInt8](repeating: PickleOpcode.tuple1.rawValue, count: depth) + op(.stop))
        #expect(value == .tuple(depth - 1))
        #expect(heap.sequences.count == depth)
    }

    @Test func sizeIsLimited() {
        let bytes = [UInt8](repeating: PickleOpcode.none.rawValue, count: PickleReader.maximumValues + 1)
        #expect(throws: CheckpointFault.self) { try read(bytes + op(.stop)) }
    }

    @Test(
        arguments: [
            [], [0x2E], [0x80], [0x80, 6, 0x2E], [0x58, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x68, 0, 0x2E], [0x52, 0x2E], [0x4E, 0x52, 0x2E], [0x4E, 0x4E, 0x52, 0x2E], [0x74, 0x2E], [0x28, 0x2E],
            [0x28, 0x85, 0x2E], [0x4E, 0x28, 0x30, 0x30, 0x30, 0x2E], [0x5D, 0x4E, 0x4E, 0x73, 0x2E],
            [0x7D, 0x4E, 0x61, 0x2E],
            [0x7D, 0x28, 0x4E, 0x75, 0x2E], [0x29, 0x51, 0x2E], [0x4E, 0x51, 0x2E], [0x4E, 0x62, 0x2E],
            [0x4E, 0x4E, 0x62, 0x2E],
            [0x58, 1, 0, 0, 0, 0xFF, 0x2E], [0x49, 0x31, 0x0A, 0x2E], [0x82, 1, 0x2E],
        ] as [[UInt8]])
    func nonsenseIsAnError(bytes: [UInt8]) {
        #expect(throws: CheckpointFault.self) { try read(bytes) }
    }

    @Test(arguments: [
        "posix\nsystem", "nt\nsystem", "builtins\neval", "__builtin__\nexec", "os\nsystem", "torch\nload",
        "torch\nTensor",
        "torch._utils\n_rebuild_device_tensor_from_numpy", "collections\nCounter", "numpy\nndarray",
        "torch.storage\n_load_from_bytes",
        "torch\nFloatStorage.from_file", "collections.OrderedDict\n",
    ])
    func namesAreRefused(name: String) throws {
        let bytes = op(.global) + Array("\(name)\n".utf8) + op(.stop)
        let fault = try #require(throws: CheckpointFault.self) { try read(bytes) }
        #expect(fault.kind == .refused)
        #expect(fault.problem.contains("'\(name.replacing("\n", with: "."))'"))
    }

    @Test func controlCharactersOfAFileDoNotReachTheTerminal() throws {
        let bytes = op(.global) + Array("os\u{1B}[31m\nsystem\u{202E}\n".utf8) + op(.stop)
        let fault = try #require(throws: CheckpointFault.self) { try read(bytes) }
        #expect(fault.problem.contains("'os?[31m.system?'"))
    }

    @Test func objectsOfClassesAreRefused() throws {
        let bytes =
            op(.global) + Array("collections\nOrderedDict\n".utf8) + op(.emptyTuple) + op(.newObject) + op(.stop)
        #expect(try #require(throws: CheckpointFault.self) { try read(bytes) }.kind == .refused)
    }
}

struct StridedViewTests {
    @Test func viewsStayWithinTheirStorage() throws {
        #expect(try StridedView(offset: 2, shape: [2, 3], strides: [3, 1], capacity: 8).count == 6)
        #expect(try StridedView(offset: 0, shape: [1 << 30], strides: [0], capacity: 1).count == 1 << 30)
        #expect(try StridedView(offset: 9, shape: [0, 5], strides: [5, 1], capacity: 0).count == 0)
        for (offset, shape, strides) in [
            (3, [2, 3], [3, 1]), (-1, [1], [1]), (0, [-1], [1]), (0, [2], [-1]), (0, [3], [Int.max]),
            (Int.max, [2], [1]), (0, [Int.max, Int.max], [0, 0]), (0, [2, 2], [1]), (8, [], []),
        ] {
            #expect(throws: CheckpointFault.self, "\(offset) \(shape) \(strides)") {
                try StridedView(offset: offset, shape: shape, strides: strides, capacity: 8)
            }
        }
        #expect(throws: CheckpointFault.self) {
            let ones = [Int](repeating: 1, count: 65)
            _ = try StridedView(offset: 0, shape: ones, strides: ones, capacity: 1)
        }
    }

    @Test(
        arguments: [
            ([2, 3], [3, 1], true), ([3, 2], [1, 3], false), ([1, 3], [99, 1], true), ([], [], true),
            ([0, 3], [7, 7], true),
            ([2, 1, 4], [4, 9, 1], true), ([2, 2], [4, 1], false), ([3], [0], false),
        ] as [([Int], [Int], Bool)])
    func contiguity(shape: [Int], strides: [Int], isContiguous: Bool) throws {
        #expect(try StridedView(offset: 0, shape: shape, strides: strides, capacity: 100).isContiguous == isContiguous)
    }
}
