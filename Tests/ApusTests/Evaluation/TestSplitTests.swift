import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

/// The test split of a run is found again and was not used for training.
@Suite("Test splits") struct TestSplitTests {
    @Test("The test split holds the images that the run did not use") func testSplit() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 10, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.data.testSplit = 0.3
            let run = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            let training = try await ImageClassifier(contentsOf: run.directory.last).description.training
            func names(_ split: EvaluationSplit) throws -> Set<String> {
                let images = try EvaluationData(at: data, split: split, training: training).images
                return Set((0..<images.count).map { URL(filePath: images.name(at: $0)).path })
            }
            let (train, val, test) = (try names(.train), try names(.val), try names(.test))
            #expect((train.count, val.count, test.count) == (10, 4, 6))
            #expect(train.isDisjoint(with: val) && test.isDisjoint(with: train.union(val)))
            // The run's table has the same split.
            let table = try String(contentsOfFile: run.directory.split, encoding: .utf8)
            let listed = table.split(separator: "\n").filter { $0.hasSuffix(",test") }
            #expect(listed.count == 6)
            let opened = try openDataset(at: run.directory.split)
            #expect(opened.test?.count == 6 && opened.training.count == 10)
        }
    }
}
