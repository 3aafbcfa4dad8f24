public import Classifier
internal import Platform

/// A model that is compiled and warmed up.
public final class ServedModel: Sendable {
    /// The name, the version and the file.
    public let specification: ModelSpecification
    /// The classifier.
    public let classifier: ImageClassifier
    /// The engine, such as `OpenVINO 2026.4.1, float32, 2 streams`.
    package let summary: String
    /// A lane for one image, for each thread.
    package let lanes: [ClassificationLane]
    /// A lane for a batch, for each thread; empty if images are computed one by one.
    package let batchLanes: [ClassificationLane]
    /// The maximum number of images in a batch.
    package let batchSize: Int

    /// The name of the model for clients.
    public var name: String { specification.name }

    /// The version of the model for clients.
    public var version: String { specification.version }

    /// Compiles a model and computes a blank image in each lane: the first image takes several times as long as others,
    /// and a network that can't be computed must not replace one that can.
    ///
    /// - Parameters:
    ///   - specification: the name, the version and the file.
    ///   - classifier: the classifier.
    ///   - workers: the number of threads.
    ///   - batchSize: the maximum number of images in a batch.
    /// - Throws: the errors of `ImageClassifier.makeLanes` and `ClassificationLane.compute`.
    @ComputeActor
    package init(
        _ specification: ModelSpecification, _ classifier: ImageClassifier, workers: Int, batchSize: Int
    ) throws {
        let (lanes, report) = try classifier.makeLanes(workers)
        let batchLanes = batchSize > 1 ? try classifier.makeLanes(workers, batchSize: batchSize).lanes : []
        let side = classifier.description.preprocessing.cropSize
        let blank = [UInt8](repeating: 0, count: side * side * 3)
        for lane in lanes + batchLanes {
            lane.copy(blank, at: 0)
            guard try lane.compute(1).count == classifier.classes.count else {
                throw ApusError.damaged(
                    specification.model, "its network does not have an output for each of its classes")
            }
        }
        (self.specification, self.classifier) = (specification, classifier)
        (self.summary, self.lanes, self.batchLanes, self.batchSize) = (report.summary, lanes, batchLanes, batchSize)
    }
}
