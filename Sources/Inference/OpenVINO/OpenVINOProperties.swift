internal import COpenVINO
internal import LibC

/// The settings of a compiled model.
struct OpenVINOProperties {
    /// OpenVINO's names and values.
    let values: [(key: String, value: String)]

    /// The settings for a division of the machine and a precision.
    init(shares: InferenceShares, precision: InferencePrecision) {
        values = [
            ("NUM_STREAMS", "\(shares.streams)"),
            ("INFERENCE_NUM_THREADS", "\(shares.threads)"),
            // Threads bound to cores cannot yield to the workers that decode.
            ("ENABLE_CPU_PINNING", "NO"),
            // Without this setting OpenVINO chooses bfloat16 if the processor supports it. The layers of an int8
            // network that are not quantized compute in float32.
            ("INFERENCE_PRECISION_HINT", precision == .bfloat16 ? "bf16" : "f32"),
        ]
    }

    /// Calls `body` with the settings in C form, valid only during the call.
    func withUnsafeProperties<Result>(_ body: (UnsafePointer<ov_property_t>?, Int) -> Result) -> Result {
        let texts = values.map { (key: strdup($0.key), value: strdup($0.value)) }
        defer {
            for text in texts {
                free(text.key)
                free(text.value)
            }
        }
        let properties = texts.map { ov_property_t(key: $0.key, value: $0.value) }
        return properties.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
}
