internal import Platform

/// The safetensors format: 8 bytes with the header's length, the header in JSON, and the tensors' bytes without gaps.
///
/// It follows https://github.com/huggingface/safetensors, whose own reader makes the same checks.
package enum SafetensorsFormat {
    /// The maximum header length of safetensors' own reader.
    package static let maximumHeaderBytes = 100_000_000
    /// The header's key for metadata.
    package static let metadataKey = "__metadata__"

    /// The format's name for a dtype.
    package static func name(of dtype: DType) -> String {
        switch dtype {
        case .bool: "BOOL"
        case .uint8: "U8"
        case .int8: "I8"
        case .int16: "I16"
        case .int32: "I32"
        case .int64: "I64"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float32: "F32"
        case .float64: "F64"
        }
    }

    static func dtype(named name: String, of tensor: String) throws(CheckpointFault) -> DType {
        if let dtype = DType.allCases.first(where: { Self.name(of: $0) == name }) {
            return dtype
        }
        throw CheckpointFault(
            .unsupported,
            "tensor '\(tensor.shown)' has the dtype '\(name.shown)', which is not"
                + " read",
            advice: "convert it in Python first, with tensor.to(torch.float32) for example, and save again")
    }
}
