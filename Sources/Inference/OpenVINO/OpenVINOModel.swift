internal import COpenVINO
internal import Platform

/// A network read from a file, to be given a batch size and compiled.
@ComputeActor
final class OpenVINOModel {
    private let core: OpenVINOCore
    private nonisolated(unsafe) let handle: OpaquePointer

    /// Reads an ONNX model.
    convenience init(onnx: UnsafeRawBufferPointer, core: OpenVINOCore) throws(InferenceError) {
        var model: OpaquePointer?
        let status = core.library.functions.core_read_model_from_memory_buffer(
            core.handle, onnx.bindMemory(to: CChar.self).baseAddress, onnx.count, nil, &model)
        try self.init(owning: model, status, core: core)
    }

    /// Reads an ONNX model.
    convenience init(onnx: [UInt8], core: OpenVINOCore) throws(InferenceError) {
        var model: OpaquePointer?
        let status = onnx.withUnsafeBytes {
            core.library.functions.core_read_model_from_memory_buffer(
                core.handle, $0.bindMemory(to: CChar.self).baseAddress, $0.count, nil, &model)
        }
        try self.init(owning: model, status, core: core)
    }

    /// Reads an ONNX model from a file, whose name must end in `.onnx`.
    convenience init(onnxFile path: String, core: OpenVINOCore) throws(InferenceError) {
        var model: OpaquePointer?
        let status = path.withFileName { core.library.functions.core_read_model(core.handle, $0, nil, &model) }
        try self.init(owning: model, status, from: " \(path)", core: core)
    }

    private init(
        owning handle: OpaquePointer?, _ status: ov_status_e, from place: String = "", core: OpenVINOCore
    ) throws(InferenceError) {
        try core.library.check(status, "read the ONNX model\(place)", code: .invalidModel)
        guard let handle else { throw InferenceError(.invalidModel, "OpenVINO read no model.") }
        self.core = core
        self.handle = handle
    }

    deinit { core.library.functions.model_free(handle) }

    /// Sets a fixed number of images for the input, `[N, height, width, 3]`, so that constant parts are computed in
    /// advance.
    func setBatchSize(_ count: Int) throws(InferenceError) {
        let ov = core.library.functions
        var inputs = 0
        var outputs = 0
        try core.library.check(ov.model_inputs_size(handle, &inputs), "count the inputs")
        try core.library.check(ov.model_outputs_size(handle, &outputs), "count the outputs")
        guard inputs == 1, outputs == 1 else {
            throw InferenceError(
                .invalidModel, "The model has \(inputs) inputs and \(outputs) outputs; it must have one of each.")
        }
        var port: OpaquePointer?
        try core.library.check(ov.model_const_input(handle, &port), "find the input")
        defer { ov.output_const_port_free(port) }
        var shape = ov_partial_shape_t()
        try core.library.check(ov.port_get_partial_shape(port, &shape), "read the input's shape")
        defer { ov.partial_shape_free(&shape) }
        guard shape.rank.min == 4, shape.rank.max == 4 else {
            throw InferenceError(.invalidModel, "The model's input is not [N, height, width, 3].")
        }
        var sizes = (0..<4).map { shape.dims[$0].min }
        guard (1..<4).allSatisfy({ shape.dims[$0].min == shape.dims[$0].max && sizes[$0] > 0 }), sizes[3] == 3 else {
            throw InferenceError(.invalidModel, "The model's input is not [N, height, width, 3] of a fixed size.")
        }
        sizes[0] = Int64(count)
        var fixed = ov_partial_shape_t()
        try core.library.check(ov.partial_shape_create_static(4, sizes, &fixed), "create a shape")
        defer { ov.partial_shape_free(&fixed) }
        try core.library.check(
            ov.model_reshape_single_input(handle, fixed), "set the model's batch size to \(count)", code: .invalidModel)
    }

    /// Compiles the model for the CPU.
    func compile(_ properties: OpenVINOProperties) throws(InferenceError) -> OpenVINOCompiledModel {
        var compiled: OpaquePointer?
        let status = properties.withUnsafeProperties { properties, count in
            core.library.functions.core_compile_model_props(
                core.handle, handle, OpenVINOCore.device, count, properties, &compiled)
        }
        try core.library.check(status, "compile the model", code: .invalidModel)
        guard let compiled else { throw InferenceError(.failed, "OpenVINO compiled no model.") }
        return try OpenVINOCompiledModel(owning: compiled, core: core)
    }
}
