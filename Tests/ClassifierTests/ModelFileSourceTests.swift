import Foundation
import Images
import Inference
import Platform
import TestSupport
import Testing

@testable import Classifier

/// A safetensors file whose header can be changed.
private struct ModelFileBytes {
    var header: [String: Any]
    var data: [UInt8]

    init(_ name: String) throws {
        let file = try Array(Data(contentsOf: Goldens.url("models/\(name).safetensors")))
        let count = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try #require(
            JSONSerialization.jsonObject(with: Data(file[8..<8 + count])) as? [String: Any])
        data = Array(file[(8 + count)...])
    }

    func write(to url: URL) throws {
        let text = try JSONSerialization.data(withJSONObject: header)
        let count = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
        try Data(count + Array(text) + data).write(to: url)
    }

    /// The place of a tensor in `data`.
    func range(of name: String) throws -> Range<Int> {
        let tensor = try #require(header[name] as? [String: Any])
        let ends = try #require(tensor["data_offsets"] as? [Int])
        return ends[0]..<ends[1]
    }

    func values<Element>(_ name: String) throws -> [Element] {
        try data[range(of: name)].withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }

    var metadata: [String: String] {
        get { header["__metadata__"] as? [String: String] ?? [:] }
        set { header["__metadata__"] = newValue }
    }

    /// The bytes of the graph.
    var graph: [UInt8] {
        get throws {
            let text = try #require(metadata["apus-graph"])
            return try Array(#require(Data(base64Encoded: text)))
        }
    }

    /// Replaces a text in the bytes of the graph by one of the same length.
    mutating func replaceInGraph(_ old: String, by new: String) throws {
        var graph = try graph
        let places = graph.indices.filter { graph[$0...].starts(with: old.utf8) }
        try #require(!places.isEmpty && old.utf8.count == new.utf8.count)
        for place in places { graph.replaceSubrange(place..<place + new.utf8.count, with: new.utf8) }
        metadata["apus-graph"] = Data(graph).base64EncodedString()
    }

    mutating func replaceInDescription(_ old: String, by new: String) throws {
        let text = try #require(metadata["apus"])
        try #require(text.contains(old))
        metadata["apus"] = text.replacing(old, with: new)
    }
}

/// A model file of another program with a graph: `scripts/goldens/model_file.py`.
@ComputeActor
@Suite("Model files with a graph, without LibTorch") struct ModelFileSourceTests {
    private let golden = Goldens.url("models/graph.safetensors").path
    private let shares = InferenceShares(batchSize: 4, streams: 1, threads: 1)

    private func logits(_ classifier: ImageClassifier, _ pixels: [UInt8]) throws -> [Float] {
        final class Buffer {
            let bytes: [UInt8]
            init(_ bytes: [UInt8]) { self.bytes = bytes }
        }
        let engine = try classifier.makeEngine(shares)
        let size = 12 * 12 * 3
        return try stride(from: 0, to: pixels.count / size, by: shares.batchSize).flatMap { first in
            let batch = Buffer(Array(pixels[(first * size)...].prefix(shares.batchSize * size)))
            return try batch.bytes.withUnsafeBytes { bytes in
                try engine.start(bytes, count: bytes.count / size, keeping: batch).wait()
            }
        }
    }

    @Test("Logits equal PyTorch's") func outputs() async throws {
        let classifier = try await ImageClassifier(contentsOf: golden)
        #expect(classifier.classes == ["daisy", "rose", "tulip"])
        let images = try ModelFileBytes("graph-images")
        let expected: [Float] = try images.values("logits")
        let found = try logits(classifier, images.values("pixels"))
        #expect(found.count == 27 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        // In a second process the compiled network is in the cache.
        let again = try await ImageClassifier(contentsOf: golden)
        #expect(try logits(again, images.values("pixels")) == found)
        #expect(try await again.prepare(forImages: 1).engine == .openvino)
    }

    @Test("Predicts an image") func prediction() async throws {
        let classifier = try await ImageClassifier(contentsOf: golden)
        let images = try ModelFileBytes("graph-images")
        let (pixels, expected): ([UInt8], [Float]) = try (images.values("pixels"), images.values("logits"))
        // An image that is neither resized nor cropped would have 14 pixels; this one is cropped to its center.
        var large = [UInt8](repeating: 0, count: 14 * 14 * 3)
        for row in 0..<12 {
            let line = pixels[(row * 36)..<(row * 36 + 36)]
            large.replaceSubrange(((row + 1) * 14 + 1) * 3..<((row + 1) * 14 + 13) * 3, with: line)
        }
        let prediction = try await classifier.predict(Image(width: 14, height: 14, pixels: large))
        let best = try #require(expected.prefix(3).indices.max { expected[$0] < expected[$1] })
        #expect(prediction.label == classifier.classes[best])
        let total = expected.prefix(3).reduce(0.0) { $0 + exp(Double($1)) }
        #expect(abs(prediction.probability - exp(Double(expected[best])) / total) < 1e-5)
    }

