/// Writes pickles of protocol 2, byte for byte as Python's pickler does for the same objects.
package struct PickleWriter {
    package private(set) var bytes: [UInt8] = [PickleOpcode.proto.rawValue, 2]
    private var memoCount = 0
    private var globals: [PickleGlobalName: Int] = [:]
    private var texts: [ExactString: Int] = [:]

    /// A pickle without a value yet.
    package init() {}

    private struct PickleGlobalName: Hashable {
        let module: String
        let name: String
    }

    package mutating func op(_ opcode: PickleOpcode) {
        bytes.append(opcode.rawValue)
    }

    /// Memorizes the value on top of the stack, as Python does for values that may occur again.
    @discardableResult
    package mutating func memoize() -> Int {
        defer { memoCount += 1 }
        put(memoCount, short: .binPut, long: .longBinPut)
        return memoCount
    }

    private mutating func put(_ index: Int, short: PickleOpcode, long: PickleOpcode) {
        if let index = UInt8(exactly: index) {
            op(short)
            bytes.append(index)
        } else {
            op(long)
            append(UInt32(truncatingIfNeeded: index))
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A value that was memorized before.
    package mutating func recall(_ index: Int) {
        put(index, short: .binGet, long: .longBinGet)
    }

    /// A class or function by name; written once, then recalled.
    package mutating func global(_ module: String, _ name: String) {
        let key = PickleGlobalName(module: module, name: name)
        if let index = globals[key] {
            recall(index)
        } else {
            op(.global)
            bytes.append(contentsOf: "\(module)\n\(name)\n".utf8)
            globals[key] = memoize()
        }
    }

    /// A text that is a single object in Python wherever it occurs; written once, then recalled.
    package mutating func constant(_ text: String) {
        if let index = texts[ExactString(text)] {
            recall(index)
        } else {
            texts[ExactString(text)] = self.text(text)
        }
    }

    /// A text that is a separate object.
    @discardableResult
    package mutating func text(_ text: String) -> Int {
        op(.binUnicode)
        append(UInt32(truncatingIfNeeded: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
        return memoize()
    }

    package mutating func bool(_ value: Bool) {
        op(value ? .newTrue : .newFalse)
    }

    package mutating func integer(_ value: Int) {
        if let value = UInt8(exactly: value) {
            op(.binInt1)
            bytes.append(value)
        } else if let value = UInt16(exactly: value) {
            op(.binInt2)
            append(value)
        } else if let value = Int32(exactly: value) {
            op(.binInt)
            append(value)
        } else {
            // The fewest bytes that keep the sign.
            let count = (64 - max(value.leadingZeroBitCount, (~value).leadingZeroBitCount)) / 8 + 1
            op(.long1)
            bytes.append(UInt8(count))
            bytes.append(contentsOf: (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
        }
    }

    /// A tuple of the `count` values that `body` writes.
    package mutating func tuple(_ count: Int, _ body: (inout PickleWriter) -> Void) {
        switch count {
        case 0:
            op(.emptyTuple)
            return
        case 1...3:
            body(&self)
            op([.tuple1, .tuple2, .tuple3][count - 1])
        default:
            op(.mark)
            body(&self)
            op(.tuple)
        }
        memoize()
    }

    package mutating func integers(_ values: [Int]) {
        tuple(values.count) { writer in
            for value in values {
                writer.integer(value)
            }
        }
    }

    /// An empty `OrderedDict`.
    package mutating func orderedDictionary() {
        global("collections", "OrderedDict")
        op(.emptyTuple)
        op(.reduce)
        memoize()
    }

    package mutating func emptyDictionary() {
        op(.emptyDict)
        memoize()
    }

    /// Sets keys and values, which `body` writes for each element, in the dictionary on top of the stack.
    package mutating func items<Element>(_ elements: [Element], _ body: (inout PickleWriter, Element) -> Void) {
        // Python sets this many at a time.
        for start in stride(from: 0, to: elements.count, by: 1000) {
            let batch = elements[start..<min(start + 1000, elements.count)]
            if batch.count > 1 {
                op(.mark)
            }
            for element in batch {
                body(&self, element)
            }
            op(batch.count > 1 ? .setItems : .setItem)
        }
    }
}
