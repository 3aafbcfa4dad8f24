internal import Inference

extension ImageClassifier {
    /// Compiles the network for servers, if necessary, and returns lanes that compute in parallel, each on one thread.
    ///
    /// - Parameters:
    ///   - count: the number of lanes.
    ///   - batchSize: the number of images in a batch.
    /// - Returns: the lanes, and a description of the engine.
    /// - Throws: the errors of `prepare`, and `ApusError` if OpenVINO can't run the network.
    package func makeLanes(
        _ count: Int, batchSize: Int = 1
    ) throws -> (lanes: [ClassificationLane], report: EngineReport) {
        let shares = InferenceShares(batchSize: batchSize, streams: count, threads: count)
        let (engine, report) = try engine(for: .shares(shares))
        guard let engine = engine as? OpenVINOEngine else {
            throw ApusError(
                .engineUnsupported, "only OpenVINO can serve a network, but it would run on \(engine.summary)",
                advice: "install OpenVINO, or set APUS_OPENVINO to its folder")
        }
        let lanes = try (0..<count).map { _ in ClassificationLane(try engine.makeLane(), description.preprocessing) }
        return (lanes, report)
    }
}
