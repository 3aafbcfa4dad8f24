import Apus
import Foundation
import LibC
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

/// Runs as child processes, watched through their files.
@Suite("Runs") struct RunTests {
    @Test("A run begins with its table and settings, is followed, and finishes") func whole() async throws {
        let fake = try FakeTraining()
        let name = try await fake.begin()
        #expect(name == "quick-1")
        let base = fake.runs.folder + "/" + name
        #expect(try fake.arguments == ["train", base + ".csv", "--config", base + ".json", "--out", base])
        let classIDs = fake.context.project.classes.map { ($0.name, $0.id) }
        #expect(fake.runs.facts(name).classIDs == Dictionary(uniqueKeysWithValues: classIDs) && !classIDs.isEmpty)
        let table = try String(contentsOfFile: base + ".csv", encoding: .utf8)
        #expect(table.hasPrefix("path,label,split\n") && table.split(separator: "\n").count == 13)
        let settings = try TrainingConfiguration.read(base + ".json").configuration
        #expect(settings.compute.cachesFeatures && settings.network.strategy == .frozen)

        // Files of a run that trains are not read all the time.
        try await eventually { try fake.runs.run(name).network == "resnet18" }
        let training = try fake.runs.run(name)
        #expect(training.state == .training && training.epoch == 1 && training.epochs == 2 && training.images == 32)
        #expect(training.message == "features  10 of 40  5/s  0:06 left" && !training.hasModel)
        #expect(fake.runs.live == name && fake.runs.all.map(\.name) == [name])

        try fake.say("go")
        try await eventually { try fake.runs.run(name).state == .finished }
        let run = try fake.runs.run(name)
        #expect(run.progress == 1 && run.accuracy == 0.75 && run.loss == 1.5 && run.hasModel && run.epoch == 2)
        #expect(run.message == nil && run.secondsLeft == nil && run.created.hasSuffix("Z") && fake.runs.live == nil)
        let details = try fake.runs.details(name)
        #expect(details.curves.epochs.map(\.validationAccuracy) == [0.75, 0.5] && details.curves.stepsPerEpoch == 4)
        #expect(details.curves.steps.map(\.step) == [4] && !details.diagnosis.isEmpty)
        #expect(details.settings.contains { $0.key == "model" && $0.value == "resnet18" })
        #expect(details.command.hasPrefix("apus train /") && details.command.hasSuffix("quick-1"))
    }

    @Test("One run trains at a time; a stopped one was interrupted once, and resumes") func stopping() async throws {
        let fake = try FakeTraining()
        let name = try await fake.begin("first")
        #expect(code { _ = try fake.runs.start(.quick, [:], name: nil) } == .conflict)
        #expect(code { try fake.runs.resume(name) } == .conflict && code { try fake.runs.delete(name) } == .conflict)
        try fake.runs.stop(name)
        try fake.runs.stop(name)
        try await eventually { try !fake.runs.run(name).state.isLive }
        let stopped = try fake.runs.run(name)
        #expect(stopped.state == .stopped && stopped.progress > 0 && stopped.message == nil)
        #expect(try fake.text("fake/interruptions") == "saved\n")
        #expect(code { try fake.runs.stop(name) } == .conflict)
        #expect(code { _ = try fake.runs.start(.quick, [:], name: name) } == .conflict, "the name is taken")

        try fake.say("go")
        try fake.runs.resume(name)
        try await eventually { try fake.runs.run(name).state == .finished }
        #expect(try fake.arguments.suffix(3) == ["train", "--resume", fake.runs.folder + "/first"])
        #expect(code { try fake.runs.resume(name) } == .conflict)
    }

    @Test("A failed run shows its reason, and a crashed one can be resumed") func failures() async throws {
        let fake = try FakeTraining()
        let name = try await fake.begin()
        try fake.say("fail")
        try await eventually { try fake.runs.run(name).state == .failed }
        #expect(try fake.runs.run(name).message == "the disk is full free some space")

        try FileManager.default.removeItem(atPath: fake.folder.path("fake/fail"))
        try FileManager.default.removeItem(atPath: fake.folder.path("fake/ready"))
        let other = try await fake.begin()
        #expect(other == "quick-2")
        let script = try #require(try processes(of: fake.folder.path("fake/apus")).first)
        kill(script, SIGKILL)
        try await eventually { try fake.runs.run(other).state == .interrupted }
        #expect(try fake.runs.run(other).message?.contains("resume it") == true)
        // Another studio on the same project knows the same.
        #expect(try RunService(fake.context).all.map(\.state) == [.failed, .interrupted])
    }

