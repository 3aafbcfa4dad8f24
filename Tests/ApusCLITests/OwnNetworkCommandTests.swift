import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

/// Heads and networks of one's own, from the command line.
@Suite struct OwnNetworkCommandTests {
    @Test func aNetworkIsDescribedTrainedAndAsked() throws {
        try withTemporaryFolder { folder in
            try writePictures(in: folder.appending(path: "photos"))
            let text = "input 3x24x24\nfeatures:\nconv:8:3, relu, maxpool:2\nclassifier:\nlinear:classes\n"
            let file = folder.appending(path: "tiny.network")
            try Data(text.utf8).write(to: file)
            let trained = try Command(
                "train", "photos", "--model", "tiny.network", "--epochs", "1", "--batch-size", "4", "--head",
                "16,batchnorm,relu", "--stage-rate", "0.5", folder: folder)
            #expect(trained.status == 0, "\(trained.talk)")
            #expect(trained.talk.contains("tiny, fresh"))
            try FileManager.default.removeItem(at: file)
            let model = "runs/tiny-1/best.safetensors"
            let predicted = try Command("predict", model, "photos", "--format", "csv", folder: folder)
            #expect(predicted.status == 0 && predicted.outputLines.count == 11, "\(predicted.talk)")
            let names = try Checkpoint.read(folder.appending(path: model).path).entries.map(\.name)
            #expect(names.contains("classifier.1.running_var") && names.contains("classifier.3.weight"))
        }
    }

    @Test func aDescriptionThatDoesNotFitIsToldWithItsLine() throws {
        try withTemporaryFolder { folder in
            try writePictures(in: folder.appending(path: "photos"))
            let text = "input 3x24x24\nfeatures:\nconv:8:3, relu\nclassifier:\nmaxpool:2, linear:classes\n"
            try Data(text.utf8).write(to: folder.appending(path: "tiny.network"))
            let command = try Command("train", "photos", "--model", "tiny.network", folder: folder)
            #expect(command.status == 1 && command.output == "")
            for word in ["tiny.network, line 5", "'maxpool:2'", "a map", "3872 features"] {
                #expect(command.talk.contains(word), "\(command.talk)")
            }
            let asked = try Command("predict", "tiny.network", "photos", folder: folder)
            #expect(asked.status == 1)
        }
    }

    @Test func aHeadForOtherClassesNamesBothNumbers() throws {
        let command = try Command("train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--head", "16,relu,3")
        #expect(command.status == 1)
        #expect(command.talk.contains("3 outputs") && command.talk.contains("2 classes"), "\(command.talk)")
    }
}
