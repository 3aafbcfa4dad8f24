internal import Images
public import Inference

extension ImageClassifier {
    /// Runs a trial: compiles the network of a file into the cache and runs it on a blank image.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - shares: the batch size, streams and threads to compile for.
    /// - Throws: the errors of `init(contentsOf:)` and `makeEngine`.
    public static func tryModel(_ path: String, _ shares: InferenceShares) async throws {
        let classifier = try await ImageClassifier(contentsOf: path)
        // So far only our own reader has read the file.
        ModelTrial.beginTrial(byteCount: classifier.onnxByteCount)
        let engine = try classifier.makeEngine(shares)
        let side = classifier.description.preprocessing.cropSize
        let blank = BlankImage(byteCount: side * side * 3)
        _ = try engine.start(UnsafeRawBufferPointer(blank.bytes), count: 1, keeping: blank).wait()
    }

    /// A black image.
    private final class BlankImage {
        let bytes: UnsafeMutableRawBufferPointer

        init(byteCount: Int) {
            bytes = .allocate(byteCount: byteCount, alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit { bytes.deallocate() }
    }
}
