internal import COpenVINO
internal import Torch

/// A network compiled for this machine, from 8-bit pixels to numbers.
@TensorActor
final class OpenVINOCompiledModel {
    /// The core that runs it.
    let core: OpenVINOCore
    /// OpenVINO's own handle.
    nonisolated(unsafe) let handle: OpaquePointer
    /// The input's shape, `[batch, height, width, 3]`.
    let inputShape: [Int64]
    /// The output's shape, `[batch, outputs]` as a rule.
    let outputShape: [Int64]

    /// Takes OpenVINO's handle over, and checks that the model is of the kind that engines use.
    init(owning handle: OpaquePointer, core: OpenVINOCore) throws(InferenceError) {
        do throws(InferenceError) {
            let ov = core.library.functions
            let input = try Self.port(of: handle, core, "input", ov.compiled_model_input)
            let output = try Self.port(of: handle, core, "output", ov.compiled_model_output)
            guard input.type == U8, input.shape.count == 4, input.shape[3] == 3 else {
                throw InferenceError(.invalidModel, "The model's input is not of 8-bit pixels [N, height, width, 3].")
            }
            guard output.type == F32, output.shape.count >= 2, output.shape[0] == input.shape[0] else {
                throw InferenceError(.invalidModel, "The model's output is not of float32 numbers [N, outputs].")
            }
            inputShape = input.shape
            outputShape = output.shape
        } catch {
            core.library.functions.compiled_model_free(handle)
            throw error
        }
        self.core = core
        self.handle = handle
    }

    deinit { core.library.functions.compiled_model_free(handle) }

    private static func port(
        of handle: OpaquePointer, _ core: OpenVINOCore, _ name: String,
        _ find: (OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?) -> ov_status_e
    ) throws(InferenceError) -> (type: ov_element_type_e, shape: [Int64]) {
        let ov = core.library.functions
        var port: OpaquePointer?
        try core.library.check(find(handle, &port), "find the model's one \(name)", reason: .invalidModel)
        defer { ov.output_const_port_free(port) }
        var type = DYNAMIC
        try core.library.check(ov.port_get_element_type(port, &type), "tell the \(name)'s type")
        var shape = ov_shape_t()
        try core.library.check(ov.const_port_get_shape(port, &shape), "tell the \(name)'s shape", reason: .invalidModel)
        defer { _ = ov.shape_free(&shape) }
        return (type, Array(UnsafeBufferPointer(start: shape.dims, count: Int(shape.rank))))
    }
}
