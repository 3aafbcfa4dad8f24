import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// `--weights FILE`, with and without `--partial`.
@TensorActor
@Suite("Initial weights") struct InitialWeightsTests {
    /// The notes of a run on the weights in a file.
    private func train(
        from entries: [(name: String, tensor: Tensor)], isPartial: Bool = false, pth: Bool = false,
        _ body: (TrainingPlan, [String: Tensor]) throws -> Void = { _, _ in }
    ) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            let path = folder.appending(path: "weights.file").path
            if pth {
                try Checkpoint(entries: entries).writePyTorch(to: path)
            } else {
                // The test's preprocessing, for small images.
                let description = try Networks.classifier(classes: ["a"]).description
                let encoded = try JSONEncoder().encode(description)
                let text = #"{"version":1,"model":\#(String(decoding: encoded, as: UTF8.self))}"#
                try Checkpoint(entries: entries, metadata: ["apus": text]).writeSafetensors(to: path)
            }
            var configuration = TrainingConfiguration.quick(from: path, epochs: 1)
            configuration.network.initialWeights = .file(path: path, isPartial: isPartial)
            let events = Collected<TrainingEvent>()
            let directory = folder.appending(path: "run").path
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: directory, readBy: events.reader)
            guard case .started(let plan) = events.elements.first else { throw CancellationError() }
            try body(plan, Networks.tensors(result.directory.last))
        }
    }

    private func entries(classes: Int = 5) throws -> [(name: String, tensor: Tensor)] {
        try Networks.entries(classes: classes)
    }

    private func refusal(of entries: [(name: String, tensor: Tensor)], isPartial: Bool = false) async -> String {
        do {
            try await train(from: entries, isPartial: isPartial)
            Issue.record("the weights were taken")
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("The error of strict loading names missing, unexpected and misshapen tensors")
    func strictLoading() async throws {
        var entries = try entries()
        let removed = try #require(entries.firstIndex { $0.name == "features.3.conv.0.0.weight" })
        entries.remove(at: removed)
        entries.append(("aux.weight", try Tensor.ones([2])))
        let stem = try #require(entries.firstIndex { $0.name == "features.0.0.weight" })
        entries[stem].tensor = try Tensor.ones([16, 3, 3, 3])
        let message = await refusal(of: entries)
        for words in [
            "weights.file", "missing: features.3.conv.0.0.weight", "unexpected: aux.weight",
            "features.0.0.weight is [16, 3, 3, 3], not [32, 3, 3, 3]", "`isPartial`",
        ] {
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test("Partial loading reports the tensors that it left out") func partialLoading() async throws {
        var entries = try entries().filter {
            !$0.name.hasPrefix("classifier.") && $0.name != "features.3.conv.0.0.weight"
        }
        entries.append(("aux.weight", try Tensor.ones([2])))
        let given = entries
        try await train(from: given, isPartial: true) { plan, trained in
            let note = try #require(plan.notes.first { $0.contains("weights.file") })
            #expect(note.contains("loaded 311 entries"))
            #expect(note.contains("missing: features.3.conv.0.0.weight, classifier.1.weight, classifier.1.bias"))
            #expect(note.contains("unexpected: aux.weight"))
            #expect(plan.model == "weights.file")
            // The entries that fit are loaded.
            for (name, tensor) in given where name != "aux.weight" {
                let after = try #require(trained[name])
                #expect(try haveEqualBits(tensor, after), "\(name)")
            }
        }
        let message = await refusal(of: [("aux.weight", try Tensor.ones([2]))], isPartial: true)
        #expect(message.contains("no weights in it fit mobilenet_v2"))
    }

    @Test("The head in the file may have any number of classes", arguments: [1, 2, 7])
    func classCount(_ classes: Int) async throws {
        let given = try entries(classes: classes)
        try await train(from: given) { plan, trained in
            #expect(plan.notes.isEmpty)
            #expect(trained["classifier.1.weight"]?.shape == [2, 1280])
            let first = try #require(given.first)
            #expect(try haveEqualBits(first.tensor, #require(trained[first.name])))
        }
    }

    @Test("A PyTorch file gives initial weights") func pyTorchFile() async throws {
        let given = try entries(classes: 3)
        try await train(from: given, pth: true) { plan, trained in
            #expect(plan.notes.isEmpty)
            for (name, tensor) in given where !name.hasPrefix("classifier.") {
                let after = try #require(trained[name])
                #expect(try haveEqualBits(tensor, after), "\(name)")
            }
        }
    }

    /// `DataParallel` and `torch.compile` add prefixes to the network's names.
    @Test("A wrapped network gives initial weights") func wrappedNetwork() async throws {
        let given = try entries(classes: 3)
        let counter = [(name: "n_averaged", tensor: try Tensor(7))]
        let wrapped = given.map { (name: "module._orig_mod.\($0.name)", tensor: $0.tensor) }
        try await train(from: counter + wrapped, pth: true) { plan, trained in
            let note = try #require(plan.notes.first)
            #expect(note.contains("removed 'module._orig_mod.' from the names") && note.contains(": n_averaged"))
            let first = try #require(given.first)
            #expect(try haveEqualBits(first.tensor, #require(trained[first.name])))
        }
    }

    @Test("A state key selects one of several states in a file") func stateKey() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "weights.pth").path
            try Checkpoint(entries: try entries()).writePyTorch(to: path)
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            var configuration = TrainingConfiguration.quick(from: path, epochs: 1)
            configuration.network.initialWeights = .file(path: path, isPartial: false, stateKey: "model_ema")
            let error = await #expect(throws: CheckpointError.self) {
                try await ImageClassifier.train(
                    on: data.path, configuration, directory: folder.appending(path: "run").path)
            }
            #expect(error?.problem.contains("'model_ema'") == true)
        }
    }

    /// A network of two convolutions and a hidden layer, trained from a file that has some of its tensors.
    private func prepared(
        minimum: Double? = nil, isPartial: Bool = true, _ name: (String) -> String?
    ) async throws -> PreparedNetwork {
        try await withTemporaryFolder { folder in
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            let path = folder.appending(path: "weights.pth").path
            let reference = try ModelReference(configuration.model)
            var entries: [(name: String, tensor: Tensor)] = []
            for entry in try reference.architecture.makeNetwork(classes: 2).stateDict {
                if let name = name(entry.name) { entries.append((name, try entry.tensor.detach())) }
            }
            try Checkpoint(entries: entries).writePyTorch(to: path)
            configuration.network.initialWeights = .file(path: path, isPartial: isPartial)
            if let minimum { configuration.network.minimumLoadedFraction = minimum }
            return try PreparedNetwork(
                configuration, reference: reference, classes: 2, images: 10,
                store: WeightsStore(folder: folder.path))
        }
    }

    @Test("The error for a partial file with few matches states their number and can be overridden")
    func fewMatches() async throws {
        // The first convolution alone, the classifier alone, biases alone.
        let few: [(String) -> Bool] = [
            { $0.hasPrefix("features.0.") }, { $0.hasPrefix("classifier.") }, { $0.hasSuffix(".bias") },
        ]
        for (isKept, percent) in zip(few, ["16.0 %", "0.0 %", "1.7 %"]) {
            let error = await #expect(throws: ApusError.self) {
                _ = try await prepared { isKept($0) ? $0 : nil }
            }
            let message = error?.description ?? ""
            #expect(error?.code == .weightsMismatch && message.contains("weights.pth: it has \(percent)"), "\(message)")
            #expect(message.contains("less than 75.0 %"), "\(message)")
            #expect(error?.advice?.contains("`network.minimumLoadedFraction = 0") == true, "\(message)")
            let taken = try await prepared(minimum: 0) { isKept($0) ? $0 : nil }
            #expect(taken.notes.contains { $0.contains("weights.pth: loaded") })
        }
        _ = try await prepared(minimum: 0.16) { $0.hasPrefix("features.0.") ? $0 : nil }
        await #expect(throws: ApusError.self) {
            _ = try await prepared(minimum: 0.17) { $0.hasPrefix("features.0.") ? $0 : nil }
        }
    }

    @Test("Hidden layers and the head do not count for a file with a backbone alone")
    func backboneAlone() async throws {
        let taken = try await prepared { $0.hasPrefix("features.") ? $0 : nil }
        #expect(taken.notes.contains { $0.contains("missing: classifier.") })
    }

    @Test("Prefixes of other libraries are removed and reported", arguments: [false, true])
    func otherLibraries(_ isPartial: Bool) async throws {
        let split = try await prepared(isPartial: isPartial) { ($0.hasPrefix("features") ? "backbone." : "head.") + $0 }
        let note = try #require(split.notes.first { $0.contains("removed") })
        #expect(note.contains("'backbone.'") && note.contains("'head.'"))
        let lightning = try await prepared(isPartial: isPartial) { "model.\($0)" }
        #expect(lightning.notes.contains { $0.hasSuffix("removed 'model.' from the names of its tensors") })
        let plain = try await prepared(isPartial: isPartial) { $0 }
        #expect(!plain.notes.contains { $0.contains("removed") })
    }

    @Test("The error for a head of another shape names it") func headShape() async throws {
        for shape in [[5, 7], [5], [0, 1280], [5, 1280, 1, 1]] {
            var entries = try entries()
            let place = try #require(entries.firstIndex { $0.name == "classifier.1.weight" })
            entries[place].tensor = try Tensor.ones(shape)
            let message = await refusal(of: entries)
            #expect(message.contains("weights.file") && message.contains("classifier.1."), "\(shape): \(message)")
        }
        var entries = try entries()
        let place = try #require(entries.firstIndex { $0.name == "classifier.1.bias" })
        entries[place].tensor = try Tensor.ones([4])
        let message = await refusal(of: entries)
        #expect(message.contains("weights.file") && message.contains("classifier.1."), "\(message)")
    }

    @Test("A file for another network is refused") func otherNetwork() async throws {
        let other = try #require(Architecture.named("small_cnn")).makeNetwork(classes: 2)
        let message = await refusal(of: try other.stateDict.map { ($0.name, try $0.tensor.detach()) })
        #expect(message.contains("weights.file") && message.contains("choose the network that the file is for"))
    }
}
