/// The oldest `.pth` format, before PyTorch 0.1.10: a tar archive of four members.
///
/// `storages` contains for each storage a pickle of its number, device and type, the number of elements in 8 bytes, and
/// the elements; then a pickle of the storages that are parts of others. `tensors` contains for each tensor a pickle of
/// its number, its storage's number and its type, then its sizes, strides and offset in binary. `pickle` is the state,
/// which refers to tensors and storages by number. `sys_info` describes the machine that wrote it. All numbers are read
/// as little-endian, as in PyTorch. The format follows `legacy_load` of `torch/serialization.py`.
struct TarCheckpoint {
    private let bytes: UnsafeRawBufferPointer
    private var reader: PickleReader
    /// The bytes of each storage, by its index in the reader's heap.
    private var ranges: [Int: Range<Int>] = [:]

    static func layout(
        of bytes: UnsafeRawBufferPointer, stateKey: String?
    ) throws(CheckpointFault) -> CheckpointLayout {
        let archive = try TarArchive(bytes)
        func member(_ name: String) throws(CheckpointFault) -> Range<Int> {
            guard let range = archive.members[ExactString(name)] else {
                throw CheckpointFault(
                    .unsupported, "it is a tar archive, but not one that torch.save wrote: it has no '\(name)'",
                    advice: "if it is a packed folder, unpack it first and use the checkpoint in it")
            }
            return range
        }
        let (storages, tensors, state) = (try member("storages"), try member("tensors"), try member("pickle"))
        var checkpoint = TarCheckpoint(bytes)
        try checkpoint.readStorages(in: storages)
        try checkpoint.readTensors(in: tensors)
        return try checkpoint.readState(in: state, stateKey: stateKey)
    }

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        reader = PickleReader(bytes)
        reader.numbered = [:]
    }

    /// Lets the reader continue in a member of the archive, and not beyond it.
    private mutating func enter(_ range: Range<Int>) {
        reader.cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[..<range.upperBound]), at: range.lowerBound)
    }

    private mutating func readStorages(in member: Range<Int>) throws(CheckpointFault) {
        enter(member)
        for _ in 0..<(try readCount("storages")) {
            let fields = try readTuple(3, "a storage")
            guard case .integer(let number) = fields[0], case .global(let type) = fields[2] else {
                throw .damaged("a storage has no number or type")
            }
            let dtype = try PickleReader.dtype(ofStorage: type, key: String(number))
            let count = try reader.cursor.length()
            guard count <= Int.max / 16 else { throw .damaged("storage \(number) has \(count) elements") }
            let start = reader.cursor.position
            let length = try reader.cursor.slice(count * dtype.byteCount).count
            let place = try reader.remember(key: String(number), dtype: dtype, count: count, part: nil)
            ranges[place] = start..<start + length
            try give(.storage(place), number: number)
        }
        let list = try reader.read()
        guard let parts = reader.elements(of: list) else {
            throw .damaged("the list of storages that are parts of others is missing")
        }
        for part in parts {
            guard let fields = reader.elements(of: part), fields.count == 4, case .integer(let target) = fields[0],
                case .integer(let root) = fields[1], case .storage(let place) = reader.numbered?[root],
                case .integer(let offset) = fields[2], case .integer(let count) = fields[3],
                let range = reader.part(of: place, offset: offset, count: count)
            else { throw .damaged("a storage is a part of another that has no such part") }
            let whole = reader.heap.storages[place]
            let view = try reader.remember(
                key: String(target), dtype: whole.dtype, count: range.count,
                part: (whole.root, whole.offset + range.lowerBound))
            try give(.storage(view), number: target)
        }
    }

    private mutating func readTensors(in member: Range<Int>) throws(CheckpointFault) {
        enter(member)
        for _ in 0..<(try readCount("tensors")) {
            let fields = try readTuple(3, "a tensor")
            guard case .integer(let number) = fields[0], case .integer(let storage) = fields[1],
                case .storage(let place) = reader.numbered?[storage]
            else { throw .damaged("a tensor has no number, or a storage that is missing") }
            let rank = Int(try reader.cursor.integer(UInt32.self))
            // The number of dimensions once took 8 bytes, of which the last four were unused.
            _ = try reader.cursor.slice(4)
            guard rank <= StridedView.maximumRank else { throw .damaged("tensor \(number) has \(rank) dimensions") }
            let shape = try readIntegers(rank)
            let strides = try readIntegers(rank)
            let offset = try readIntegers(1)[0]
            let tensor = try reader.placeTensor(in: place, offset: offset, shape: shape, strides: strides)
            try give(tensor, number: number)
        }
    }

    private mutating func readState(
        in member: Range<Int>, stateKey: String?
    ) throws(CheckpointFault) -> CheckpointLayout {
        enter(member)
        let root = try reader.read()
        let state = try StateDictionary(root, in: reader.heap, stateKey: stateKey)
        return try CheckpointLayout(state, in: reader.heap) { place, _ throws(CheckpointFault) in
            guard let range = ranges[place] else { throw .damaged("a storage is missing") }
            return .file(range)
        }
    }

    private mutating func readCount(_ what: String) throws(CheckpointFault) -> Int {
        guard case .integer(let count) = try reader.read(), count >= 0 else {
            throw .damaged("the number of its \(what) is missing")
        }
        return count
    }

    private mutating func readTuple(_ count: Int, _ what: String) throws(CheckpointFault) -> [PickleValue] {
        let value = try reader.read()
        guard let fields = reader.elements(of: value), fields.count == count else {
            throw .damaged("\(what) is not described by \(count) values")
        }
        return fields
    }

    private mutating func readIntegers(_ count: Int) throws(CheckpointFault) -> [Int] {
        var values: [Int] = []
        for _ in 0..<count { values.append(Int(try reader.cursor.integer(Int64.self))) }
        return values
    }

    private mutating func give(_ value: PickleValue, number: Int) throws(CheckpointFault) {
        guard reader.numbered?.updateValue(value, forKey: number) == nil else {
            throw .damaged("two of its storages or tensors have the number \(number)")
        }
    }
}
