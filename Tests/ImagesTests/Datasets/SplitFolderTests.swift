import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Names of split folders")
struct SplitFolderTests {
    private func error(_ path: String, minimumClasses: Int = 2) -> DatasetError? {
        do throws(DatasetError) {
            _ = try openDataset(at: path, minimumClasses: minimumClasses)
            return nil
        } catch {
            #expect(error.message.count { $0 == "." } >= 2, "\(error)")
            return error
        }
    }

    private func write(_ folder: TemporaryFolder, _ part: String, images: Int = 1) throws {
        for name in ["ants", "bees"] {
            for image in 0..<images { try folder.writeImage("\(part)/\(name)/\(image).png") }
        }
    }

    @Test(
        "Common names of splits are recognized and are not classes",
        arguments: [
            ("training_set", "test_set", false), ("seg_train", "seg_test", false),
            ("train_images", "test_images", false),
            ("images_train", "images_val", true), ("train", "test1", false), ("train", "eval", true),
            ("train", "dev", true), ("Train", "Validate", true), ("trn", "val", true), ("trainset", "testset", false),
            ("TrainImages", "ValidImages", true), ("train2017", "val2017", true), ("01-training", "02-testing", false),
            ("train_data", "validation_data", true), ("trainval", "holdout", false), ("TRAIN", "TEST", false),
        ])
    func names(training: String, other: String, isValidation: Bool) throws {
        let folder = try TemporaryFolder()
        try write(folder, training, images: 2)
        try write(folder, other)
        let opened = try openDataset(at: folder.path)
        #expect(opened.location.layout == .splitFolders)
        #expect(opened.classNames == ["ants", "bees"])
        #expect(opened.training.count == 4)
        #expect((isValidation ? opened.validation : opened.test)?.count == 2)
        #expect((isValidation ? opened.test : opened.validation) == nil)
        #expect(opened.understanding.parts.map(\.source) == ["folder \(training)", "folder \(other)"])
    }

    @Test("Next to a validation folder, eval is the test split")
    func evaluation() throws {
        let folder = try TemporaryFolder()
        for part in ["train", "val", "eval"] { try write(folder, part) }
        let opened = try openDataset(at: folder.path)
        #expect(opened.understanding.parts.map(\.split) == [.train, .val, .test])
        #expect(opened.test?.name(at: 0).contains("/eval/") == true)
    }

    @Test(
        "Folders inside a folder of the same name are found",
        arguments: [
            ("training_set/training_set", "test_set/test_set"), ("data/train", "data/test"),
            ("seg_train/seg_train", "seg_test/images"), ("dataset/dataset/train", "dataset/dataset/test"),
        ])
    func doubled(training: String, test: String) throws {
        let folder = try TemporaryFolder()
        try write(folder, training, images: 2)
        try write(folder, test)
        let opened = try openDataset(at: folder.path)
        #expect(opened.location.layout == .splitFolders && opened.classNames == ["ants", "bees"])
        #expect(opened.training.count == 4 && opened.test?.count == 2)
        // The inner folder alone is also a dataset.
        let inner = try openDataset(at: folder.path(training.split(separator: "/").dropLast().joined(separator: "/")))
        #expect(inner.classNames == ["ants", "bees"])
    }

    @Test(
        "Images without labels are left out with a note", arguments: ["test1", "test", "test/test", "test/unknown"])
    func unlabeled(test: String) throws {
        let byFolder = try TemporaryFolder()
        try write(byFolder, "train")
        for number in 1...3 { try byFolder.writeImage("\(test)/\(number).png") }
        let byName = try TemporaryFolder()
        for name in ["cat.0", "cat.1", "dog.0", "dog.1"] { try byName.writeImage("train/\(name).png") }
        for number in 1...3 { try byName.writeImage("\(test)/\(number).png") }
        for folder in [byFolder, byName] {
            let opened = try openDataset(at: folder.path)
            #expect(opened.classNames.count == 2 && opened.test == nil && opened.validation == nil)
            #expect(opened.understanding.parts.map(\.split) == [.train])
            #expect(opened.understanding.leftOut.count == 1 && opened.notes.count == 1)
            #expect(opened.notes[0].contains("3 images without labels") && opened.notes[0].contains("predict"))
        }
    }

