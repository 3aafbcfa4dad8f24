import Inference
import Testing
import Torch

@Suite("OpenVINO")
struct OpenVINOEngineTests {
    @Test("bytes that are no model are refused in OpenVINO's own words")
    @TensorActor
    func garbage() {
        let bytes: [UInt8] = Array("no ONNX at all".utf8)
        #expect(throws: InferenceError.self) {
            try bytes.withUnsafeBytes { bytes in
                _ = try OpenVINOEngine(onnx: bytes, shares: .latency())
            }
        }
    }
}
