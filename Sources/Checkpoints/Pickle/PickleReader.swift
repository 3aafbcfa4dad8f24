/// Reads pickles of state dicts: a state machine over bytes that knows only a few instructions and names.
///
/// It runs no code and looks up no names: a Python call is either one of `PickleGlobal`'s cases or an error. Its memory
/// is at most a small multiple of the pickle's length.
struct PickleReader {
    /// A pickle of a state dict takes about 200 bytes per tensor.
    static let maximumBytes = 64 << 20
    /// The limit of values on the stack, in containers, and memorized, each. Beyond it, at most one value per two bytes
    /// of the pickle is allowed (per four if memorized). Pickles written by Python stay below that.
    static let freeValues = 1 << 16

    var cursor: ByteCursor
    var heap = PickleHeap()
    var stack: [PickleValue] = []
    var marks: [Int] = []
    var memo: [Int: PickleValue] = [:]
    var storages: [ExactString: Int] = [:]
    /// The storages and tensors of the oldest format by number; nil in other formats, which name only storages.
    var numbered: [Int: PickleValue]?
    /// The total number of pickle bytes read so far.
    private var consumed = 0

    /// Reads from `position` on.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        cursor = ByteCursor(bytes, at: position)
    }

    /// Reads one pickle including its stop instruction. A stream may contain several.
    mutating func read() throws(CheckpointFault) -> PickleValue {
        stack.removeAll()
        marks.removeAll()
        memo.removeAll()
        let start = cursor.position
        while true {
            let position = cursor.position
            let code = try cursor.byte()
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw CheckpointFault(
                    .unsupported,
                    "its pickle has instruction 0x\(String(code, radix: 16)) at byte \(position), which state dicts do"
                        + " not use",
                    advice: "the file is damaged or contains more than weights: use another copy, or save it in Python"
                        + " with torch.save(model.state_dict(), file)")
            }
            if opcode == .stop {
                consumed += cursor.position - start
                return try pop()
            }
            try execute(opcode)
            let length = consumed + cursor.position - start
            let size = max(stack.count, 2 * memo.count, marks.count, heap.valueCount)
            guard length <= Self.maximumBytes, size <= Self.freeValues + length / 2 else {
                throw CheckpointFault(
                    .unsupported, "its pickle is larger than any state dict's",
                    advice: "save only the weights in Python, with torch.save(model.state_dict(), file)")
            }
        }
    }

    mutating func execute(_ opcode: PickleOpcode) throws(CheckpointFault) {
        switch opcode {
        case .proto: try readProtocol()
        case .frame: _ = try cursor.length()
        case .stop: break

        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .binInt: stack.append(.integer(Int(try cursor.integer(Int32.self))))
        case .binInt1: stack.append(.integer(Int(try cursor.byte())))
        case .binInt2: stack.append(.integer(Int(try cursor.integer(UInt16.self))))
        case .long1: try pushLong(count: Int(try cursor.byte()))
        case .long4: try pushLong(count: Int(try cursor.integer(UInt32.self)))
        case .binFloat: stack.append(.float(Double(bitPattern: try cursor.integer(UInt64.self).byteSwapped)))
        case .binString, .binUnicode: stack.append(.string(try cursor.text(Int(try cursor.integer(UInt32.self)))))
        case .shortBinString, .shortBinUnicode: stack.append(.string(try cursor.text(Int(try cursor.byte()))))
        case .binUnicode8: stack.append(.string(try cursor.text(try cursor.length())))
        case .binBytes: try pushBytes(count: Int(try cursor.integer(UInt32.self)))
        case .shortBinBytes: try pushBytes(count: Int(try cursor.byte()))
        case .binBytes8: try pushBytes(count: try cursor.length())

        case .mark: marks.append(stack.count)
        case .emptyTuple: pushTuple([])
        case .tuple: pushTuple(try popToMark())
        case .tuple1: pushTuple(try pop(1))
        case .tuple2: pushTuple(try pop(2))
        case .tuple3: pushTuple(try pop(3))
        case .emptyList: pushList([])
        case .list: pushList(try popToMark())
        case .append: try append(try pop(1))
        case .appends: try append(try popToMark())
        case .emptySet: stack.append(.object)
        case .addItems:
            _ = try popToMark()
            guard try top() == .object else { throw .damaged("its pickle adds items to \(try top().kind)") }
        case .emptyDict: pushDictionary()
        case .dict:
            let items = try popToMark()
            pushDictionary()
            try setItems(items)
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popToMark())

        case .pop:
            // Python's pickler also pops a mark in this way.
            if let mark = marks.last, mark == stack.count {
                marks.removeLast()
            } else {
                _ = try pop()
            }
        case .popMark: _ = try popToMark()
        case .duplicate: stack.append(try top())
        case .binPut: memo[Int(try cursor.byte())] = try top()
        case .longBinPut: memo[Int(try cursor.integer(UInt32.self))] = try top()
        case .memoize: memo[memo.count] = try top()
        case .binGet: try recall(Int(try cursor.byte()))
        case .longBinGet: try recall(Int(try cursor.integer(UInt32.self)))

        case .global: try pushGlobal()
        case .instance:
            try pushGlobal()
            throw Self.construction
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw .damaged("its pickle names a class with something other than text")
            }
            stack.append(.global(try PickleGlobal(module: module, name: name)))
        case .reduce:
            let arguments = try pop()
            let function = try pop()
            stack.append(try call(function, arguments))
        case .newObject:
            let arguments = try pop()
            let type = try pop()
            stack.append(try construct(type, arguments))
        case .build: try build()
        case .binPersistentID: stack.append(try named(try pop()))
        }
    }
}

// MARK: - Stack

extension PickleReader {
    static let construction = CheckpointFault(
        .refused, "its pickle builds an object of a class, which is rejected: weights never need it",
        advice: "save only the weights in Python, with torch.save(model.state_dict(), file)")

    static let underflow = CheckpointFault.damaged("its pickle uses more values than it contains")

    func top() throws(CheckpointFault) -> PickleValue {
        guard let value = stack.last, marks.last ?? 0 < stack.count else { throw Self.underflow }
        return value
    }

    mutating func pop() throws(CheckpointFault) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    mutating func pop(_ count: Int) throws(CheckpointFault) -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw Self.underflow }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    mutating func popToMark() throws(CheckpointFault) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw Self.underflow }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    mutating func recall(_ index: Int) throws(CheckpointFault) {
        guard let value = memo[index] else {
            throw .damaged("its pickle refers to value \(index), which does not exist")
        }
        stack.append(value)
    }

    mutating func readProtocol() throws(CheckpointFault) {
        let version = try cursor.byte()
        guard version <= 5 else {
            throw CheckpointFault(
                .unsupported, "its pickle has protocol \(version), but the newest supported one is 5",
                advice: "save it again in Python with torch.save(state_dict, file)")
        }
    }

    mutating func pushLong(count: Int) throws(CheckpointFault) {
        let digits = try cursor.slice(count)
        guard count <= 8 else {
            stack.append(.long)
            return
        }
        // Two's complement, little-endian.
        var value = 0
        for (index, digit) in digits.enumerated() {
            value |= Int(digit) << (8 * index)
        }
        if count > 0, count < 8, digits[count - 1] >= 0x80 {
            value -= 1 << (8 * count)
        }
        stack.append(.integer(value))
    }

    mutating func pushBytes(count: Int) throws(CheckpointFault) {
        _ = try cursor.slice(count)
        stack.append(.bytes)
    }
}