    @Test("A number in a name is not a class number")
    func numbers() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2"] { try folder.writeImage("train/\(name)/a.png") }
        for number in 1...2 { try folder.writeImage("test/\(number).png") }
        #expect(try openDataset(at: folder.path).test == nil)
        let named = try TemporaryFolder()
        for name in ["cat", "dog"] { try named.writeImage("train/\(name)/a.png") }
        for name in ["cat.7", "dog.7"] { try named.writeImage("test/\(name).png") }
        #expect(try openDataset(at: named.path).test?.labels == [0, 1])
    }

    @Test("Folders of images to predict are left out")
    func predictions() throws {
        let folder = try TemporaryFolder()
        for part in ["seg_train", "seg_test"] { try write(folder, part) }
        for number in 1...3 { try folder.writeImage("seg_pred/seg_pred/\(number).png") }
        let opened = try openDataset(at: folder.path)
        #expect(opened.understanding.parts.map(\.split) == [.train, .test])
        #expect(opened.notes.count == 1 && opened.notes[0].contains("seg_pred") && opened.notes[0].contains("3 images"))
        let other = try TemporaryFolder()
        for part in ["training_set", "test_set"] { try write(other, part) }
        try other.writeImage("single_prediction/cat_or_dog.png")
        #expect(try openDataset(at: other.path).notes[0].contains("single_prediction: 1 image without labels"))
    }

    @Test("Classes named like splits stay classes")
    func classes() throws {
        let folder = try TemporaryFolder()
        for name in ["bullet_train", "train_station", "test_tube"] { try folder.writeImage("\(name)/1.png") }
        #expect(try openDataset(at: folder.path).classNames == ["bullet_train", "test_tube", "train_station"])
        // A folder for evaluation among classes is refused, unless it is given as a class.
        let mixed = try TemporaryFolder()
        for name in ["cat", "dog", "test"] { try mixed.writeImage("\(name)/1.png") }
        #expect(error(mixed.path)?.code == .ambiguous)
        let named = try openDataset(at: mixed.path, options: .init(classes: ["cat", "dog", "test"]))
        #expect(named.classNames == ["cat", "dog", "test"])
        let looked = try openDataset(at: mixed.path, minimumClasses: 1)
        #expect(looked.notes == ["the folder test is used as a class"])
    }

    @Test("Ambiguous splits are refused")
    func refusals() throws {
        let evaluation = try TemporaryFolder()
        for part in ["val", "test"] { try write(evaluation, part) }
        #expect(error(evaluation.path, minimumClasses: 1)?.code == .ambiguous)
        let twice = try TemporaryFolder()
        for part in ["train", "test", "test1"] { try write(twice, part) }
        #expect(error(twice.path)?.message.contains("test, test1") == true)
        let inner = try TemporaryFolder()
        for name in ["cat/train", "cat/test", "dog/train", "dog/test"] { try inner.writeImage("\(name)/1.png") }
        #expect(error(inner.path)?.message.contains("train/cat") == true)
        let others = try TemporaryFolder()
        for part in ["training_set", "test_set", "docs"] { try write(others, part) }
        #expect(error(others.path)?.message.contains("docs") == true)
    }

    @Test(
        "Splits whose names do not match are refused and not read as classes",
        arguments: [("TRAIN", "TEST_SIMPLE"), ("train-jpg", "test-jpg-v2"), ("train", "x_test")])
    func unlikeNames(training: String, test: String) throws {
        let folder = try TemporaryFolder()
        try write(folder, training)
        try write(folder, test)
        let found = error(folder.path, minimumClasses: 1)
        #expect(found?.code == .ambiguous && found?.message.contains("\(test)") == true, "\(found as Any)")
    }

    @Test(
        "Folders with parts of the data are refused as classes, unless given as classes",
        arguments: [
            ["fold1", "fold2", "fold3"], ["images_001", "images_002"], ["images", "masks"], ["batch-1", "batch-2"],
            ["Original Images", "Augmented"], ["images", "annotations"],
        ])
    func pieces(names: [String]) throws {
        let folder = try TemporaryFolder()
        for name in names { try write(folder, name) }
        let found = error(folder.path)
        #expect(found?.code == .ambiguous && found?.message.contains(names[0]) == true, "\(found as Any)")
        #expect(try openDataset(at: folder.path, options: .init(classes: names)).classNames == names)
        #expect(try openDataset(at: folder.path, minimumClasses: 1).notes.count == 1)
    }

    @Test(
        "Unknown splits are refused, unless given as classes",
        arguments: [["train", "unseen"], ["gallery", "query", "train"]])
    func unknownParts(names: [String]) throws {
        let folder = try TemporaryFolder()
        for name in names { try write(folder, name) }
        let found = error(folder.path)
        #expect(found?.code == .ambiguous && found?.message.contains("ants, bees") == true, "\(found as Any)")
        #expect(try openDataset(at: folder.path, options: .init(classes: names)).classNames == names)
        // Classes of vehicles may have such names.
        let plain = try TemporaryFolder()
        for name in ["bus/red", "bus/blue", "train/red", "train/long"] { try plain.writeImage("\(name)/1.png") }
        #expect(try openDataset(at: plain.path).classNames == ["bus", "train"])
    }

    @Test("A copy of the data among its classes is refused", arguments: ["", "train/"])
    func copy(part: String) throws {
        let folder = try TemporaryFolder()
        try write(folder, "\(part)cells")
        for name in ["ants", "bees"] { try folder.writeImage("\(part)\(name)/0.png") }
        let found = error(folder.path)
        #expect(found?.code == .ambiguous && found?.path == folder.path("\(part)cells"), "\(found as Any)")
        let named = try openDataset(at: folder.path, options: .init(classes: ["ants", "bees", "cells"]))
        #expect(named.training.count == 4)
    }

    @Test("The error names a table next to images without labels", arguments: ["train/", "Images/", ""])
    func tables(folderName: String) throws {
        let folder = try TemporaryFolder()
        for number in 1...5 { try folder.writeImage("\(folderName)\(number).png") }
        for name in ["sample.csv", "train_labels.csv"] { try folder.write(name, Array("id,label\n".utf8)) }
        let message = error(folder.path)?.message ?? ""
        #expect(message.contains("train_labels.csv") && !message.contains("sample.csv may"), "\(message)")
        #expect(message.contains("`root = ") == !folderName.isEmpty, "\(message)")
        #expect(folderName.isEmpty || message.contains(folder.path(String(folderName.dropLast()))), "\(message)")
    }

    @Test("The error states if class folders contain folders instead of images")
    func nested() throws {
        let folder = try TemporaryFolder()
        for part in ["color", "grayscale"] { try write(folder, part) }
        let opened = try openDataset(at: folder.path)
        #expect(opened.classNames == ["color", "grayscale"])
        #expect(opened.notes.count == 1 && opened.notes[0].contains("color, grayscale"), "\(opened.notes)")
        #expect(opened.notes.first?.contains("(ants, bees)") == true)
        // As in Tiny ImageNet: a folder of images in each class gives no information.
        let plain = try TemporaryFolder()
        for name in ["ants", "bees"] { try plain.writeImage("\(name)/images/1.png") }
        #expect(try openDataset(at: plain.path).notes.isEmpty)
    }
}
