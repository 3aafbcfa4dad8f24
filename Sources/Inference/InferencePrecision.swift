/// The numbers that an engine computes with. Pixels go in as 8 bits and outputs come out as float32 in any case.
public enum InferencePrecision: String, Sendable, Hashable, Codable, CaseIterable {
    /// PyTorch's own: answers agree with it to rounding.
    case float32
    /// Half the width with float32's range and 8 bits of precision: twice as quick where the processor has
    /// instructions for it.
    case bfloat16
    /// 8-bit integers, for networks that were quantised for them.
    case int8
}
