import Classifier
import Foundation
import Platform
import TestSupport
import Testing

@testable import Serving

/// A folder with model files, and a registry whose opening of files a test can observe and delay.
private final class ModelFolder: Sendable {
    let path: String
    /// The paths that were opened, in order.
    let opened = Monitor([String]())
    /// What happened to the models, as text.
    let events = Monitor([String]())
    /// Called before a file is opened, with the number of files that were opened before.
    let before = Monitor<@Sendable (Int) async -> Void>({ _ in })

    init() throws {
        path = NSTemporaryDirectory() + "/apus-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a new file and renames it, so that an existing one is replaced at once.
    ///
    /// - Parameter name: The name of the first class, with five letters.
    @discardableResult
    func write(_ file: String, firstClass name: String = "daisy", size: Int? = nil) throws -> String {
        var bytes = try Data(contentsOf: Goldens.url("models/graph.safetensors"))
        while let range = bytes.range(of: Data("daisy".utf8)), name != "daisy" {
            bytes.replaceSubrange(range, with: Data(name.utf8))
        }
        return try write(file, bytes.prefix(size ?? bytes.count))
    }

    func write(_ file: String, _ bytes: Data) throws -> String {
        let target = "\(path)/\(file)"
        try bytes.write(to: URL(filePath: target + ".new"))
        try renameFile(target + ".new", to: target)
        return target
    }

    func registry(_ models: [ModelSpecification], workers: Int = 1, maxBatch: Int = 1) -> ModelRegistry {
        ModelRegistry(models, workers: workers, maxBatch: maxBatch) { [opened, before] path in
            let count = opened.update {
                $0.append(path)
                return $0.count - 1
            }
            await before.withLock { $0 }(count)
            return try await ImageClassifier(contentsOf: path)
        } log: { [events] event in
            let text =
                switch event {
                case .loaded(let model, _): "loaded \(model.name)"
                case .reloaded(let model, _): "reloaded \(model.name)"
                case .failed(let model, _): "failed \(model.name)"
                case .reloadFailed(let model, _): "reloadFailed \(model.name)"
                }
            events.update { $0.append(text) }
        }
    }

    var eventTexts: [String] { events.withLock { $0 } }
}

/// A gate that is closed at first.
private struct Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    func pass() async { for await _ in stream {} }
}

