internal import FoundationEssentials

/// A fixed argument of an ONNX operator.
enum ONNXAttribute {
    case int(Int)
    case ints([Int])
    case float(Double)
    case string(String)

    func message(named name: String) -> Onnx_AttributeProto {
        var message = Onnx_AttributeProto()
        message.name = name
        switch self {
        case .int(let value):
            message.type = .int
            message.i = Int64(value)
        case .ints(let values):
            message.type = .ints
            message.ints = values.map(Int64.init)
        case .float(let value):
            message.type = .float
            message.f = Float(value)
        case .string(let text):
            message.type = .string
            message.s = Data(text.utf8)
        }
        return message
    }
}
