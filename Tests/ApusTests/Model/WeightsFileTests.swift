import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// Classifiers from files with weights alone.
@TensorActor
@Suite("Classifiers from weights files") struct WeightsFileTests {
    private func write(classes: Int, in folder: URL, prefix: String = "", pth: Bool = true) throws -> String {
        let path = folder.appending(path: pth ? "weights.pth" : "weights.safetensors").path
        let checkpoint = Checkpoint(
            entries: try Networks.entries(classes: classes).map { (prefix + $0.name, $0.tensor) })
        if pth { try checkpoint.writePyTorch(to: path) } else { try checkpoint.writeSafetensors(to: path) }
        return path
    }

    @Test(
        "The network has the number of classes of the file",
        arguments: [("", true), ("module.", true), ("_orig_mod.", false), ("model.net.", true)]
    )
    func classCount(_ prefix: String, _ pth: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = try write(classes: 3, in: folder, prefix: prefix, pth: pth)
            let events = Collected<OpeningEvent>()
            let classifier = try await ImageClassifier(
                weights: path, for: ModelReference("mobilenet_v2"), classes: ["a", "b", "c"], device: .cpu,
                readBy: events.reader)
            let notes = events.elements.map { if case .note(let note) = $0 { note } else { "" } }
            #expect(notes.map { $0.contains("removed '\(prefix)'") } == (prefix.isEmpty ? [] : [true]))
            #expect(classifier.classes == ["a", "b", "c"])
            #expect(classifier.description.preprocessing.cropSize == 224)
            let saved = folder.appending(path: "saved.safetensors").path
            try await classifier.save(to: saved)
            let tensors = try Networks.tensors(saved)
            for (name, tensor) in try Networks.entries(classes: 3) {
                #expect(try haveEqualBits(tensor, #require(tensors[name])), "\(name)")
            }
            let opened = try await ImageClassifier(contentsOf: saved, device: .cpu)
            #expect(opened.description == classifier.description)
            let numbered = try await ImageClassifier(weights: path, for: ModelReference("mobilenet_v2"), device: .cpu)
            #expect(numbered.classes == ["0", "1", "2"])
        }
    }

    /// An Apus file contains its classes and preprocessing.
    @Test("Classes and preprocessing come from the file") func metadata() async throws {
        try await withTemporaryFolder { folder in
            let path = try await Networks.backbone(in: folder)
            let classifier = try await ImageClassifier(weights: path, for: ModelReference("mobilenet_v2"), device: .cpu)
            #expect(classifier.classes == ["a", "b", "c", "d", "e"])
            #expect(classifier.description.preprocessing == Networks.preprocessing)
        }
    }

    @Test("A class name that is given twice is an error that names it") func repeatedClass() async throws {
        try await withTemporaryFolder { folder in
            let path = try write(classes: 2, in: folder)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier(
                    weights: path, for: ModelReference("mobilenet_v2"), classes: ["red", "red"], device: .cpu)
            }
            #expect(error?.code == .invalidConfiguration && error?.name == "classes")
            #expect(error?.description.contains("'red' occurs twice") == true)
        }
    }

    @Test("The error for classes or tensors that do not fit names them") func misfits() async throws {
        try await withTemporaryFolder { folder in
            let path = try write(classes: 3, in: folder)
            let names = await #expect(throws: ApusError.self) {
                try await ImageClassifier(weights: path, for: ModelReference("mobilenet_v2"), classes: ["a", "b"])
            }
            #expect(names?.code == .weightsMismatch && names?.value == "3")
            let other = await #expect(throws: ApusError.self) {
                try await ImageClassifier(weights: path, for: ModelReference("small_cnn"))
            }
            #expect(other?.code == .weightsMismatch && other?.path == path)
            #expect(other?.underlyingError is LoadError)
            await #expect(throws: CheckpointError.self) {
                try await ImageClassifier(weights: path, for: ModelReference("mobilenet_v2"), stateKey: "model")
            }
        }
    }

    @Test("A file with two networks is an error that lists them, and a key selects one")
    func severalNetworksInAFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "weights.safetensors").path
            let entries = try Networks.entries(classes: 3)
            var both: [(name: String, tensor: Tensor)] = []
            for (name, tensor) in entries { both.append(("online.\(name)", tensor)) }
            for (name, tensor) in entries { both.append(("ema.\(name)", try tensor.to(.float32) * 2)) }
            try Checkpoint(entries: both).writeSafetensors(to: path)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier(weights: path, for: ModelReference("mobilenet_v2"), device: .cpu)
            }
            #expect(error?.code == .weightsMismatch && error?.path == path)
            let choices = (error?.underlyingError as? AmbiguousNamesError)?.choices.map(\.stateKey)
            #expect(choices.map { Set($0) } == ["ema", "online"])
            let chosen = try await ImageClassifier(
                weights: path, for: ModelReference("mobilenet_v2"), stateKey: "ema", device: .cpu)
            #expect(chosen.classes.count == 3)
        }
    }

    /// A state dict contains the version of each module, which torchvision's MNASNet needs.
    @Test("Exported states contain module versions") func versions() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "model.pth").path
            try await Networks.classifier(classes: ["a"]).export(to: file, format: .pth)
            let checkpoint = try Checkpoint.read(file)
            #expect(checkpoint.version() == 1)
            #expect(checkpoint.version(of: "features.0.1") == 2)
        }
    }
}
