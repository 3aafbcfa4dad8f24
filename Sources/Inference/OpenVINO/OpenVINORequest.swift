internal import COpenVINO
internal import Platform

/// A request for one batch; it is reused for the next batch when done. Requests of one model run in parallel, each on
/// any thread, but one at a time.
final class OpenVINORequest {
    private let model: OpenVINOCompiledModel
    private let library: OpenVINOLibrary
    private let handle: OpaquePointer
    private let output: UnsafeMutableBufferPointer<Float>
    /// The pixels of a partial batch, after the first one.
    private var padded: UnsafeMutableRawBufferPointer?
    /// Keeps the memory of the batch alive.
    private var owner: AnyObject?
    private var isRunning = false

    init(_ model: OpenVINOCompiledModel) throws(InferenceError) {
        library = model.core.library
        let ov = library.functions
        var request: OpaquePointer?
        try library.check(ov.compiled_model_create_infer_request(model.handle, &request), "create a request")
        guard let request else { throw InferenceError(.failed, "OpenVINO created no request.") }
        self.model = model
        handle = request
        output = .allocate(capacity: Int(model.outputShape.reduce(1, *)))
        output.initialize(repeating: 0)
        try bind(output.baseAddress, F32, model.outputShape, ov.infer_request_set_output_tensor)
    }

    deinit {
        finish()
        library.functions.infer_request_free(handle)
        output.deallocate()
        padded?.deallocate()
    }

    /// Starts a full batch on pixels that must stay valid until `wait` or `giveUp`.
    func start(_ pixels: UnsafeRawBufferPointer, keeping owner: AnyObject?) throws(InferenceError) {
        let ov = library.functions
        // OpenVINO's functions take writable memory; it only reads from an input.
        try bind(
            UnsafeMutableRawPointer(mutating: pixels.baseAddress), U8, model.inputShape,
            ov.infer_request_set_input_tensor)
        try library.check(ov.infer_request_start_async(handle), "start a batch")
        isRunning = true
        self.owner = owner
    }

    /// Starts a partial batch on a copy of its pixels.
    func start(partial pixels: UnsafeRawBufferPointer) throws(InferenceError) {
        let buffer = padded ?? .allocate(byteCount: Int(model.inputShape.reduce(1, *)), alignment: 64)
        if padded == nil {
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            padded = buffer
        }
        buffer.copyMemory(from: pixels)
        try start(UnsafeRawBufferPointer(buffer), keeping: nil)
    }

    /// Waits for the outputs and returns the first `count` of them.
    func wait(count: Int) throws(InferenceError) -> [Float] {
        let status = library.functions.infer_request_wait(handle)
        isRunning = false
        owner = nil
        try library.check(status, "compute a batch")
        return Array(output.prefix(count))
    }

    /// Stops the work on a batch whose result is discarded.
    func giveUp() { finish() }

    private func finish() {
        guard isRunning else { return }
        let ov = library.functions
        // Either call may report that the batch was canceled, as intended.
        _ = ov.infer_request_cancel(handle)
        _ = ov.infer_request_wait(handle)
        isRunning = false
        owner = nil
    }

    private func bind(
        _ memory: UnsafeMutableRawPointer?, _ type: ov_element_type_e, _ shape: [Int64],
        _ set: (OpaquePointer?, OpaquePointer?) -> ov_status_e
    ) throws(InferenceError) {
        var sizes = shape
        var tensor: OpaquePointer?
        let status = sizes.withUnsafeMutableBufferPointer {
            library.functions.tensor_create_from_host_ptr(
                type, ov_shape_t(rank: Int64($0.count), dims: $0.baseAddress), memory, &tensor)
        }
        try library.check(status, "use the batch's memory")
        defer { library.functions.tensor_free(tensor) }
        try library.check(set(handle, tensor), "use the batch's memory")
    }
}
