import Foundation
import TestSupport
import Testing
import TorchNN

@testable import Apus
@testable import Classifier

/// A run's file, or one written by hand, tells a run what to do.
@Suite struct ConfigurationFileTests {
    private func read(_ text: String) throws -> (configuration: TrainingConfiguration, data: String?) {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            try Data(text.utf8).write(to: file)
            return try TrainingConfiguration.read(file.path)
        }
    }

    @Test func whatIsNotToldIsAsByDefault() throws {
        let (configuration, data) = try read(
            #"{"epochs": 7, "strategy": "last:2", "schedule": "step:3,0.5", "clipNorm": 1}"#)
        var expected = TrainingConfiguration()
        (expected.epochs, expected.strategy, expected.clipNorm) = (7, .last(2), 1)
        expected.schedule = .step(every: 3, factor: 0.5)
        #expect(configuration == expected && data == nil)
    }

    @Test func aRunsFileNamesItsData() throws {
        let (configuration, data) = try read(#"{"data": "photos", "configuration": {"seed": 5}}"#)
        #expect(configuration.seed == 5 && data == "photos")
    }

    @Test(arguments: [
        ("no JSON", "no JSON object"), ("[1]", "no JSON object"), (#"{"epocs": 3}"#, "'epocs'"),
        (#"{"epochs": "many"}"#, "'epochs'"), (#"{"strategy": "some"}"#, "'some'"),
        (#"{"schedule": "stp:3"}"#, "stp"), (#"{"optimizer": "adamax"}"#, "'optimizer'"),
    ])
    func whatDoesNotHoldIsNamed(_ text: String, _ words: String) throws {
        let error = #expect(throws: ApusError.self) { try read(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("run.json") == true)
    }
}
