internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// The views of `apus explain` for an open classifier.
struct ExplanationWork: Sendable {
    let classifier: ImageClassifier
    let format: ReportFormat
    let files: ExplanationFiles
    let messages: MessageOptions

    // MARK: The network

    func showLayers() async throws {
        let layers = try await classifier.layers()
        let target = try? await classifier.defaultMapLayer()
        guard format == .table else { return try Console.write(jsonText(layers, pretty: true)) }
        var table = Table([("layer", .left), ("type", .left), ("output shape", .left), ("", .left)])
        for layer in layers {
            let shape = layer.shape.map(String.init).joined(separator: " x ")
            table.add([layer.name, layer.type, shape, layer.name == target ? "heat map layer" : ""])
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
                jsonText(KernelRecord(layer: kernels.layer, shape: shape, out: files.latest), pretty: true))
        }
    }

    private struct KernelRecord: Encodable {
        let layer: String
        let shape: [Int]
        let out: String?
    }

    // MARK: Images

    func showStatistics(_ input: ImageInput, batchSize: Int) async throws {
        let watch = ImageWatch("measuring", total: input.images.count, messages: messages)
        let statistics = try await classifier.activationStatistics(
            for: input.images, options: .init(batchSize: batchSize), readBy: { try await watch.read($0) })
        switch format {
        case .table: try Console.write(ActivationTable(statistics).text)
        case .json: try Console.write(jsonText(statistics, pretty: true))
        }
        if watch.unreadable > 0 { throw ExitCode(1) }
    }

    func showFeatureMaps(of layer: String, _ input: ImageInput, limit: Int) async throws {
        let failed = Monitor(0)
        try await classifier.featureMaps(of: layer, for: input.images, limit: limit) { events in
            try await show(events, of: input.images.count, failed) { maps in
                files.add(maps)
                try files.write(maps.drawing(), named: maps.file, kind: layer)
                switch format {
                case .json: try Console.write(jsonText(Record(maps, out: files.latest)))
                case .table:
                    let strongest = maps.maps.prefix(5).map { String($0.channel) }.joined(separator: ", ")
                    let size = maps.layer.maps.map { "\($0.channels) x \($0.height) x \($0.width)" } ?? ""
                    try Console.write(
                        "\(maps.file)  \(layer) \(size), strongest channels \(strongest)  \(files.latest ?? "")"
                            .printable)
                }
            }
        }
        try await finish(failed: failed.withLock { $0 })
    }

    func showHeat(_ input: ImageInput, _ options: ExplanationOptions) async throws {
        let failed = Monitor(0)
        try await classifier.explain(input.images, options: options) { events in
            try await show(events, of: input.images.count, failed) { explanation in
                files.add(explanation)
                try files.write(explanation.drawing(), named: explanation.file, kind: options.method.rawValue)
                switch format {
                case .json: try Console.write(jsonText(Record(explanation, out: files.latest)))
                case .table:
                    try Console.write("\(explanation.file)  \(explanation.summary)  \(files.latest ?? "")".printable)
                }
            }
        }
        try await finish(failed: failed.withLock { $0 })
    }

    /// A result and the file with its drawing.
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

    /// Shows the results as they arrive, and counts the unreadable images.
    private func show<Value>(
        _ events: EventSequence<ImageEvent<Value>>, of total: Int, _ failed: Monitor<Int>,
        _ body: (Value) throws -> Void
    ) async throws {
        let bar = ProgressBar("explaining", total: total, isQuiet: messages.quiet)
        var done = 0
        for await event in events {
            if case .progress(let copies, let all) = event {
                if !Console.isTerminal(.standardOutput) || total == 1 {
                    bar.update(done, detail: "copies: \(copies) of \(all)")
                }
                continue
            }
            bar.clear()
            if case .note(let text) = event {
                messages.note(text)
                continue
            }
            done += 1
            switch event {
            case .progress, .note: break
            case .result(let value): try body(value)
            case .unreadable(let failure):
                failed.withLock { $0 += 1 }
                Console.message("apus: \(failure)")
                if format == .json {
                    try Console.write(jsonText(["file": failure.name, "error": failure.description]))
                }
            }
        }
    }

    private func finish(failed: Int = 0) async throws {
        if let path = try await files.finish() { messages.note("Values: \(path)") }
        if failed > 0 { throw ExitCode(1) }
    }
}

extension Explanation {
    /// The class and its probability; if another class is predicted, also that class.
    fileprivate var summary: String {
        let other =
            target.index == predicted.index
            ? "" : " (predicted: \(predicted.label) \(predicted.probability.columnPercent))"
        return "\(target.label) \(target.probability.columnPercent)\(other)"
    }
}