    @Test("A program that can't be started leaves no run") func missingProgram() throws {
        let fake = try FakeTraining()
        let context = try StudioContext(fake.context.project, executable: nowhere, store: fake.context.store)
        let runs = RunService(context)
        #expect(code { _ = try runs.start(.quick, [:], name: nil) } == .failed)
        #expect(runs.all.isEmpty && (try? entryNames(of: runs.folder)) == [])
    }

    @Test("A run of another process is shown while that process holds its lock, and is stopped by a signal")
    func foreign() async throws {
        let fake = try FakeTraining()
        let directory = fake.runs.folder + "/other"
        try makeFolder(directory)
        try writeAtomically(FakeTraining.log([(.started(FakeTraining.start), 0, 100)]), to: directory + "/log.jsonl")
        #expect(try fake.runs.run("other").state == .interrupted)
        let script = """
            exec 9>'\(directory)/.lock'; flock 9; echo $$ >&9
            trap 'rm \(directory)/.lock; exit 130' INT; : > '\(directory)/ready'; while :; do sleep 0.01; done
            """
        let process = try ChildProcess("/bin/sh", ["-c", script])
        try await eventually { fileExists(directory + "/ready") }
        let run = try fake.runs.run("other")
        #expect(run.state == .training && run.network == "resnet18:IMAGENET1K_V1" && run.images == 32)
        #expect(code { _ = try fake.runs.start(.quick, [:], name: nil) } == .conflict)
        try fake.runs.stop("other")
        try await eventually { process.currentEnd != nil }
        #expect(process.currentEnd == .status(130))
        #expect(try fake.runs.run("other").state == .interrupted)
        // A lock that a killed process left belongs to nobody, even if another process has its number by now.
        try writeAtomically(Array("\(getpid())\n".utf8), to: directory + "/.lock")
        #expect(try fake.runs.run("other").state == .interrupted && fake.runs.live == nil)
    }

    @Test("Names lead nowhere else, links are not followed, and a deleted run leaves nothing") func deletion()
        async throws
    {
        let fake = try FakeTraining()
        for name in [
            "", ".", "..", "../photos", "a/b", ".hidden", "a b", "ä", "a.csv", String(repeating: "a", count: 61),
        ] {
            #expect(!RunService.isName(name) && code { _ = try fake.runs.directory(of: name) } == .notFound)
        }
        #expect(code { _ = try fake.runs.start(.quick, [:], name: "../x") } == .invalid)
        #expect(code { _ = try fake.runs.run("unknown") } == .notFound)
        try fake.folder.make("elsewhere")
        try fake.folder.write("elsewhere/log.jsonl", "kept".utf8)
        try makeFolder(fake.runs.folder)
        try fake.folder.link("photos/.apus/runs/link", to: fake.folder.path("elsewhere"))
        #expect(code { try fake.runs.delete("link") } == .notFound && fake.runs.all.isEmpty)

        try fake.say("go")
        let name = try await fake.begin()
        try await eventually { try fake.runs.run(name).state == .finished }
        fake.runs.setEvaluated(name, Fraction(hits: 9, of: 10), on: .val)
        #expect(try fake.runs.run(name).evaluated?.value == 0.9 && fake.runs.run(name).evaluatedSplit == .val)
        try fake.folder.link("photos/.apus/runs/quick-1/inner", to: fake.folder.path("elsewhere"))
        try fake.runs.delete(name)
        #expect(try entryNames(of: fake.runs.folder) == ["link"] && fake.exists("elsewhere/log.jsonl"))
        #expect(fake.context.project.setting("run.quick-1") == nil)
    }

    @Test("The end of the studio stops its runs after they are saved, and starts no other") func end() async throws {
        let fake = try FakeTraining()
        let name = try await fake.begin()
        await fake.runs.stopAll()
        #expect(try fake.text("fake/interruptions") == "saved\n" && fake.runs.run(name).state == .stopped)
        #expect(code { _ = try fake.runs.start(.quick, [:], name: nil) } == .conflict)
    }

    @Test("The pages get each change of a run") func events() async throws {
        let fake = try FakeTraining()
        var events = fake.context.hub.events().makeAsyncIterator()
        _ = try await fake.begin()
        try fake.say("go")
        var states: [String] = []
        while states.last != "finished", let event = await events.next() {
            guard event.hasPrefix("event: run\n"), let start = event.range(of: "\"state\":\"")?.upperBound else {
                continue
            }
            let state = String(event[start...].prefix { $0 != "\"" })
            if states.last != state { states.append(state) }
        }
        #expect(states.suffix(2) == ["training", "finished"])
    }

