// ONNX files.

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzONNX(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    do throws(ONNXError) {
        let file = try ONNXFile(UnsafeRawBufferPointer(start: data, count: size))
        _ = file.pixelSizes
        try file.check(path: nil)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}
