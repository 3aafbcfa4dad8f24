import Foundation
import Images
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// A run resumes only with its original inputs.
@Suite("Inputs and states of resumed runs") struct RunInputsTests {
    /// A run of the tiny network that is stopped after two steps and saves after each.
    private func stoppedRun(
        in folder: URL, _ change: (inout TrainingConfiguration) async throws -> Void = { _ in }
    ) async throws -> (data: URL, run: String, configuration: TrainingConfiguration) {
        let data = folder.appending(path: "data")
        if !FileManager.default.fileExists(atPath: data.path) {
            try Samples.writeClasses(["red", "blue"], count: 9, to: data)
        }
        var configuration = try await TrainingConfiguration.tiny(in: folder)
        configuration.output.checkpointMinutes = 1e-9
        try await change(&configuration)
        let run = folder.appending(path: "run").path
        try await ResumeTests().stopped(afterSteps: 3) { [configuration] events in
            try await ImageClassifier.train(on: data.path, configuration, directory: run, reportingTo: events)
        }
        return (data, run, configuration)
    }

    private func refusal(_ run: String, data: String? = nil) async -> String {
        let error = await #expect(throws: ApusError.self) { try await ImageClassifier.resume(run, data: data) }
        return error?.description ?? ""
    }

    private func flip(_ path: String, fromEnd distance: Int) throws {
        var contents = try bytes(of: path)
        contents[contents.count - distance] ^= 4
        try contents.write(to: URL(filePath: path))
    }

    @Test("The error for other weights under the same name names the file")
    func weights() async throws {
        try await withTemporaryFolder { folder in
            let weights = try await Networks.backbone(in: folder)
            let (_, run, _) = try await stoppedRun(in: folder) {
                $0 = .quick(from: weights, epochs: 3)
                $0.output.checkpointMinutes = 1e-9
            }
            let first = try bytes(of: weights)
            try await Networks.classifier(classes: ["a", "b", "c", "d", "f"]).save(to: weights)
            let message = await refusal(run)
            #expect(message.contains("\(weights): the weights have changed since the run began"), "\(message)")
            try first.write(to: URL(filePath: weights))
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
        }
    }

    @Test("The error for images that a former version passed over says that more formats are read now")
    func newFormats() {
        func listing(_ names: String...) -> ImageListing {
            ImageListing(
                images: names.enumerated().map { number, name in
                    .init(
                        part: .train, labels: ["red"],
                        identity: ImageIdentity(name: Array(name.utf8), content: UInt64(number) + 1))
                })
        }
        let then = listing("red/1.jpg")
        let reason = "since version 0.2, files of other formats than JPEG, PNG and WebP are images too"
        #expect(listing("red/1.jpg", "red/2.gif").changes(since: then) == "1 added (red/2.gif); \(reason)")
        #expect(listing("red/1.jpg", "red/2.JPG").changes(since: then) == "1 added (red/2.JPG)")
    }

    @Test("The error for a changed description or changed settings names them")
    func descriptionAndSettings() async throws {
        try await withTemporaryFolder { folder in
            let (_, run, configuration) = try await stoppedRun(in: folder)
            let text = try String(contentsOfFile: configuration.model, encoding: .utf8)
            try text.replacing("dropout:0.2", with: "dropout:0.3")
                .write(toFile: configuration.model, atomically: true, encoding: .utf8)
            let network = await refusal(run)
            #expect(network.contains("description of the network has changed"), "\(network)")
            // The original settings are accepted again.
            try text.write(toFile: configuration.model, atomically: true, encoding: .utf8)
            let file = run + "/config.json"
            let settings = try String(contentsOfFile: file, encoding: .utf8)
            try settings.replacing("\"lr\" : 0.01", with: "\"lr\" : 0.02")
                .write(toFile: file, atomically: true, encoding: .utf8)
            let message = await refusal(run)
            #expect(message.contains("\(file): the settings have changed"), "\(message)")
            #expect(message.contains("(lr was 0.01 and is 0.02)"), "\(message)")
            try settings.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
        }
    }

