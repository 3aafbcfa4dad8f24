internal import Platform

/// A place where one thread at a time computes batches of a network and waits for each: for servers, whose threads
/// decode an image and then compute it, so that no core waits for another.
package final class OpenVINOLane: @unchecked Sendable {
    // `@unchecked` is safe because the owner lets only one thread at a time use it.
    private let request: OpenVINORequest
    /// The number of images in a batch.
    package let batchSize: Int
    /// The number of outputs for an image.
    package let outputCount: Int
    private let pixels: UnsafeMutableRawBufferPointer
    private let byteCount: Int

    /// - Parameter byteCount: The size of an image in bytes.
    init(_ request: OpenVINORequest, batchSize: Int, byteCount: Int, outputCount: Int) {
        self.request = request
        (self.batchSize, self.byteCount, self.outputCount) = (batchSize, byteCount, outputCount)
        pixels = .allocate(byteCount: batchSize * byteCount, alignment: 64)
        pixels.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { pixels.deallocate() }

    /// Returns the memory of an image in the batch, uint8 `[height, width, 3]`. It is valid as long as the lane exists.
    package func memory(at place: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: pixels[place * byteCount..<(place + 1) * byteCount])
    }

    /// Computes the batch in the memory, and waits for the outputs of the first `count` images,
    /// `[count, outputCount]`.
    package func compute(_ count: Int) throws(InferenceError) -> [Float] {
        try request.start(UnsafeRawBufferPointer(pixels), keeping: nil)
        return try request.wait(count: count * outputCount)
    }
}
