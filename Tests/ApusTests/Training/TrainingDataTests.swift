import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus

/// Training and validation data of a run, and notes on them.
@Suite("Training data") struct TrainingDataTests {
    @Test("A limit applies to the training images alone")
    func limit() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 150, to: folder)
            var configuration = TrainingConfiguration()
            configuration.data.validationSplit = 0.8
            let whole = try TrainingData(at: folder.path, configuration)
            configuration.data.limit = 20
            let data = try TrainingData(at: folder.path, configuration)
            #expect(whole.validation.count == 240 && data.training.count == 20)
            #expect(
                (0..<data.validation.count).map { data.validation.name(at: $0) }
                    == (0..<whole.validation.count).map { whole.validation.name(at: $0) })
            #expect(
                data.description.imageLine
                    == "20 images for training (the rest of all images, limited from 60), 240 for validation (80 % set aside "
                    + "at random, seed 0)")
        }
    }

    @Test("A test split of data with fixed splits is not silently ignored")
    func testSplit() throws {
        try withTemporaryFolder { folder in
            for part in ["train", "val"] {
                try Samples.writeClasses(["red", "blue"], count: 4, to: folder.appending(path: part))
            }
            var configuration = TrainingConfiguration()
            let data = try TrainingData(at: folder.path, configuration)
            #expect(
                data.description.lines == [
                    "2 classes: blue, red; labels from folder names",
                    "8 images for training (folder train), 8 for validation (folder val)",
                ])
            configuration.data.testSplit = 0.1
            let asked = configuration
            #expect(throws: DatasetError.self) { try TrainingData(at: folder.path, asked) }
        }
    }

    @Test("A class without validation images and an unused group pattern are notes")
    func missingParts() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 4, to: folder.appending(path: "train"))
            try Samples.writeClasses(["red"], count: 4, to: folder.appending(path: "val"))
            var configuration = TrainingConfiguration()
            configuration.data.dataset.groupPattern = "^([0-9])"
            let notes = try TrainingData(at: folder.path, configuration).notes
            #expect(notes.contains { $0.hasPrefix("there are no validation images of 'blue'") })
            #expect(notes.contains { $0.hasPrefix("the group pattern has no effect") })
        }
    }

    @Test("A note states if the training loss and the validation loss are different functions")
    func losses() throws {
        var configuration = TrainingConfiguration()
        #expect(configuration.lossNote == nil)
        configuration.data.classBalancing = .weightedLoss
        configuration.loss.labelSmoothing = 0.1
        #expect(
            configuration.lossNote
                == "The training loss weights the classes, smooths the labels by 0.1; the validation loss does not, so their "
                + "values are not comparable.")
    }

    @Test("The description of a table names the column of the split and the labels per image")
    func tables() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 3, to: folder)
            let rows = ["red/0.png,a;b,train", "red/1.png,a,train", "blue/0.png,b,val", "blue/1.png,c,train"]
            let table = folder.appending(path: "t.csv")
            try Data((["path,label,split"] + rows).joined(separator: "\n").utf8).write(to: table)
            let description = DataDescription(try openDataset(at: table.path))
            #expect(description.lines[0].hasPrefix("3 classes, several per image: a, b, c; labels from "))
            #expect(description.lines[1].hasPrefix("3 images for training ("))
            #expect(description.lines[1].contains(", 1 for validation ("))
            let text = String(decoding: try JSONEncoder().encode(description), as: UTF8.self)
            #expect(text.contains("\"layout\":\"table\"") && text.contains("\"classCount\":3"))
        }
    }
}
