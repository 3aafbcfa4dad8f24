internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// What `apus explain` does with a classifier once it is open.
struct ExplanationWork: Sendable {
    let classifier: ImageClassifier
    let format: ReportFormat
    let files: ExplanationFiles
    let talk: TalkOptions

    // MARK: The network alone

    func showLayers() async throws {
        let layers = try await classifier.layers()
        let target = try? await classifier.defaultMapLayer()
        guard format == .table else { return try Console.write(Console.json(layers, pretty: true)) }
        var table = Table([("layer", .left), ("type", .left), ("result", .left), ("", .left)])
        for layer in layers {
            let shape = layer.shape.map(String.init).joined(separator: " x ")
            table.add([layer.name, layer.type, shape, layer.name == target ? "heat maps" : ""])
        }
        try Console.write(table.text)
    }

    func showKernels(of layer: String?) async throws {
        let kernels = try await classifier.kernels(of: layer)
        files.add(kernels)
        try files.write(kernels.drawing(), named: "kernels", kind: kernels.layer)
        try await finish()
        let shape = [kernels.count, kernels.channels, kernels.height, kernels.width]
        switch format {
        case .table:
            let size = shape.map(String.init).joined(separator: " x ")
            try Console.write("\(kernels.layer)  \(size)  \(files.latest ?? "")".printable)
        case .json:
            try Console.write(
                Console.json(KernelRecord(layer: kernels.layer, shape: shape, out: files.latest), pretty: true))
        }
    }

    private struct KernelRecord: Encodable {
        let layer: String
        let shape: [Int]
        let out: String?
    }

    // MARK: Pictures

    func showStatistics(_ input: PredictionInput, batchSize: Int) async throws {
        let bar = ProgressBar("measuring", total: input.pictures.count, isQuiet: talk.quiet)
        let failed = Monitor(0)
        let figures = try await classifier.activationStatistics(for: input.pictures, batchSize: batchSize) {
            bar.update($0)
        } onFailure: { failure in
            failed.withLock { $0 += 1 }
            bar.clear()
            Console.tell("apus: \(failure)")
        }
        bar.clear()
        switch format {
        case .table: try Console.write(ActivationTable(figures).text)
        case .json: try Console.write(Console.json(figures, pretty: true))
        }
        if failed.withLock({ $0 }) > 0 { throw ExitCode(1) }
    }

    func showFeatureMaps(of layer: String, _ input: PredictionInput, limit: Int) async throws {
        let tally = Tally(input.pictures.count, talk)
        try await classifier.featureMaps(of: layer, for: input.pictures, limit: limit) { result in
            try show(result, tally) { maps in
                files.add(maps)
                try files.write(maps.drawing(), named: maps.file, kind: layer)
                switch format {
                case .json: try Console.write(Console.json(Record(maps, out: files.latest)))
                case .table:
                    let strongest = maps.maps.prefix(5).map { String($0.channel) }.joined(separator: ", ")
                    let size = maps.layer.maps.map { "\($0.channels) x \($0.height) x \($0.width)" } ?? ""
                    try Console.write(
                        "\(maps.file)  \(layer) \(size), strongest \(strongest)  \(files.latest ?? "")".printable)
                }
            }
        }
        try await finish(tally)
    }

    func showHeat(_ input: PredictionInput, _ options: ExplanationOptions) async throws {
        let tally = Tally(input.pictures.count, talk)
        try await classifier.explain(input.pictures, options: options, progress: tally.within) { result in
            try show(result, tally) { explanation in
                files.add(explanation)
                try files.write(explanation.drawing(), named: explanation.file, kind: options.method.rawValue)
                switch format {
                case .json: try Console.write(Console.json(Record(explanation, out: files.latest)))
                case .table:
                    try Console.write("\(explanation.file)  \(explanation.summary)  \(files.latest ?? "")".printable)
                }
            }
        }
        try await finish(tally)
    }

    /// A result with the file that it was drawn into.
    private struct Record<Value: Encodable>: Encodable {
        let value: Value
        let out: String?

        private enum CodingKeys: String, CodingKey { case out }

        init(_ value: Value, out: String?) { (self.value, self.out) = (value, out) }

        func encode(to encoder: any Encoder) throws {
            try value.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(out, forKey: .out)
        }
    }

    /// How far the work is, and what failed.
    private final class Tally: Sendable {
        private let bar: ProgressBar
        private let total: Int
        private let counts = Monitor((done: 0, failed: 0))

        init(_ total: Int, _ talk: TalkOptions) {
            self.total = total
            bar = ProgressBar("explaining", total: total, isQuiet: talk.quiet)
        }

        var failed: Int { counts.withLock { $0.failed } }

        /// Tells of the copies of a picture that have passed the network.
        func within(_ done: Int, of count: Int) {
            let pictures = counts.withLock { $0.done }
            if !Console.isTerminal(.standardOutput) || total == 1 {
                bar.update(pictures, detail: "copies: \(done) of \(count)")
            }
        }

        func add(hasFailed: Bool) {
            bar.clear()
            counts.withLock { counts in
                counts.done += 1
                if hasFailed { counts.failed += 1 }
            }
        }
    }

    private func show<Value>(
        _ result: PictureResult<Value>, _ tally: Tally, _ body: (Value) throws -> Void
    ) throws {
        switch result {
        case .success(let value):
            tally.add(hasFailed: false)
            try body(value)
        case .failure(let file, let message):
            tally.add(hasFailed: true)
            Console.tell("apus: \(message)")
            if format == .json { try Console.write(Console.json(["file": file, "error": message])) }
        }
    }

    private func finish(_ tally: Tally? = nil) async throws {
        if let path = try await files.finish() { talk.note("Values: \(path)") }
        if tally?.failed ?? 0 > 0 { throw ExitCode(1) }
    }
}

extension Explanation {
    /// The class and its probability, and what is predicted where that is another.
    fileprivate var summary: String {
        let other =
            target.index == predicted.index
            ? "" : " (predicted: \(predicted.label) \(predicted.probability.columnPercent))"
        return "\(target.label) \(target.probability.columnPercent)\(other)"
    }
}
