// ONNX files, and the graphs of model files, whose tensors are elsewhere. `APUS_FUZZ` selects the kind.

import LibC

private let isGraph = getenv("APUS_FUZZ").map { String(cString: $0) } == "graph"

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzONNX(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    do throws(ONNXError) {
        if isGraph {
            let file = try ONNXFile(graph: Array(UnsafeBufferPointer(start: data, count: size)))
            _ = try file.checkGraph()
            // Every tensor is complete, or one of the same file.
            for tensor in file.initializers {
                precondition(tensor.external.map { $0.location == "apus:safetensors" && $0.length == nil } ?? true)
            }
            for tensor in file.nodes.flatMap(\.attributes).flatMap(\.tensors) { precondition(tensor.external == nil) }
            if let ends = file.classifierEnds { precondition(ends.input.sizes.count == 4) }
        } else {
            let file = try ONNXFile(UnsafeRawBufferPointer(start: data, count: size))
            _ = file.pixelSizes
            try file.check(path: nil)
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}
