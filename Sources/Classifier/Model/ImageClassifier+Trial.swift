internal import Images
public import Inference

extension ImageClassifier {
    /// What a trial does: compiles a file's network into the cache and computes one blank image.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - shares: the batch size, streams and threads that it is to be compiled for.
    /// - Throws: as `init(contentsOf:)` and `makeEngine` do.
    public static func tryModel(_ path: String, _ shares: InferenceShares) async throws {
        let classifier = try await ImageClassifier(contentsOf: path)
        // So far the file has met our own reader alone.
        ModelTrial.beginTrial(byteCount: classifier.onnxByteCount)
        let engine = try classifier.makeEngine(shares)
        let side = classifier.description.preprocessing.cropSize
        let blank = BlankPicture(byteCount: side * side * 3)
        _ = try engine.start(UnsafeRawBufferPointer(blank.bytes), count: 1, keeping: blank).wait()
    }

    /// Black pixels.
    private final class BlankPicture {
        let bytes: UnsafeMutableRawBufferPointer

        init(byteCount: Int) {
            bytes = .allocate(byteCount: byteCount, alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit { bytes.deallocate() }
    }
}
