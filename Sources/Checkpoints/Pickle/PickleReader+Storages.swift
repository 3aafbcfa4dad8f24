internal import Platform

extension PickleReader {
    /// The value of a persistent identifier: a storage, or in the oldest format any object with that number.
    mutating func named(_ identifier: PickleValue) throws(CheckpointFault) -> PickleValue {
        guard let numbered else { return try storage(identifier) }
        guard let key = Self.key(identifier), let number = Int(key) else {
            throw CheckpointFault(
                .refused, "it contains a whole network in PyTorch's oldest format, whose code Python would run",
                advice: "save only its weights in Python, with torch.save(model.state_dict(), file)")
        }
        guard let value = numbered[number] else {
            throw .damaged("its pickle refers to storage or tensor \(number), which is missing")
        }
        return value
    }

    /// The description of a storage: `("storage", type, key, location, count)`, and in older files a part of it, `(key,
    /// offset, count)`, or None.
    mutating func storage(_ identifier: PickleValue) throws(CheckpointFault) -> PickleValue {
        guard let fields = elements(of: identifier), (5...6).contains(fields.count), fields[0] == .string("storage"),
            case .global(let type) = fields[1], let key = Self.key(fields[2]), case .integer(let count) = fields[4]
        else { throw .damaged("its pickle refers to something other than a storage") }
        let dtype = try Self.dtype(ofStorage: type, key: key)
        guard count >= 0, count <= Int.max / 16 else {
            throw .damaged("storage \(key.shown) has \(count) elements")
        }
        let root = try remember(key: key, dtype: dtype, count: count, part: nil)
        guard fields.count == 6, fields[5] != .none else { return .storage(root) }
        guard let part = elements(of: fields[5]), part.count == 3, let partKey = Self.key(part[0]),
            case .integer(let offset) = part[1], case .integer(let count) = part[2],
            let range = self.part(of: root, offset: offset, count: count)
        else { throw .damaged("a part of storage \(key.shown) is out of its bounds") }
        return .storage(try remember(key: partKey, dtype: dtype, count: range.count, part: (root, range.lowerBound)))
    }

    static func dtype(ofStorage type: PickleGlobal, key: String) throws(CheckpointFault) -> DType {
        switch type {
        case .storage(let known): return known
        case .untypedStorage: return .uint8
        case .unsupported(let name): throw Self.unsupported(name)
        default: throw .damaged("storage \(key.shown) has no type")
        }
    }

    /// The elements of a storage from `offset` on; nil if there are not enough.
    func part(of storage: Int, offset: Int, count: Int) -> Range<Int>? {
        let whole = heap.storages[storage].count
        guard offset >= 0, count >= 0, offset <= whole, count <= whole - offset else { return nil }
        return offset..<offset + count
    }

    /// The name of a storage. PyTorch uses small numbers or addresses.
    static func key(_ value: PickleValue) -> String? {
        switch value {
        case .string(let text): text.utf8.count <= 256 ? text : nil
        case .integer(let number): String(number)
        default: nil
        }
    }

    mutating func remember(
        key: String, dtype: DType, count: Int, part: (root: Int, offset: Int)?
    ) throws(CheckpointFault) -> Int {
        let place = storages[ExactString(key)] ?? heap.storages.count
        let storage = PickledStorage(
            key: key, dtype: dtype, count: count, root: part?.root ?? place, offset: part?.offset ?? 0)
        if place < heap.storages.count {
            guard heap.storages[place] == storage else {
                throw .damaged("storage \(key.shown) has two types or sizes")
            }
        } else {
            storages[ExactString(key)] = place
            heap.storages.append(storage)
        }
        return place
    }

    /// `_rebuild_tensor(storage, offset, size, stride)`, with `requires_grad` and hooks since version 2, and a dtype in
    /// version 3. An optional last argument marks conjugated views.
    mutating func tensor(
        _ arguments: [PickleValue], count: ClosedRange<Int>
    ) throws(CheckpointFault) -> PickleValue {
        guard count.contains(arguments.count), case .storage(let place) = arguments[0],
            case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw .damaged("a tensor is not made of a storage, an offset, sizes and strides") }
        if count.lowerBound == 7 {
            // This library lacks the dtypes that need version 3.
            guard case .global(.unsupported(let name)) = arguments[6] else {
                throw .damaged("a tensor of an untyped storage has no dtype")
            }
            throw Self.unsupported(name)
        }
        if count.upperBound == 7, arguments.count == 7, case .dictionary(let metadata) = arguments[6],
            !heap.dictionaries[metadata].items.isEmpty
        {
            throw Self.unsupported("conjugated or negated views")
        }
        return try placeTensor(in: place, offset: offset, shape: shape, strides: strides)
    }

    mutating func placeTensor(
        in place: Int, offset: Int, shape: [Int], strides: [Int]
    ) throws(CheckpointFault) -> PickleValue {
        let storage = heap.storages[place]
        let view = try StridedView(offset: offset, shape: shape, strides: strides, capacity: storage.count)
        // A part of a storage keeps its bounds, and its elements are in the whole storage. An empty tensor has no
        // location, whatever its offset.
        let placed = try StridedView(
            offset: view.count == 0 ? 0 : offset + storage.offset, shape: shape, strides: strides,
            capacity: heap.storages[storage.root].count)
        return heap.add(PickledTensor(storage: storage.root, dtype: storage.dtype, view: placed))
    }

    static func unsupported(_ name: String) -> CheckpointFault {
        CheckpointFault(
            .unsupported, "it contains tensors of an unsupported kind: \(name)",
            advice: "convert them in Python first, with tensor.to(torch.float32) for example, and save again")
    }
}
