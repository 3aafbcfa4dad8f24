import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

/// Custom heads and networks on the command line.
@Suite("Custom networks in commands") struct CustomNetworkCommandTests {
    @Test("A described network trains and predicts") func describedNetwork() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            let file = try writeTinyNetwork(in: folder)
            let trained = try Command(
                "train", "photos", "--model", "tiny.network", "--epochs", "1", "--batch-size", "4", "--head",
                "16,batchnorm,relu", "--layerwise-decay", "0.5", folder: folder)
            #expect(trained.status == 0, "\(trained.messages)")
            #expect(trained.messages.contains("tiny, random weights"))
            try FileManager.default.removeItem(atPath: file)
            let model = "runs/tiny-1/best.safetensors"
            let predicted = try Command("predict", model, "photos", "--format", "csv", folder: folder)
            #expect(predicted.status == 0 && predicted.outputLines.count == 11, "\(predicted.messages)")
            let names = try Checkpoint.read(folder.appending(path: model).path).entries.map(\.name)
            #expect(names.contains("classifier.1.running_var") && names.contains("classifier.3.weight"))
        }
    }

    @Test("An invalid description is an error with the line number") func invalidDescription() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            let text = "input 3x24x24\nfeatures:\nconv:8:3, relu\nclassifier:\nmaxpool:2, linear:classes\n"
            try Data(text.utf8).write(to: folder.appending(path: "tiny.network"))
            let command = try Command("train", "photos", "--model", "tiny.network", folder: folder)
            #expect(command.status == 1 && command.output == "")
            for word in ["tiny.network, line 5", "'maxpool:2'", "a map", "3872 features"] {
                #expect(command.messages.contains(word), "\(command.messages)")
            }
            let asked = try Command("predict", "tiny.network", "photos", folder: folder)
            #expect(asked.status == 1)
        }
    }

    @Test("A head with the wrong number of outputs is an error with both numbers") func headOutputs() throws {
        let command = try Command("train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--head", "16,relu,3")
        #expect(command.status == 1)
        #expect(command.messages.contains("3 outputs") && command.messages.contains("2 classes"), "\(command.messages)")
    }
}
