internal import COpenVINO
internal import Platform

/// A compiled network for this machine, from 8-bit pixels to float32 outputs.
@ComputeActor
final class OpenVINOCompiledModel {
    /// The core that runs it.
    let core: OpenVINOCore
    /// OpenVINO's own handle.
    nonisolated(unsafe) let handle: OpaquePointer
    /// The input's shape, `[batch, height, width, 3]`.
    let inputShape: [Int64]
    /// The output's shape, usually `[batch, outputs]`.
    let outputShape: [Int64]

    /// The memory of an imported model's constants. OpenVINO computes directly from it.
    private let file: CompiledModelFile?

    /// Takes ownership of OpenVINO's handle, and checks that the model is of the kind that engines use.
    init(
        owning handle: OpaquePointer, core: OpenVINOCore, from file: CompiledModelFile? = nil
    ) throws(InferenceError) {
        do throws(InferenceError) {
            let ov = core.library.functions
            let input = try Self.port(of: handle, core, "input", ov.compiled_model_input)
            let output = try Self.port(of: handle, core, "output", ov.compiled_model_output)
            guard input.type == U8, input.shape.count == 4, input.shape[3] == 3 else {
                throw InferenceError(.invalidModel, "The model's input is not 8-bit pixels [N, height, width, 3].")
            }
            guard output.type == F32, output.shape.count >= 2, output.shape[0] == input.shape[0] else {
                throw InferenceError(.invalidModel, "The model's output is not float32 [N, outputs].")
            }
            inputShape = input.shape
            outputShape = output.shape
        } catch {
            core.library.functions.compiled_model_free(handle)
            throw error
        }
        self.core = core
        self.handle = handle
        self.file = file
    }

    deinit { core.library.functions.compiled_model_free(handle) }

    /// Imports the bytes of `export`, to compute with the given properties.
    convenience init(
        _ file: CompiledModelFile, core: OpenVINOCore, properties: OpenVINOProperties
    ) throws(InferenceError) {
        // OpenVINO's C function for this takes no settings; it uses those of the device.
        try core.set(properties)
        var compiled: OpaquePointer?
        let status = file.withContent {
            core.library.functions.core_import_model(
                core.handle, $0.bindMemory(to: CChar.self).baseAddress, $0.count, OpenVINOCore.device, &compiled)
        }
        try core.library.check(status, "import the compiled model", code: .invalidCompiledModel)
        guard let compiled else { throw InferenceError(.failed, "OpenVINO imported no compiled model.") }
        try self.init(owning: compiled, core: core, from: file)
        // The weights are now in memory a second time, in the order in which the processor reads them.
        file.releaseMemory()
    }

    /// Writes the compiled model to a file, for the same version of OpenVINO and the same kind of machine.
    func export(to path: String) throws(InferenceError) {
        try core.library.check(
            core.library.functions.compiled_model_export_model(handle, path), "write the compiled model to \(path)")
    }

    /// The value of a setting.
    func property(_ name: String) throws(InferenceError) -> String {
        let ov = core.library.functions
        var value: UnsafeMutablePointer<CChar>?
        try core.library.check(ov.compiled_model_get_property(handle, name, &value), "read the model's \(name)")
        guard let value else { return "" }
        defer { ov.free(value) }
        return String(cString: value)
    }

    private static func port(
        of handle: OpaquePointer, _ core: OpenVINOCore, _ name: String,
        _ find: (OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?) -> ov_status_e
    ) throws(InferenceError) -> (type: ov_element_type_e, shape: [Int64]) {
        let ov = core.library.functions
        var port: OpaquePointer?
        try core.library.check(find(handle, &port), "find the model's single \(name)", code: .invalidModel)
        defer { ov.output_const_port_free(port) }
        var type = DYNAMIC
        try core.library.check(ov.port_get_element_type(port, &type), "read the \(name)'s type")
        var shape = ov_shape_t()
        try core.library.check(ov.const_port_get_shape(port, &shape), "read the \(name)'s shape", code: .invalidModel)
        defer { _ = ov.shape_free(&shape) }
        return (type, Array(UnsafeBufferPointer(start: shape.dims, count: Int(shape.rank))))
    }
}
