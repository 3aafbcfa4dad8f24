internal import Images
internal import Inference

/// A place where one thread at a time prepares images for a classifier and computes them.
///
/// The numbers are those of `ImageClassifier.predict`.
package final class ClassificationLane: Sendable {
    private let lane: OpenVINOLane
    private let preprocessing: Preprocessing

    init(_ lane: OpenVINOLane, _ preprocessing: Preprocessing) {
        (self.lane, self.preprocessing) = (lane, preprocessing)
    }

    /// The number of images in a batch.
    package var batchSize: Int { lane.batchSize }

    /// Decodes an image and prepares one of its crops.
    ///
    /// - Parameters:
    ///   - file: the bytes of an image file.
    ///   - view: the index of the crop.
    ///   - crops: the crops of an image.
    ///   - maximumPixels: the largest number of pixels of an image, checked before decoding.
    ///   - place: the place of the crop in the batch.
    /// - Returns: whether the image has more frames than the one that is read.
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size.
    package func read(
        _ file: [UInt8], view: Int = 0, of crops: TestCrops = .center, maximumPixels: Int, at place: Int
    ) throws -> Bool {
        var reading = preprocessing.readingOptions
        reading.maximumPixels = maximumPixels
        let side = preprocessing.cropSize
        return try ImagePreparation(
            preprocessing.evaluationTransforms(crops)[view], height: side, width: side, reading: reading
        ).write(file, into: lane.memory(at: place))
    }

    /// Copies the pixels of a prepared image, uint8 `[side, side, 3]`.
    package func copy(_ pixels: [UInt8], at place: Int) { lane.memory(at: place).copyBytes(from: pixels) }

    /// Computes the logits of the first `count` images of the batch, `[count, classes]`.
    ///
    /// - Throws: `InferenceError` if the engine fails, and `ApusError` if the outputs are NaN or infinite.
    package func compute(_ count: Int) throws -> [Float] {
        let outputs = try lane.compute(count)
        try OutputCheck.demandFinite(outputs, of: "image", by: "OpenVINO")
        return outputs
    }
}

extension TestCrops {
    /// The number of crops of an image.
    package var count: Int {
        switch self {
        case .center: 1
        case .five: 5
        case .ten: 10
        }
    }
}
