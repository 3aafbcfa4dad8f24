internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// Prints predictions one by one as they arrive, or writes them into a folder.
struct PredictionWriter: Sendable {
    private let format: PredictionFormat
    private let results: Monitor<PredictionParts>?
    private let fileWidth: Int
    /// The number of classes per line of CSV.
    private let top: Int
    /// Whether the model has display names, which are the last columns of CSV.
    private let hasNames: Bool

    /// Prints the first line of CSV.
    init(
        format: PredictionFormat, input: ImageInput?, top: Int, hasNames: Bool, results: Monitor<PredictionParts>?
    ) throws {
        (self.format, self.top, self.hasNames, self.results) = (format, top, hasNames, results)
        // The longest name of a stream is unknown. The first thousand names give a width that rarely changes.
        let names = input.map { input in
            (0..<min(1000, input.images.count)).map { input.place(at: $0).printable.displayWidth }
        }
        fileWidth = min(60, names?.max() ?? 0)
        if results == nil, let header { try Console.write(csv: header) }
    }

    /// The names of the columns of CSV; nil for other formats.
    private var header: String? {
        guard format == .csv else { return nil }
        let further = (2...).prefix(top - 1).map { ",label_\($0),index_\($0),probability_\($0)" }.joined()
        let displayNames = hasNames ? ",name" + (2...).prefix(top - 1).map { ",name_\($0)" }.joined() : ""
        return "file,label,index,probability,milliseconds,unknown,error,time" + further + displayNames
    }

    func write(_ result: PredictionResult, number: Int) throws {
        guard let line = try line(result, number) else { return }
        guard let results else { return try format == .csv ? Console.write(csv: line) : Console.write(line) }
        func bytes(_ line: String) -> [UInt8] { format == .csv ? Console.bytes(csv: line) : Array((line + "\n").utf8) }
        var failure: String?
        if case .failure(_, let message) = result { failure = message }
        try results.withLock {
            try $0.write(bytes(line), of: result.file, failure: failure, header: header.map(bytes))
        }
    }

    /// Returns the line of a result; nil for none.
    private func line(_ result: PredictionResult, _ number: Int) throws -> String? {
        switch (format, result) {
        case (.json, .prediction(let prediction)): return try jsonText(prediction)
        case (.json, .failure(let file, let message)): return try jsonText(["file": file, "error": message])
        case (.csv, .prediction(let prediction)):
            return CSV.line([prediction.file, label(prediction)])
                + ",\(prediction.index),\(prediction.probability),"
                + String(printf: "%.3f", prediction.milliseconds)
                + ",\(prediction.unknown.map(String.init) ?? ""),,\(prediction.time.map { "\($0)" } ?? "")"
                + further(prediction.top) + names(prediction)
        case (.csv, .failure(let file, let message)):
            return "\(CSV.field(file)),,,,,,\(CSV.field(message))," + further([]) + names(nil)
        case (.table, .prediction(let prediction)):
            // The predicted classes, then other probable ones.
            let predicted = prediction.labels?.count ?? 1
            func listed(_ candidates: some Sequence<Prediction.Candidate>) -> String {
                candidates.map { "\($0.displayName.printable) \($0.probability.columnPercent)" }.joined(separator: ", ")
            }
            let others = listed(prediction.top.dropFirst(predicted).filter { $0.probability >= 0.005 })
            return String(printf: "%5d  ", number) + padded(prediction.place.printable) + "  "
                + String(printf: "%6.1f ms  ", prediction.milliseconds)
                + (prediction.isRejected ? "unknown, most probable: " : "")
                + (predicted == 0 ? "no labels" : listed(prediction.top.prefix(predicted)))
                + (others.isEmpty ? "" : "  (\(others))")
        // The error is already on standard error.
        case (.table, .failure): return nil
        }
    }

    /// Returns the columns of the classes after the first.
    private func further(_ candidates: [Prediction.Candidate]) -> String {
        (1...).prefix(top - 1).map { place in
            guard candidates.indices.contains(place) else { return ",,," }
            let candidate = candidates[place]
            return ",\(CSV.field(candidate.label)),\(candidate.index),\(candidate.probability)"
        }.joined()
    }

    /// Returns the columns of the display names: of the predicted classes, and of the classes after the first.
    private func names(_ prediction: Prediction?) -> String {
        guard hasNames else { return "" }
        let first = prediction.map { $0.names?.joined(separator: ";") ?? $0.displayName } ?? ""
        let others = (1...).prefix(top - 1).map { place in
            prediction.flatMap { $0.top.indices.contains(place) ? $0.top[place].displayName : nil } ?? ""
        }
        return ([first] + others).map { ",\(CSV.field($0))" }.joined()
    }

    /// Returns the class; of a multi-label model the classes, separated by semicolons.
    private func label(_ prediction: Prediction) -> String {
        prediction.labels?.joined(separator: ";") ?? prediction.label
    }

    private func padded(_ file: String) -> String {
        file + String(repeating: " ", count: max(0, fileWidth - file.displayWidth))
    }
}

extension PredictionResult {
    /// The path of the image.
    fileprivate var file: String {
        switch self {
        case .prediction(let prediction): prediction.file
        case .failure(let file, _): file
        }
    }
}