    @Test("A log with huge or infinite numbers ends nothing") func hostileLog() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/a"
            try makeFolder(path)
            let start = LogStart(
                data: "t.csv", model: "resnet18", strategy: "all", head: "linear", classes: ["a", "b"],
                isMultiLabel: false, trainingImages: .max, validationImages: .max, trainableParameters: 1,
                parameters: 1, epochs: .max, stepsPerEpoch: .max, device: "cpu", processor: "p")
            let epoch = EpochMetrics(
                epoch: 1, learningRate: .infinity, trainingLoss: .infinity, trainingAccuracy: 1,
                validationLoss: .infinity, validationAccuracy: .infinity)
            try writeAtomically(
                FakeTraining.log([(.started(start), 0, 100), (.epoch(epoch, isBest: true), .max, 110)]),
                to: path + "/log.jsonl")
            let files = RunFiles(RunDirectory(reading: path))
            let run = files.run("a", RunFacts(), live: .training, now: 120)
            #expect(run.accuracy == nil && run.loss == nil && (0...1).contains(run.progress))
            _ = files.secondsPerImage
            let late = files.run("a", RunFacts(created: 1e300, started: -1e300, seconds: 1e308), live: nil, now: 1e300)
            #expect(late.created.isEmpty && (0...1).contains(late.progress))
            #expect(throws: Never.self) { try jsonText(files.details(run, command: "")) }
        }
    }

    @Test("Progress and the time left follow the steps since the last start") func progress() throws {
        func run(_ events: [(LogEvent, Int, Double)], live: Run.State?, now: Double) throws -> Run {
            try withTemporaryFolder { folder in
                let path = folder.path + "/a"
                try makeFolder(path)
                let configuration = ConfigurationFile(TrainingConfiguration(model: "resnet18", epochs: 2))
                try writeAtomically(Array(jsonText(configuration).utf8), to: path + "/config.json")
                try writeAtomically(FakeTraining.log(events), to: path + "/log.jsonl")
                let facts = RunFacts(created: 0, started: 80, seconds: 100, images: 30)
                return RunFiles(RunDirectory(reading: path)).run("a", facts, live: live, now: now)
            }
        }
        let start = (LogEvent.started(FakeTraining.start), 0, 100.0)
        let steps = [2, 4].map { (LogEvent.step(FakeTraining.step($0, loss: 0.5)), $0, 100 + Double(10 * $0)) }
        // Two steps took 20 seconds, four are left, and five seconds passed since.
        let half = try run([start] + steps, live: .training, now: 145)
        #expect(half.progress == 0.5 && half.secondsLeft == 35 && half.created == "1970-01-01T00:00:00Z")
        // Before the first step there is only the estimate.
        let young = try run([start], live: .training, now: 110)
        #expect(young.progress == 0 && young.secondsLeft == 70)
        // The hours before a resumption do not count.
        let resumed =
            [(LogEvent.resumed, 4, 10_000.0)]
            + [5, 6].map { (LogEvent.step(FakeTraining.step($0, loss: 0.5)), $0, 10_000 + Double($0)) }
        #expect(try run([start] + steps + resumed, live: .training, now: 10_006).secondsLeft == 2)
        // A loss that diverged is no JSON, and its reason is the message.
        let diverged = [
            (LogEvent.step(FakeTraining.step(6, loss: .nan)), 6, 160.0),
            (LogEvent.stopped(reason: "the loss became NaN; use a lower `optimizer.learningRate`"), 6, 160),
        ]
        let failed = try run([start] + steps + diverged, live: nil, now: 200)
        #expect(failed.state == .failed && failed.message == "the loss became NaN; use a lower `lr`")
        #expect(try jsonText(failed).contains("\"secondsLeft\":null"))
        #expect(try run([start] + steps, live: nil, now: 200).state == .interrupted)
    }

    /// The code of the error that is thrown.
    private func code(_ work: () throws -> Void) -> StudioError.Code? {
        do {
            try work()
            return nil
        } catch {
            return (error as? StudioError)?.code
        }
    }

    /// The processes that run a script.
    private func processes(of script: String) throws -> [pid_t] {
        try entryNames(of: "/proc").compactMap { pid_t($0) }.filter { number in
            (try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline")))
                .map {
                    String(decoding: $0, as: UTF8.self).split(separator: "\0").dropFirst().first == Substring(script)
                }
                ?? false
        }
    }
}
