import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

/// Pictures that a run sets aside for a test are found again, and were not learned from.
@Suite struct TestSplitTests {
    @Test func theTestIsWhatTheRunLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 10, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.testSplit = 0.3
            let run = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            let training = try await ImageClassifier(contentsOf: run.directory.last).description.training
            func names(_ split: EvaluationSplit) throws -> Set<String> {
                let pictures = try EvaluationData(at: data, split: split, training: training).pictures
                return Set((0..<pictures.count).map { URL(filePath: pictures.name(at: $0)).path })
            }
            let (train, val, test) = (try names(.train), try names(.val), try names(.test))
            #expect((train.count, val.count, test.count) == (10, 4, 6))
            #expect(train.isDisjoint(with: val) && test.isDisjoint(with: train.union(val)))
            // The run's table says the same.
            let table = try String(contentsOfFile: run.directory.split, encoding: .utf8)
            let told = table.split(separator: "\n").filter { $0.hasSuffix(",test") }
            #expect(told.count == 6)
            let opened = try openDataset(at: run.directory.split)
            #expect(opened.test?.count == 6 && opened.training.count == 10)
        }
    }
}
