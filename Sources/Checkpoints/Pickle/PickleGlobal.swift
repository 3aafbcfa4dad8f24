internal import Platform

/// The names that a pickle may use. They never refer to Python code: each corresponds to a few lines in `PickleReader`.
enum PickleGlobal: Hashable {
    case orderedDictionary
    case rebuildTensor
    case rebuildTensor2
    case rebuildTensor3
    case rebuildParameter
    case rebuildParameterWithState
    /// `torch.nn.Parameter`, which PyTorch pickled by its class until 0.4.
    case parameter
    case size
    case device
    /// A typed storage, `torch.FloatStorage`.
    case storage(DType)
    /// The storage of dtypes introduced after typed storages.
    case untypedStorage
    case dtype(DType)
    /// A class of tensors, such as `torch.FloatTensor`, which the oldest format stores with each tensor.
    case tensorType
    /// A PyTorch storage or dtype that this library does not support.
    case unsupported(String)
    /// An object stored with the weights in a training checkpoint. It becomes `PickleValue.object`.
    case beside

    /// The meaning of Python's `module.name`. Throws if a state dict does not need it.
    init(module: String, name: String) throws(CheckpointFault) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor2
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensor3
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameterWithState
        case ("torch.nn.parameter", "Parameter"), ("torch.nn", "Parameter"): self = .parameter
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"): self = .untypedStorage
        case ("torch", _), ("torch.cuda", _):
            if let dtype = Self.storages[name] {
                self = .storage(dtype)
            } else if let dtype = Self.dtypes[name] {
                self = .dtype(dtype)
            } else if Self.tensorTypes.contains(name) {
                self = .tensorType
            } else if Self.unsupportedNames.contains(name) {
                self = .unsupported("\(module).\(name)")
            } else {
                throw Self.refusal(module: module, name: name)
            }
        case _ where Self.namesBeside.contains("\(module).\(name)"): self = .beside
        default: throw Self.refusal(module: module, name: name)
        }
    }

    private static func refusal(module: String, name: String) -> CheckpointFault {
        CheckpointFault(
            .refused,
            "it asks to call '\(module.shown).\(name.shown)', which is rejected: weights never need it,"
                + " and Python would run it",
            advice: "if you do not trust the file's source, delete it; otherwise save only the weights in Python, with"
                + " torch.save(model.state_dict(), file), or use safetensors")
    }

    private static let storages: [String: DType] = [
        "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32,
        "LongStorage": .int64, "HalfStorage": .float16, "FloatStorage": .float32, "DoubleStorage": .float64,
        "BoolStorage": .bool, "BFloat16Storage": .bfloat16,
    ]

    private static let dtypes: [String: DType] = [
        "uint8": .uint8, "int8": .int8, "int16": .int16, "short": .int16, "int32": .int32, "int": .int32,
        "int64": .int64, "long": .int64, "float16": .float16, "half": .float16, "float32": .float32,
        "float": .float32, "float64": .float64, "double": .float64, "bool": .bool, "bfloat16": .bfloat16,
    ]

    private static let tensorTypes: Set<String> = Set(
        ["Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double", "Bool", "BFloat16"].map { "\($0)Tensor" })

    /// Command-line arguments, counters of schedules, accuracies as NumPy scalars, paths.
    private static let namesBeside: Set<String> = [
        "argparse.Namespace", "types.SimpleNamespace", "collections.Counter", "collections.defaultdict",
        "collections.deque", "datetime.datetime", "datetime.timedelta", "pathlib.PosixPath", "pathlib.WindowsPath",
        "pathlib.PurePosixPath", "pathlib._local.PosixPath", "builtins.set", "builtins.frozenset", "builtins.dict",
        "builtins.list", "builtins.int", "builtins.float", "builtins.bool", "builtins.str", "builtins.complex",
        "builtins.bytearray", "builtins.slice", "builtins.range", "__builtin__.set", "__builtin__.dict",
        "__builtin__.list", "__builtin__.int", "__builtin__.float", "__builtin__.bool", "_codecs.encode",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype",
    ]

    private static let unsupportedNames: Set<String> = [
        "ComplexFloatStorage", "ComplexDoubleStorage", "QInt8Storage", "QUInt8Storage", "QInt32Storage",
        "QUInt4x2Storage", "QUInt2x4Storage", "complex32", "complex64", "complex128", "uint16", "uint32", "uint64",
        "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
        "float4_e2m1fn_x2", "qint8", "quint8", "qint32",
    ]
}
