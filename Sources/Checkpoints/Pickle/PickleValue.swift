/// A value on the stack of a pickle.
///
/// Containers are in the reader's `PickleHeap` and are identified by their index. Values may therefore be shared,
/// nested to any depth, or contain themselves, without recursion when they are traversed or freed.
enum PickleValue: Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits. Its digits are not needed.
    case long
    case float(Double)
    case string(String)
    /// A byte string. Its content is not needed.
    case bytes
    case global(PickleGlobal)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    /// A Python object that contains no weights (such as the arguments of a training). Its content is not needed.
    case object

    /// A key, or a single number, Boolean or text.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .float(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        default: nil
        }
    }

    /// The Python name of the kind, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .integer, .long: "an int"
        case .float: "a float"
        case .string: "a str"
        case .bytes: "bytes"
        case .global: "a class or function"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dict"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .object: "an object"
        }
    }
}

/// A dictionary in the order of assignment; a key may occur twice.
struct PickleDictionary {
    var items: [(key: PickleValue, value: PickleValue)] = []
    /// The attributes of the object in Python: `_metadata` of a state dict.
    var attributes: PickleValue = .none
}

/// The memory of a storage in the checkpoint.
struct PickledStorage: Hashable {
    /// The name of the storage's bytes within the file.
    let key: String
    let dtype: DType
    /// The number of elements.
    let count: Int
    /// The storage that contains this one (its own index if it is whole), and the index of its first element there.
    let root: Int
    let offset: Int
}

/// The location of a tensor in its storage.
struct PickledTensor: Hashable {
    /// The index of the whole storage in `PickleHeap.storages`.
    let storage: Int
    let dtype: DType
    let view: StridedView
}

/// The containers, storages and tensors to which the values of a pickle refer.
struct PickleHeap {
    private(set) var sequences: [[PickleValue]] = []
    var dictionaries: [PickleDictionary] = []
    var storages: [PickledStorage] = []
    /// Nil for a Parameter whose tensor follows later.
    var tensors: [PickledTensor?] = []
    /// The number of values in sequences and dictionaries.
    private(set) var valueCount = 0

    mutating func add(_ sequence: [PickleValue]) -> Int {
        valueCount += sequence.count + 1
        sequences.append(sequence)
        return sequences.count - 1
    }

    mutating func append(_ values: [PickleValue], to sequence: Int) {
        valueCount += values.count
        sequences[sequence] += values
    }

    mutating func addDictionary() -> Int {
        valueCount += 2
        dictionaries.append(PickleDictionary())
        return dictionaries.count - 1
    }

    mutating func set(_ key: PickleValue, to value: PickleValue, in dictionary: Int) {
        valueCount += 2
        dictionaries[dictionary].items.append((key: key, value: value))
    }

    mutating func add(_ tensor: PickledTensor?) -> PickleValue {
        valueCount += 1
        tensors.append(tensor)
        return .tensor(tensors.count - 1)
    }

    /// The value of the text key `key`; for duplicates the last one, as in Python.
    func value(of key: String, in dictionary: Int) -> PickleValue? {
        dictionaries[dictionary].items.last { $0.key == .string(key) }?.value
    }
}