@Suite("Models of a server") struct ModelRegistryTests {
    @Test("A model that fails to load does not affect the others, and clients learn the reason without a path")
    func failures() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([
            try ModelSpecification(name: "missing", model: folder.path + "/missing.safetensors"),
            try ModelSpecification(name: "cut", model: folder.write("cut.safetensors", size: 2000)),
            try ModelSpecification(name: "good", model: folder.write("good.safetensors")),
        ])
        #expect(registry.states.map(\.state) == [.loading, .loading, .loading] && !registry.isReady)
        await registry.load()
        #expect(registry.states.map(\.name) == ["missing", "cut", "good"])
        #expect(registry.states.map(\.state) == [.failed, .failed, .ready] && registry.isReady)
        #expect(try registry.model("good").classifier.classes == ["daisy", "rose", "tulip"])
        for state in registry.states.prefix(2) {
            let error = #expect(throws: ServingError.self) { try registry.model(state.name) }
            #expect(error?.code == .notReady && error?.retryAfter == nil)
            #expect(state.message.map { error?.message.contains($0) == true && !$0.contains("/") } == true)
        }
        #expect(folder.eventTexts == ["failed missing", "failed cut", "loaded good"])
        let broken = folder.registry([try ModelSpecification(name: "missing", model: nowhere)])
        await broken.load()
        #expect(!broken.isReady)
    }

    @Test("A network whose outputs are infinite is found when it is warmed up") func notFinite() async throws {
        let folder = try ModelFolder()
        var bytes = try Data(contentsOf: Goldens.url("models/graph.safetensors"))
        let first = 8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        // The head's weights and the biases before it are 3e38: finite, but their products are not.
        for place in Array(20..<116) + Array(980..<1012) {
            bytes[first + place] = UInt8(truncatingIfNeeded: Float(3e38).bitPattern >> UInt32(place % 4 * 8))
        }
        let registry = folder.registry([try ModelSpecification(argument: folder.write("a.safetensors", bytes))])
        await registry.load()
        #expect(registry.states.first?.message == "its network returns NaN or infinite values")
    }

    @Test("Without a version, the highest one that is ready answers; without a name, the only model")
    func lookUp() async throws {
        let folder = try ModelFolder()
        let file = try folder.write("a.safetensors")
        func version(_ version: String, _ file: String) throws -> ModelSpecification {
            try ModelSpecification(name: "flowers", version: version, model: file)
        }
        let one = folder.registry([
            try version("9", file), try version("10", file), try version("11", nowhere), try version("10.1", file),
        ])
        await one.load()
        #expect(try one.model().version == "10.1")
        #expect(try one.model("flowers", version: "9").version == "9")
        #expect(throws: ServingError.self) { try one.model("flowers", version: "11") }
        let missing = #expect(throws: ServingError.self) { try one.model("flowers", version: "3") }
        #expect(missing?.code == .notFound && missing?.message.contains("'9'") == true)
        let unknown = #expect(throws: ServingError.self) { try one.model("flower") }
        #expect(unknown?.code == .notFound && unknown?.message.contains("did you mean 'flowers'?") == true)

        let two = folder.registry([try version("1", file), try ModelSpecification(name: "pets", model: file)])
        await two.load()
        #expect(try two.model("pets").name == "pets")
        let ambiguous = #expect(throws: ServingError.self) { try two.model() }
        #expect(ambiguous?.code == .notFound && ambiguous?.message.contains("'flowers' and 'pets'") == true)
    }

    @Test("A model that loads is not ready, and each worker has its lanes") func loading() async throws {
        let folder = try ModelFolder()
        let (reached, gate) = (Gate(), Gate())
        folder.before.update {
            $0 = { _ in
                reached.open()
                await gate.pass()
            }
        }
        let registry = folder.registry(
            [try ModelSpecification(argument: folder.write("a.safetensors"))], workers: 2, maxBatch: 4)
        async let loaded: Void = registry.load()
        await reached.pass()
        let error = #expect(throws: ServingError.self) { try registry.model() }
        #expect(error?.code == .notReady && error?.retryAfter == 1 && !registry.isReady)
        gate.open()
        await loaded
        let model = try registry.model("a")
        #expect(model.lanes.map(\.batchSize) == [1, 1] && model.batchLanes.map(\.batchSize) == [4, 4])
        #expect(model.summary.contains("OpenVINO"))
    }

    @Test("A model answers until its replaced file is ready") func replacement() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([try ModelSpecification(argument: folder.write("a.safetensors"))])
        await registry.load()
        let former = try registry.model()
        await registry.reloadChanged()
        #expect(folder.opened.withLock(\.count) == 1)
        #expect(try registry.model() === former)

        let (reached, gate) = (Gate(), Gate())
        folder.before.update {
            $0 = { _ in
                reached.open()
                await gate.pass()
            }
        }
        try folder.write("a.safetensors", firstClass: "peony")
        async let reloaded: Void = registry.reloadChanged()
        await reached.pass()
        #expect(try registry.model() === former && registry.isReady)
        gate.open()
        await reloaded
        #expect(try registry.model().classifier.classes.first == "peony")
        #expect(former.classifier.classes.first == "daisy")
        #expect(folder.eventTexts == ["loaded a", "reloaded a"])
    }

    @Test("A broken replacement is reported once, and the former model stays until the file is good again")
    func brokenReplacement() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([try ModelSpecification(argument: folder.write("a.safetensors"))])
        await registry.load()
        let former = try registry.model()
        try folder.write("a.safetensors", size: 3000)
        for _ in 0..<2 { await registry.reloadChanged() }
        #expect(try registry.model() === former && registry.isReady)
        #expect(registry.states.first?.message?.contains("can't replace it") == true)
        #expect(folder.eventTexts == ["loaded a", "reloadFailed a"])
        try folder.write("a.safetensors", firstClass: "peony")
        await registry.reloadChanged()
        #expect(try registry.model().classifier.classes.first == "peony")
        #expect(registry.states.first?.message == nil)
    }

    @Test("A model that failed is loaded when its file appears") func appearance() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([try ModelSpecification(argument: folder.path + "/a.safetensors")])
        await registry.load()
        await registry.reloadChanged()
        #expect(folder.eventTexts == ["failed a"])
        try folder.write("a.safetensors")
        await registry.reloadChanged()
        #expect(registry.isReady && folder.eventTexts == ["failed a", "loaded a"])
    }

    @Test("A model that failed for a reason of the system is tried again, and the failure is reported once")
    func systemFailure() async throws {
        let folder = try ModelFolder()
        let (failures, events) = (Monitor(2), Monitor(0))
        let registry = ModelRegistry(
            [try ModelSpecification(argument: folder.write("a.safetensors"))], workers: 1
        ) { path in
            let fails = failures.withLock { count in
                count -= 1
                return count >= 0
            }
            if fails { throw FileError(path: path, operation: "open", code: EMFILE) }
            return try await ImageClassifier(contentsOf: path)
        } log: { _ in
            events.withLock { $0 += 1 }
        }
        await registry.load()
        await registry.reloadChanged()
        #expect(registry.states.map(\.state) == [.failed] && events.withLock { $0 } == 1)
        await registry.reloadChanged()
        #expect(registry.isReady && events.withLock { $0 } == 2)
        await registry.reloadChanged()
        #expect(events.withLock { $0 } == 2)
    }

    @Test("A file that changes while it is read is loaded at the next check") func changeWhileReading() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([try ModelSpecification(argument: folder.write("a.safetensors"))])
        await registry.load()
        try folder.write("a.safetensors", firstClass: "peony")
        folder.before.update {
            $0 = { [weak folder] count in
                if count == 1 { _ = try? folder?.write("a.safetensors", firstClass: "aster") }
            }
        }
        await registry.reloadChanged()
        #expect(try registry.model().classifier.classes.first == "daisy")
        await registry.reloadChanged()
        #expect(try registry.model().classifier.classes.first == "aster")
        #expect(folder.eventTexts == ["loaded a", "reloaded a"])
    }

    @Test("Reloads do not run side by side") func turns() async throws {
        let folder = try ModelFolder()
        let running = Monitor((now: 0, most: 0))
        folder.before.update {
            $0 = { _ in
                running.update {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                for _ in 0..<100 { await Task.yield() }
                running.update { $0.now -= 1 }
            }
        }
        let registry = folder.registry([try ModelSpecification(argument: folder.write("a.safetensors"))])
        async let loaded: Void = registry.load()
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 { group.addTask { await registry.reloadChanged() } }
        }
        await loaded
        try folder.write("a.safetensors", firstClass: "peony")
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 { group.addTask { await registry.reloadChanged() } }
        }
        #expect(running.withLock(\.most) == 1)
        #expect(try registry.model().classifier.classes.first == "peony")
    }

    @Test("A file has another version if it is replaced, longer, or written again") func fileVersions() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", [1, 2])
        func setTime(_ nanoseconds: Int) {
            var times = [timespec(tv_sec: 1000, tv_nsec: nanoseconds), timespec(tv_sec: 1000, tv_nsec: nanoseconds)]
            utimensat(AT_FDCWD, path, &times, 0)
        }
        setTime(1)
        let first = FileVersion(path: path)
        #expect(first != nil && first == FileVersion(path: path) && FileVersion(path: nowhere) == nil)
        setTime(2)
        #expect(FileVersion(path: path) != first)
        try renameFile(folder.write("b", [1, 2]), to: path)
        setTime(1)
        #expect(FileVersion(path: path) != first)
    }

    @Test("The description of a model has its classes and preprocessing, but no path") func answers() async throws {
        let folder = try ModelFolder()
        let registry = folder.registry([
            try ModelSpecification(argument: folder.write("a.safetensors")),
            try ModelSpecification(name: "b", model: folder.path + "/b.safetensors"),
        ])
        await registry.load()
        let text = try jsonText(registry.answers)
        #expect(!text.contains(folder.path) && !text.contains("safetensors"))
        let list = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]])
        let models = try #require(list["models"])
        #expect(models[0]["classes"] as? [String] == ["daisy", "rose", "tulip"])
        #expect(models[0]["inputSize"] as? Int == 12 && models[0]["state"] as? String == "ready")
        #expect((models[0]["preprocessing"] as? [String: Any])?["cropSize"] as? Int == 12)
        #expect(models[0]["isMultiLabel"] as? Bool == false)
        #expect(models[1].keys.sorted() == ["message", "name", "state", "version"])
        #expect(try jsonText(registry.answer("b")).contains(#""failed""#))
        #expect(throws: ServingError.self) { try registry.answer("c") }
    }
}