    @Test("The error for changed data names the change")
    func images() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, _) = try await stoppedRun(in: folder)
            let (manager, red) = (FileManager.default, data.appending(path: "red"))
            try Samples.write(0, 40, to: red.appending(path: "new.png"))
            #expect(await refusal(run).contains("since the run began: 1 added (red/new.png); restore"))
            try manager.removeItem(at: red.appending(path: "new.png"))

            try manager.moveItem(at: red.appending(path: "3.png"), to: folder.appending(path: "kept"))
            #expect(await refusal(run).contains("since the run began: 1 removed (red/3.png); restore"))
            // Another image in its place has the same name.
            try Samples.write(0, 41, to: red.appending(path: "3.png"))
            #expect(await refusal(run).contains("since the run began: 1 with other content (red/3.png); restore"))
            try manager.removeItem(at: red.appending(path: "3.png"))
            try manager.moveItem(at: folder.appending(path: "kept"), to: red.appending(path: "zzz.png"))
            let moved = await refusal(run)
            #expect(moved.contains("since the run began: 1 moved (red/3.png is now red/zzz.png); restore"), "\(moved)")
            try manager.moveItem(at: red.appending(path: "zzz.png"), to: red.appending(path: "3.png"))
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
        }
    }

    @Test("Moved data are found at their new location, and the run ends with the same bits")
    func movedData() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, configuration) = try await stoppedRun(in: folder)
            let whole = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "whole").path)
            let place = folder.appending(path: "elsewhere")
            try FileManager.default.moveItem(at: data, to: place)
            let moved = await #expect(throws: ApusError.self) { try await ImageClassifier.resume(run) }
            #expect(moved?.code == .datasetMissing && moved?.path == data.path)
            let result = try await ImageClassifier.resume(run, data: place.path)
            for file in [\RunDirectory.best, \.last] {
                #expect(
                    try FileContents(of: result.directory[keyPath: file])
                        == FileContents(of: whole.directory[keyPath: file]))
            }
            // The run knows the new location of its data.
            let more = try await ImageClassifier.resume(run, epochs: 4)
            #expect(more.epochs.count == 4)
        }
    }

    @Test("A damaged state falls back to the previous one with a message, and the bits are the same")
    func damagedState() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, configuration) = try await stoppedRun(in: folder)
            let whole = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "whole").path)
            let directory = RunDirectory(reading: run)
            try flip(directory.checkpoint, fromEnd: 9)
            let warnings = Collected<String>()
            let result = try await ImageClassifier.resume(run) { events in
                for await case .warning(let text) in events { warnings.append(text) }
            }
            #expect(warnings.elements.count == 1)
            let warning = warnings.elements.first ?? ""
            #expect(warning.hasPrefix("\(directory.checkpoint): the training state is damaged: tensor '"), "\(warning)")
            #expect(warning.contains("resumes from the state before it, in epoch 1 after step "), "\(warning)")
            #expect(try FileContents(of: result.directory.last) == FileContents(of: whole.directory.last))
            #expect(try FileContents(of: result.directory.metrics) == FileContents(of: whole.directory.metrics))
        }
    }

    @Test("A state with NaN or infinity is damaged; the error names the tensor and the count")
    func nonFiniteState() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, configuration) = try await stoppedRun(in: folder)
            let whole = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "whole").path)
            let directory = RunDirectory(reading: run)
            let name = try await TensorActor.run {
                var checkpoint = try Checkpoint.read(directory.checkpoint)
                // The optimizer state would damage the weights in the next step.
                let place = try #require(
                    checkpoint.entries.firstIndex { $0.name.hasPrefix("optimizer.") && $0.tensor.count == 32 })
                checkpoint.entries[place].tensor = try Tensor.full([32], .infinity)
                try checkpoint.writeSafetensors(to: directory.checkpoint)
                return checkpoint.entries[place].name
            }
            let warnings = Collected<String>()
            let result = try await ImageClassifier.resume(run) { events in
                for await case .warning(let text) in events { warnings.append(text) }
            }
            let warning = warnings.elements.first ?? ""
            #expect(
                warning.hasPrefix(
                    "\(directory.checkpoint): the training state is damaged: 32 of 32 values of '\(name)' are NaN or infinite"
                ),
                "\(warning)")
            #expect(try FileContents(of: result.directory.last) == FileContents(of: whole.directory.last))
        }
    }

    @Test("The error names the files if both states or a model of the run are damaged")
    func damagedFiles() async throws {
        try await withTemporaryFolder { folder in
            let (_, run, _) = try await stoppedRun(in: folder)
            let directory = RunDirectory(reading: run)
            let states = try [directory.checkpoint, directory.previousCheckpoint].map { ($0, try bytes(of: $0)) }
            for (path, _) in states { try flip(path, fromEnd: 9) }
            let both = await refusal(run)
            for (path, _) in states { #expect(both.contains("\(path): the training state is damaged"), "\(both)") }
            #expect(!both.contains("download"))
            for (path, contents) in states { try contents.write(to: URL(filePath: path)) }

            // After the first epoch there are models.
            try await ResumeTests().stopped(afterSteps: 4) { events in
                try await ImageClassifier.resume(run, reportingTo: events)
            }
            try flip(directory.best, fromEnd: 9)
            let model = await refusal(run)
            #expect(model.contains("\(directory.best): the run's model is damaged: tensor '"), "\(model)")
        }
    }

    @Test("A folder in use by a process is refused to others, with the process ID")
    func lock() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "a/run").path
            let held = try HeldRun(beginning: path, name: "x")
            let error = #expect(throws: ApusError.self) { _ = try HeldRun(beginning: path, name: "x") }
            #expect(error?.code == .runInUse && error?.path == path)
            // The folder of a run that wrote nothing is removed.
            held.release()
            #expect(try names(in: folder.path).isEmpty)
            let (_, run, _) = try await stoppedRun(in: folder)
            #expect(!FileManager.default.fileExists(atPath: run + "/.lock"))
            let second = try HeldRun(resuming: run)
            let message = await refusal(run)
            #expect(message.contains("process \(getpid()) is working on the run in this folder"), "\(message)")
            second.release()
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
        }
    }

    @Test("A run of version 0.1, whose settings have no groups, resumes") func formerRun() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, configuration) = try await stoppedRun(in: folder)
            let directory = RunDirectory(reading: run)
            let names = Dictionary(
                FormerSettings.names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            var former: [String: Any] = ["data": [String: Any](), "balancesLoss": false, "balancesSampling": false]
            let groups = try ConfigurationValue(encoding: configuration)
            for key in ConfigurationKey.all where key.path != "data.classBalancing" {
                guard let value = groups[key.path] else { continue }
                let json = try JSONEncoder().encode(value)
                former[names[key.path] ?? key.path] = try JSONSerialization.jsonObject(
                    with: json, options: .fragmentsAllowed)
            }
            let file: [String: Any] = ["data": data.path, "configuration": former]
            try JSONSerialization.data(withJSONObject: file).write(to: URL(filePath: directory.configuration))
            let json = try JSONSerialization.jsonObject(with: bytes(of: directory.inputs)) as? [String: Any]
            var inputs = try #require(json)
            inputs["configuration"] = String(
                decoding: try JSONSerialization.data(withJSONObject: former), as: UTF8.self)
            try JSONSerialization.data(withJSONObject: inputs).write(to: URL(filePath: directory.inputs))
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
            #expect(try RunRecord(reading: run).configuration == configuration)
        }
    }

    @Test("A run whose settings were written in groups resumes") func groupedRun() async throws {
        try await withTemporaryFolder { folder in
            let (data, run, configuration) = try await stoppedRun(in: folder)
            let directory = RunDirectory(reading: run)
            let groups = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
            let file = #"{"configuration": \#(groups), "data": "\#(data.path)"}"#
            try Data(file.utf8).write(to: URL(filePath: directory.configuration))
            var inputs = try #require(
                try JSONSerialization.jsonObject(with: bytes(of: directory.inputs)) as? [String: Any])
            inputs["configuration"] = groups
            try JSONSerialization.data(withJSONObject: inputs).write(to: URL(filePath: directory.inputs))
            #expect(try await ImageClassifier.resume(run).epochs.count == 3)
            #expect(try RunRecord(reading: run).configuration == configuration)
        }
    }

    @Test("Names that are not UTF-8 are stored byte for byte")
    func namesAsBytes() throws {
        let names: [[UInt8]] = [Array("a%41/é.png".utf8), [0x66, 0xFF, 0x25, 0x2E], Array("x y.png".utf8)]
        let listing = ImageListing(
            images: names.map {
                .init(part: .val, labels: ["a", "b"], identity: ImageIdentity(name: $0, content: .max))
            })
        let read = try JSONDecoder().decode(ImageListing.self, from: JSONEncoder().encode(listing))
        #expect(read == listing)
        #expect(read.images.map(\.identity.name) == names)
    }
}
