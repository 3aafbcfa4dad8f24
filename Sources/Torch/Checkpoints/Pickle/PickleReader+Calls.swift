extension PickleReader {
    mutating func pushTuple(_ values: [PickleValue]) {
        stack.append(.tuple(heap.sequences.count))
        heap.sequences.append(values)
    }

    mutating func pushList(_ values: [PickleValue]) {
        stack.append(.list(heap.sequences.count))
        heap.sequences.append(values)
    }

    mutating func pushDictionary() {
        stack.append(.dictionary(heap.dictionaries.count))
        heap.dictionaries.append(PickleDictionary())
    }

    mutating func append(_ values: [PickleValue]) throws(CheckpointFault) {
        guard case .list(let list) = try top() else { throw .damaged("its pickle appends to \(try top().kind)") }
        heap.sequences[list] += values
    }

    mutating func setItems(_ values: [PickleValue]) throws(CheckpointFault) {
        guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else {
            throw .damaged("its pickle sets \(values.count) keys and values in \(try top().kind)")
        }
        for index in stride(from: 0, to: values.count, by: 2) {
            heap.dictionaries[dictionary].items.append((key: values[index], value: values[index + 1]))
        }
    }

    /// The elements of a tuple or list.
    func elements(of value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index), .list(let index): heap.sequences[index]
        default: nil
        }
    }

    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(of: value) else { return nil }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let integer) = element else { return nil }
            integers.append(integer)
        }
        return integers
    }
}

// MARK: - Names and calls

extension PickleReader {
    mutating func pushGlobal() throws(CheckpointFault) {
        let module = String(decoding: try cursor.line(), as: UTF8.self)
        let name = String(decoding: try cursor.line(), as: UTF8.self)
        stack.append(.global(try PickleGlobal(module: module, name: name)))
    }

    /// Answers a call of one of the few functions that are known.
    mutating func call(
        _ function: PickleValue, _ arguments: PickleValue
    ) throws(CheckpointFault) -> PickleValue {
        guard case .global(let global) = function, case .tuple(let index) = arguments else {
            throw .damaged("its pickle calls \(function.kind)")
        }
        let arguments = heap.sequences[index]
        switch global {
        case .orderedDictionary: return try orderedDictionary(arguments)
        case .rebuildTensor: return try tensor(arguments, count: 4...4)
        case .rebuildTensor2: return try tensor(arguments, count: 6...7)
        case .rebuildTensor3: return try tensor(arguments, count: 7...8)
        case .rebuildParameter, .rebuildParameterWithState:
            guard case .tensor = arguments.first else { throw .damaged("a Parameter holds no tensor") }
            return arguments[0]
        case .size:
            guard arguments.count == 1, let integers = integers(arguments[0]) else {
                throw .damaged("a torch.Size holds no numbers")
            }
            heap.sequences.append(integers.map { .integer($0) })
            return .tuple(heap.sequences.count - 1)
        case .device:
            // Tensors come to the CPU wherever they were.
            return .string("device")
        case .unsupported(let name): throw Self.unsupported(name)
        case .storage, .untypedStorage, .dtype: throw .damaged("its pickle calls a storage or dtype")
        }
    }

    /// `OrderedDict()`, or of pairs as Python 2 wrote them.
    mutating func orderedDictionary(_ arguments: [PickleValue]) throws(CheckpointFault) -> PickleValue {
        var dictionary = PickleDictionary()
        for pair in arguments.first.flatMap(elements) ?? [] {
            guard let pair = elements(of: pair), pair.count == 2 else {
                throw .damaged("an OrderedDict is made of something else than pairs")
            }
            dictionary.items.append((key: pair[0], value: pair[1]))
        }
        heap.dictionaries.append(dictionary)
        return .dictionary(heap.dictionaries.count - 1)
    }

    mutating func build() throws(CheckpointFault) {
        let state = try pop()
        switch try top() {
        case .dictionary(let dictionary): heap.dictionaries[dictionary].attributes = state
        // Attributes that someone set on a tensor in Python say nothing about its numbers.
        case .tensor: break
        default: throw .damaged("its pickle sets attributes of \(try top().kind)")
        }
    }
}
