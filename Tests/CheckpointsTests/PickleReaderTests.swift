import Testing

@testable import Checkpoints

@Suite("Pickles") struct PickleReaderTests {
    private func read(_ bytes: [UInt8]) throws -> (value: PickleValue, heap: PickleHeap) {
        try bytes.withUnsafeBytes { bytes in
            var reader = PickleReader(bytes)
            return (try reader.read(), reader.heap)
        }
    }

    private func op(_ opcode: PickleOpcode) -> [UInt8] { [opcode.rawValue] }

    @Test(
        "Integers of every width are read",
        arguments: [
            ([0x4B, 0xFF], 255), ([0x4D, 0x00, 0x01], 256), ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2),
            ([0x8A, 0x00], 0), ([0x8A, 0x01, 0xFF], -1), ([0x8A, 0x02, 0xFF, 0x00], 255),
            ([0x8A, 0x05, 0, 0, 0, 0, 1], 1 << 32),
            ([0x8A, 0x08, 0, 0, 0, 0, 0, 0, 0, 0x80], Int.min), ([0x8B, 0x03, 0, 0, 0, 0, 0, 0x80], -(1 << 23)),
        ] as [([UInt8], Int)])
    func integers(bytes: [UInt8], value: Int) throws {
        #expect(try read(bytes + op(.stop)).value == .integer(value))
    }

    @Test(
        "Integers are read back as they were written",
        arguments: [
            0, 255, 256, 65535, 65536, -1, -128, -129, Int(Int32.max), Int(Int32.min), 1 << 31, -(1 << 31) - 1,
            127 << 32, 128 << 32, Int.max, Int.min,
        ])
    func integerRoundTrip(value: Int) throws {
        var writer = PickleWriter()
        writer.integer(value)
        writer.op(.stop)
        #expect(try read(writer.bytes).value == .integer(value))
    }

    @Test("Containers and the memo are read") func containersAndMemo() throws {
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

    @Test("A list may contain itself") func selfReference() throws {
        let (value, heap) = try read(
            op(.emptyList) + op(.binPut) + [0] + op(.binGet) + [0] + op(.append) + op(.stop))
        #expect(value == .list(0))
        #expect(heap.sequences == [[.list(0)]])
    }

    @Test("Deep nesting does not overflow the stack") func deepNesting() throws {
        let depth = 1_000_000
        // Each level has as many bytes as in Python's pickles.
        let level = op(.binInt1) + [1] + op(.pop) + op(.tuple1)
        let (value, heap) = try read(op(.none) + Array(repeatElement(level, count: depth).joined()) + op(.stop))
        #expect(value == .tuple(depth - 1))
        #expect(heap.sequences.count == depth)
    }

    /// Values of one byte each would take many times the memory of the file.
    @Test(
        "A pickle that needs too much memory for its size is refused",
        arguments: [
            [.none], [.emptyList], [.emptyDict], [.mark], [.none, .memoize], [.emptyTuple, .pop],
            [.emptyList, .tuple1],
        ] as [[PickleOpcode]])
    func memory(to opcodes: [PickleOpcode]) {
        let bytes = [0x80, 2] + repeatElement(opcodes.map(\.rawValue), count: 4 * PickleReader.freeValues).joined()
        #expect(throws: CheckpointFault.self) { try read(bytes + op(.stop)) }
    }

    /// A reference to a sequence of any length takes two bytes.
    @Test("Repeated copies of a long sequence are refused", arguments: ["torch\nSize\n", "collections\nOrderedDict\n"])
    func repeatedCopies(name: String) {
        var bytes = op(.emptyList) + op(.mark)
        for _ in 0..<50_000 { bytes += op(.none) + op(.none) + op(.tuple2) }
        bytes += op(.appends) + op(.tuple1) + op(.binPut) + [0] + op(.global) + Array(name.utf8) + op(.binPut) + [1]
        for _ in 0..<10_000 { bytes += op(.binGet) + [1] + op(.binGet) + [0] + op(.reduce) }
        #expect(throws: CheckpointFault.self) { try read(bytes + op(.stop)) }
    }

    @Test("Known classes next to the weights become opaque objects") func otherObjects() throws {
        // collections.Counter({1: 2}), with attributes.
        let call =
            op(.global) + Array("collections\nCounter\n".utf8) + op(.emptyDict) + op(.binInt1) + [1] + op(.binInt1)
            + [2] + op(.setItem) + op(.tuple1) + op(.reduce) + op(.emptyDict) + op(.build) + op(.stop)
        #expect(try read(call).value == .object)
        let construction =
            op(.global) + Array("argparse\nNamespace\n".utf8) + op(.emptyTuple) + op(.newObject) + op(.emptyDict)
            + op(.build) + op(.stop)
        #expect(try read(construction).value == .object)
        #expect(try read(op(.emptySet) + op(.mark) + op(.none) + op(.addItems) + op(.stop)).value == .object)
    }

    @Test("A parameter without its tensor is refused") func parameterWithoutTensor() throws {
        let parameter = op(.global) + Array("torch.nn.parameter\nParameter\n".utf8) + op(.emptyTuple) + op(.newObject)
        let (value, heap) = try read(parameter + op(.stop))
        #expect(value == .tensor(0))
        #expect(heap.tensors == [nil])
        let state = op(.emptyDict) + op(.binUnicode) + [1, 0, 0, 0, 0x61] + parameter + op(.setItem) + op(.stop)
        let (root, whole) = try read(state)
        let dictionary = try StateDictionary(root, in: whole, stateKey: nil)
        #expect(throws: CheckpointFault.self) {
            try CheckpointLayout(dictionary, in: whole) { _, _ throws(CheckpointFault) in .memory([]) }
        }
        // Its attributes start with something other than a tensor, and with itself.
        for first in [op(.none), op(.duplicate)] {
            let wrong = parameter + op(.mark) + op(.none) + op(.none) + op(.none) + op(.none) + first + op(.tuple)
            #expect(throws: CheckpointFault.self) { try read(wrong + op(.build) + op(.stop)) }
        }
    }

    @Test(
        "Invalid pickles are errors",
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
    func invalidPickles(bytes: [UInt8]) {
        #expect(throws: CheckpointFault.self) { try read(bytes) }
    }

    @Test(
        "Names of other functions and classes are refused",
        arguments: [
            "posix\nsystem", "nt\nsystem", "builtins\neval", "__builtin__\nexec", "os\nsystem", "torch\nload",
            "torch\nTensor",
            "torch._utils\n_rebuild_device_tensor_from_numpy", "numpy\nload", "subprocess\nPopen", "builtins\ngetattr",
            "torch.storage\n_load_from_bytes",
            "torch\nFloatStorage.from_file", "collections.OrderedDict\n",
        ])
    func forbiddenNames(name: String) throws {
        let bytes = op(.global) + Array("\(name)\n".utf8) + op(.stop)
        let fault = try #require(throws: CheckpointFault.self) { try read(bytes) }
        #expect(fault.code == .refused)
        #expect(fault.problem.contains("'\(name.replacing("\n", with: "."))'"))
    }

    @Test("Control characters of a file do not reach the terminal") func controlCharacters() throws {
        let bytes = op(.global) + Array("os\u{1B}[31m\nsystem\u{202E}\n".utf8) + op(.stop)
        let fault = try #require(throws: CheckpointFault.self) { try read(bytes) }
        #expect(fault.problem.contains("'os?[31m.system?'"))
    }

    @Test("Classes that may not be constructed are refused") func constructedObjects() throws {
        let bytes =
            op(.global) + Array("collections\nOrderedDict\n".utf8) + op(.emptyTuple) + op(.newObject) + op(.stop)
        #expect(try #require(throws: CheckpointFault.self) { try read(bytes) }.code == .refused)
    }
}

@Suite("Strided views") struct StridedViewTests {
    @Test("A view stays within its storage") func bounds() throws {
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
        "A view is contiguous if its strides follow from its shape",
        arguments: [
            ([2, 3], [3, 1], true), ([3, 2], [1, 3], false), ([1, 3], [99, 1], true), ([], [], true),
            ([0, 3], [7, 7], true),
            ([2, 1, 4], [4, 9, 1], true), ([2, 2], [4, 1], false), ([3], [0], false),
        ] as [([Int], [Int], Bool)])
    func contiguity(shape: [Int], strides: [Int], isContiguous: Bool) throws {
        #expect(try StridedView(offset: 0, shape: shape, strides: strides, capacity: 100).isContiguous == isContiguous)
    }
}
