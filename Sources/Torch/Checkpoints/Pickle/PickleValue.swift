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
    var sequences: [[PickleValue]] = []
    var dictionaries: [PickleDictionary] = []
    var storages: [PickledStorage] = []
    var tensors: [PickledTensor] = []

    /// The value of the text key `key`; the last one where there are several, as in Python.
    func value(of key: String, in dictionary: Int) -> PickleValue? {
        dictionaries[dictionary].items.last { $0.key == .string(key) }?.value
    }
}
