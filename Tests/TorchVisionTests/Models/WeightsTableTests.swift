import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@Suite("Table of published weights")
struct WeightsTableTests {
    private static let rows = Result { try Goldens.table("models/weights.tsv") }

    @Test("All networks and weights of torchvision are listed in order")
    func completeness() throws {
        let rows = try Self.rows.get()
        #expect(rows.count == 114)
        let published = Dictionary(grouping: rows) { $0["network"] ?? "" }.mapValues { $0.compactMap { $0["weights"] } }
        for (name, weights) in published {
            #expect(Architecture.named(name)?.weights.map(\.name) == weights, "\(name)")
        }
        let ours = Architecture.all.filter { !$0.weights.isEmpty }.map(\.name)
        #expect(Set(ours) == Set(published.keys) && Set(ours).count == ours.count)
    }

    @Test("URL, digest, preprocessing, classes and metrics equal torchvision's")
    func entries() throws {
        for row in try Self.rows.get() {
            let reference = try ModelReference("\(row["network"] ?? ""):\(row["weights"] ?? "")")
            let weights = try #require(reference.weights)
            let name = Comment(rawValue: "\(reference)")
            #expect(weights.file.url == row["url"], name)
            #expect(weights.file.sha256 == row["sha256"], name)
            #expect(weights.file.fileName == row["url"]?.split(separator: "/").last.map(String.init), name)
            #expect(weights.file.fileName.contains("-\(row["sha256"] ?? "?")."), name)
            #expect((reference.architecture.defaultWeights == weights.name) == (row["default"] == "True"), name)
            let preprocessing = weights.preprocessing
            #expect("\(preprocessing.resizeShortSide)" == row["resize"], name)
            #expect("\(preprocessing.cropSize)" == row["crop"], name)
            #expect(preprocessing.interpolation.rawValue == row["interpolation"], name)
            #expect(preprocessing.mean == numbers(row["mean"]), name)
            #expect(preprocessing.standardDeviation == numbers(row["deviation"]), name)
            // Weights without classes have no accuracy, which Python writes as nan.
            #expect(row["categories"] == (weights.accuracy == nil ? "0" : "\(ImageNetClasses.names.count)"), name)
            #expect((weights.accuracy.map { "\($0.top1)" } ?? "nan") == row["top1"], name)
            #expect((weights.accuracy.map { "\($0.top5)" } ?? "nan") == row["top5"], name)
            #expect("\(weights.gigaflops)" == row["gigaflops"], name)
        }
    }

    @Test("The networks have the parameter counts of their weights")
    func parameters() async throws {
        for row in try Self.rows.get() {
            let reference = try ModelReference("\(row["network"] ?? ""):\(row["weights"] ?? "")")
            let side = try #require(reference.weights).preprocessing.cropSize
            let count = try await TensorActor.run {
                let options = reference.architecture.pretrainedOptions(classes: ImageNetClasses.count, imageSize: side)
                let network = try withDefaultDevice(.meta) { try reference.architecture.makeNetwork(options) }
                return network.parameters.reduce(0) { $0 + $1.count }
            }
            #expect("\(count)" == row["parameters"], "\(reference)")
        }
    }

    @Test("Each network with published weights has a paper")
    func papers() {
        for architecture in Architecture.all where !architecture.weights.isEmpty {
            #expect(architecture.paper?.arXiv.wholeMatch(of: /\d{4}\.\d{4,5}/) != nil, "\(architecture.name)")
        }
        #expect(Architecture.named("efficientnet_v2_s")?.paper?.year == 2021)
        #expect(Architecture.named("efficientnet_b0")?.paper?.year == 2019)
        #expect(Architecture.named("small_cnn")?.paper == nil)
    }

    private func numbers(_ text: String?) -> [Float] {
        (text ?? "").split(separator: ",").compactMap { Float($0) }
    }
}
