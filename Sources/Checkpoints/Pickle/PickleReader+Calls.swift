extension PickleReader {
    mutating func pushTuple(_ values: [PickleValue]) {
        stack.append(.tuple(heap.add(values)))
    }

    mutating func pushList(_ values: [PickleValue]) {
        stack.append(.list(heap.add(values)))
    }

    mutating func pushDictionary() {
        stack.append(.dictionary(heap.addDictionary()))
    }

    mutating func append(_ values: [PickleValue]) throws(CheckpointFault) {
        switch try top() {
        case .list(let list): heap.append(values, to: list)
        case .object: break
        case let other: throw .damaged("its pickle appends to \(other.kind)")
        }
    }

    mutating func setItems(_ values: [PickleValue]) throws(CheckpointFault) {
        switch try top() {
        case .dictionary(let dictionary) where values.count.isMultiple(of: 2):
            for index in stride(from: 0, to: values.count, by: 2) {
                heap.set(values[index], to: values[index + 1], in: dictionary)
            }
        case .object: break
        case let other: throw .damaged("its pickle sets \(values.count) keys and values in \(other.kind)")
        }
    }

    /// The elements of a tuple or list.
    func elements(of value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index), .list(let index): heap.sequences[index]
        default: nil
        }
    }

    /// Sizes or strides, at most as many as a tensor can have.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(of: value), elements.count <= StridedView.maximumRank else { return nil }
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

    /// Evaluates a call of one of the few known functions.
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
            guard case .tensor = arguments.first else { throw .damaged("a Parameter has no tensor") }
            return arguments[0]
        case .size:
            guard arguments.count == 1, let integers = integers(arguments[0]) else {
                throw .damaged("a torch.Size has no integers")
            }
            return .tuple(heap.add(integers.map { .integer($0) }))
        case .device:
            // Tensors are loaded to the CPU, whatever their device was.
            return .string("device")
        case .parameter: return try parameter(arguments)
        case .beside: return .object
        case .unsupported(let name): throw Self.unsupported(name)
        case .storage, .untypedStorage, .dtype, .tensorType:
            throw .damaged("its pickle calls a class of storages or tensors")
        }
    }

    /// `Parameter(tensor)`, or one whose tensor comes with its attributes, as in PyTorch 0.1.
    private mutating func parameter(_ arguments: [PickleValue]) throws(CheckpointFault) -> PickleValue {
        switch arguments.first {
        case nil: return heap.add(nil)
        case .tensor: return arguments[0]
        default: throw .damaged("a Parameter has no tensor")
        }
    }

    /// Creates an object of a class without a call. Only classes without weights, and Parameters, are allowed.
    mutating func construct(_ type: PickleValue, _ arguments: PickleValue) throws(CheckpointFault) -> PickleValue {
        guard case .global(let global) = type, case .tuple(let index) = arguments else { throw Self.construction }
        switch global {
        case .parameter: return try parameter(heap.sequences[index])
        case .beside: return .object
        default: throw Self.construction
        }
    }

    /// `OrderedDict()`, or one of pairs as Python 2 wrote it.
    mutating func orderedDictionary(_ arguments: [PickleValue]) throws(CheckpointFault) -> PickleValue {
        let dictionary = heap.addDictionary()
        for pair in arguments.first.flatMap(elements) ?? [] {
            guard let pair = elements(of: pair), pair.count == 2 else {
                throw .damaged("an OrderedDict is not made of pairs")
            }
            heap.set(pair[0], to: pair[1], in: dictionary)
        }
        return .dictionary(dictionary)
    }

    mutating func build() throws(CheckpointFault) {
        let state = try pop()
        switch try top() {
        case .dictionary(let dictionary): heap.dictionaries[dictionary].attributes = state
        case .tensor(let tensor):
            // Attributes set on a tensor in Python do not affect its values. Those of a Parameter of PyTorch 0.1 start
            // with its tensor.
            guard heap.tensors[tensor] == nil else { break }
            guard let fields = elements(of: state), fields.count == 5, case .tensor(let content) = fields[0],
                let content = heap.tensors[content]
            else { throw .damaged("a Parameter has no tensor") }
            heap.tensors[tensor] = content
        case .object: break
        default: throw .damaged("its pickle sets attributes of \(try top().kind)")
        }
    }
}