    @Test("What needs LibTorch says so") func needsLibTorch() async throws {
        let libtorch = try await ImageClassifier(contentsOf: golden, inference: InferenceOptions(engine: .libtorch))
        let engine = await #expect(throws: ApusError.self) { try await libtorch.prepare(forImages: 1) }
        #expect(engine?.code == .needsLibTorch && engine?.path == golden)
        // The file has a graph already.
        #expect(engine?.description.contains("apus export") == false)
        let classifier = try await ImageClassifier(contentsOf: golden)
        let features = #expect(throws: ApusError.self) {
            try classifier.makeFeatureEngine(forImages: 1, batchSize: nil)
        }
        #expect(features?.code == .needsLibTorch)
        let int8 = try await ImageClassifier(contentsOf: golden, inference: InferenceOptions(precision: .int8))
        let precision = await #expect(throws: ApusError.self) { try await int8.prepare(forImages: 1) }
        #expect(precision?.code == .notQuantized)
        try await withTemporaryFolder { folder in
            var file = try ModelFileBytes("graph")
            file.metadata["apus-graph"] = nil
            let path = folder.appending(path: "old.safetensors")
            try file.write(to: path)
            let error = await #expect(throws: ApusError.self) { try await ImageClassifier(contentsOf: path.path) }
            #expect(error?.code == .needsLibTorch && error?.description.contains("apus export") == true)
            #expect(try ModelFile.read(path.path).graph == nil)
        }
    }

    /// The error of opening and compiling a changed file; nil if there is none.
    private func refusal(_ change: (inout ModelFileBytes) throws -> Void) async throws -> (any Error)? {
        try await withTemporaryFolder { folder in
            var file = try ModelFileBytes("graph")
            try change(&file)
            let path = folder.appending(path: "changed.safetensors")
            try file.write(to: path)
            do {
                _ = try await ImageClassifier(contentsOf: path.path).makeEngine(shares)
                return nil
            } catch {
                #expect("\(error)".contains(path.path), "\(error)")
                return error
            }
        }
    }

    private func damage(_ change: (inout ModelFileBytes) throws -> Void) async throws -> String {
        let error = try await refusal(change)
        #expect((error as? ApusError)?.code == .damagedFile, "\(String(describing: error))")
        return error.map { "\($0)" } ?? ""
    }

    @Test("Damaged graphs, and graphs that do not fit the file, are refused") func damagedGraphs() async throws {
        #expect(try await refusal { _ in } == nil)
        let text = try await damage { $0.metadata["apus-graph", default: ""] += "!" }
        #expect(text.contains("it is not base64"))
        let end = try await damage { file in
            file.metadata["apus-graph"] = try Data(file.graph.dropLast(9)).base64EncodedString()
        }
        #expect(end.contains("the graph of its network is damaged"))
        let place = try await damage { try $0.replaceInGraph("apus:safetensors", by: "apus_safetensors") }
        #expect(place.contains("not in the same safetensors file"))
        let missing = try await damage { try $0.replaceInGraph("classifier.weight", by: "classifier.wait.s") }
        #expect(missing.contains("the file has no tensor 'classifier.wait.s'"))
        let shape = try await damage { file in
            var tensor = try #require(file.header["classifier.weight"] as? [String: Any])
            tensor["shape"] = [8, 3]
            file.header["classifier.weight"] = tensor
        }
        #expect(shape.contains("must be float of sizes [3, 8], but"))
        #expect(shape.contains("'classifier.weight' in the file is float of sizes [8, 3]"))
        let type = try await damage { file in
            var tensor = try #require(file.header["classifier.bias"] as? [String: Any])
            tensor["dtype"] = "I32"
            file.header["classifier.bias"] = tensor
        }
        #expect(type.contains("must be float of sizes [3], but 'classifier.bias' in the file is int32 of sizes [3]"))
        let side = try await damage { try $0.replaceInDescription("\"cropSize\": 12", by: "\"cropSize\": 13") }
        #expect(side.contains("is not for images of 13 x 13 pixels and 3 classes"))
        let classes = try await damage { try $0.replaceInDescription("\"daisy\", ", by: "") }
        #expect(classes.contains("is not for images of 12 x 12 pixels and 2 classes"))
        let input = try await damage { try $0.replaceInGraph("pixels", by: "images") }
        #expect(input.contains("it does not lead from 'pixels'"))
        let large = #expect(throws: ApusError.self) {
            try ModelGraph(in: ["apus-graph": String(repeating: "A", count: 44_739_248)], path: "large")
        }
        #expect(large?.description.contains("is too large") == true)
    }

    @Test("Weights that are NaN are counted and named") func notFinite() async throws {
        let error = try await refusal { file in
            let range = try file.range(of: "classifier.weight")
            for start in [range.lowerBound, range.lowerBound + 4] {
                file.data.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
            }
        }
        #expect((error as? ApusError)?.code == .notFinite)
        #expect(error.map { "\($0)".contains("2 of 24 values of 'classifier.weight' are NaN or infinite") } == true)
    }

    @Test("A graph with unknown operators needs a trial in another process") func unknownOperator() async throws {
        let error = try await refusal { try $0.replaceInGraph("Relu", by: "Reel") }
        #expect((error as? InferenceError)?.code == .invalidModel)
        #expect(error.map { "\($0)".contains("some of its operators are unknown") } == true)
    }

    @Test("A use of the graph that a later version describes is ignored") func laterNote() async throws {
        #expect(try await refusal { try $0.replaceInDescription("softmax", by: "sparsemax") } == nil)
    }

    @Test("The use of a graph is described by its classifier") func note() throws {
        let (description, found) = try ModelFile.read(golden)
        let graph = try #require(found)
        #expect(graph.isKnown && graph.side == 12 && graph.outputCount == 3)
        #expect(graph.text == (try ModelFileBytes("graph").metadata["apus-graph"]))
        let text = try JSONEncoder().encode(ModelFile.GraphNote(description))
        let note = try JSONSerialization.jsonObject(with: text) as? [String: String]
        #expect(note == ["input": "pixels", "output": "logits", "activation": "softmax"])
        var other = description
        other.isMultiLabel = true
        other.calibration = try ModelCalibration(temperature: 1.5, images: 10)
        #expect(ModelFile.GraphNote(other).activation == .sigmoid && ModelFile.GraphNote(other).temperature == 1.5)
    }
}
