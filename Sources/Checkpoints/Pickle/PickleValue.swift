/// A value on the stack of a pickle.
///
/// Whatever holds other values lies in the reader's `PickleHeap` and is named by its place there. So values may be
/// shared, nested to any depth, or contain themselves, and nothing that walks or frees them recurses.
enum PickleValue: Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits, whose digits nobody needs.
    case long
    case float(Double)
    case string(String)
    /// A string of bytes, whose content nobody needs.
    case bytes
    case global(PickleGlobal)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    /// An object of Python's that no weight is made of (the arguments of a training): what it holds, nobody needs.
    case object

    /// A key, or a single number, truth value or text.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .float(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        default: nil
        }
    }

    /// What Python would call it, for messages.
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

/// A dictionary as it was filled: a key may stand twice.
struct PickleDictionary {
    var items: [(key: PickleValue, value: PickleValue)] = []
    /// What Python would set as the object's attributes: `_metadata` of a state dict.
    var attributes: PickleValue = .none
}

/// The memory that a storage of the checkpoint describes.
struct PickledStorage: Hashable {
    /// Names the storage's bytes within the file.
    let key: String
    let dtype: DType
    /// Elements.
    let count: Int
    /// The storage that this one is a part of (its own place where it is whole), and the first element there.
    let root: Int
    let offset: Int
}

/// A tensor's place in its storage.
struct PickledTensor: Hashable {
    /// The place of the whole storage in `PickleHeap.storages`.
    let storage: Int
    let dtype: DType
    let view: StridedView
}

/// The containers, storages and tensors that the values of a pickle name.
struct PickleHeap {
    private(set) var sequences: [[PickleValue]] = []
    var dictionaries: [PickleDictionary] = []
    var storages: [PickledStorage] = []
    /// Nil for a Parameter that still awaits its tensor.
    var tensors: [PickledTensor?] = []
    /// How many values lie in sequences and dictionaries.
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

    /// The value of the text key `key`; the last one where there are several, as in Python.
    func value(of key: String, in dictionary: Int) -> PickleValue? {
        dictionaries[dictionary].items.last { $0.key == .string(key) }?.value
    }
}
