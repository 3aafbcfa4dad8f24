import Checkpoints
import Foundation
import Inference
import TestSupport
import Testing

/// The small network under `Tests/Goldens/onnx`, its images, and PyTorch's outputs.
@ComputeActor
struct GoldenNetwork {
    static let outputCount = 5
    static let imageByteCount = 16 * 20 * 3

    let onnx: [UInt8]
    let pixels: [UInt8]
    let outputs: [Float]

    init() throws {
        onnx = try Array(Data(contentsOf: Goldens.url("onnx/network.onnx")))
        let file = try MappedFile(path: Goldens.url("onnx/network.safetensors").path)
        let layout = try file.withUnsafeBytes { bytes throws(CheckpointFault) in
            try CheckpointLayout(of: bytes, stateKey: nil)
        }
        func values<Element>(_ name: String) throws -> [Element] {
            let entry = try #require(layout.entries.first { $0.name == name })
            return file.withUnsafeBytes { bytes in
                withUnsafeBytes(of: layout.storages[entry.storage].source, in: bytes) {
                    Array($0.bindMemory(to: Element.self))
                }
            }
        }
        pixels = try values("pixels")
        outputs = try values("outputs")
    }

    var count: Int { pixels.count / Self.imageByteCount }

    /// An engine compiled from the model.
    func engine(
        batchSize: Int, streams: Int = 2, precision: InferencePrecision = .float32
    ) throws -> OpenVINOEngine {
        let shares = InferenceShares(batchSize: batchSize, streams: streams, threads: 2)
        return try OpenVINOEngine(onnx: onnx, precision: precision, shares: shares)
    }

    /// The pixels of some of the images.
    func images(_ range: Range<Int>) -> PixelBuffer {
        let size = Self.imageByteCount
        return PixelBuffer(pixels[range.lowerBound * size..<range.upperBound * size])
    }

    /// PyTorch's outputs for some of the images.
    func answers(_ range: Range<Int>) -> ArraySlice<Float> {
        outputs[range.lowerBound * Self.outputCount..<range.upperBound * Self.outputCount]
    }
}

/// Pixels in separate memory, which is overwritten before it is freed.
final class PixelBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ pixels: ArraySlice<UInt8>) {
        bytes = .allocate(byteCount: pixels.count, alignment: 1)
        bytes.copyBytes(from: pixels)
    }

    deinit {
        bytes.initializeMemory(as: UInt8.self, repeating: 0xaa)
        bytes.deallocate()
    }
}

extension InferenceEngine {
    /// Starts on a buffer of whole images.
    func start(_ buffer: PixelBuffer, count: Int) throws -> any PendingInference {
        try start(UnsafeRawBufferPointer(buffer.bytes), count: count, keeping: buffer)
    }

    /// The outputs for all images of the golden network, batch by batch.
    func answers(to network: GoldenNetwork) throws -> [Float] {
        try stride(from: 0, to: network.count, by: batchSize).flatMap { first in
            let range = first..<min(first + batchSize, network.count)
            return try start(network.images(range), count: range.count).wait()
        }
    }
}

/// The largest difference between two lists of numbers; infinite if their lengths differ or a number is NaN.
func largestDifference(_ left: some Collection<Float>, _ right: some Collection<Float>) -> Float {
    guard left.count == right.count else { return .infinity }
    let difference = zip(left, right).map { abs($0 - $1) }.max() ?? 0
    return difference.isNaN ? .infinity : difference
}
