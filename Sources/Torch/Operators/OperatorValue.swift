/// An argument of an operator as an observer sees it.
public enum OperatorValue: CustomStringConvertible {
    case tensor(Tensor)
    case tensors([Tensor?])
    case int(Int)
    case ints([Int])
    case double(Double)
    case doubles([Double])
    case bool(Bool)
    case bools([Bool])
    case string(String)
    case dtype(DType)
    case device(Device)
    case memoryFormat(MemoryFormat)
    /// Python's `None`.
    case none
    /// The schema's default.
    case `default`

    /// The value as an error report shows it: a tensor by element type and shape (`float32[2, 3, 224, 224]`), a long
    /// list by its first elements.
    public var description: String {
        switch self {
        case .tensor(let tensor): "\(tensor.dtype.name)\(tensor.shape)"
        case .tensors(let tensors): Self.list(tensors) { $0.operatorValue.description }
        case .int(let value): value.description
        case .ints(let values): Self.list(values, \.description)
        case .double(let value): value.description
        case .doubles(let values): Self.list(values, \.description)
        case .bool(let value): value.description
        case .bools(let values): Self.list(values, \.description)
        case .string(let text): text.debugDescription
        case .dtype(let dtype): dtype.name
        case .device(let device): device.description
        case .memoryFormat(let format): String(describing: format)
        case .none: "nil"
        case .default: "default"
        }
    }

    private static func list<Element>(_ values: [Element], _ text: (Element) -> String) -> String {
        let shown = values.prefix(8).map(text).joined(separator: ", ")
        return values.count > 8 ? "[\(shown), … \(values.count) total]" : "[\(shown)]"
    }
}
