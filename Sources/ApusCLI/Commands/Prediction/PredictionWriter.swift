internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// Prints predictions one by one as they arrive.
struct PredictionWriter: Sendable {
    private let format: PredictionFormat
    private let fileWidth: Int
    /// The number of classes per line of CSV.
    private let top: Int
    /// Whether the model has display names, which are the last columns of CSV.
    private let hasNames: Bool

    init(format: PredictionFormat, input: ImageInput, top: Int, hasNames: Bool) throws {
        (self.format, self.top, self.hasNames) = (format, top, hasNames)
        // The longest name of a stream is unknown. The first thousand names give a width that rarely changes.
        let names = (0..<min(1000, input.images.count)).map { input.place(at: $0).printable.displayWidth }
        fileWidth = min(60, names.max() ?? 0)
        guard format == .csv else { return }
        let further = (2...).prefix(top - 1).map { ",label_\($0),index_\($0),probability_\($0)" }.joined()
        let displayNames = hasNames ? ",name" + (2...).prefix(top - 1).map { ",name_\($0)" }.joined() : ""
        try Console.write(csv: "file,label,index,probability,milliseconds,unknown,error,time" + further + displayNames)
    }

    func write(_ result: PredictionResult, number: Int) throws {
        switch (format, result) {
        case (.json, .prediction(let prediction)): try Console.write(jsonText(prediction))
        case (.json, .failure(let file, let message)):
            try Console.write(jsonText(["file": file, "error": message]))
        case (.csv, .prediction(let prediction)):
            try Console.write(
                csv: CSV.line([prediction.file, label(prediction)])
                    + ",\(prediction.index),\(prediction.probability),"
                    + String(printf: "%.3f", prediction.milliseconds)
                    + ",\(prediction.unknown.map(String.init) ?? ""),,\(prediction.time.map { "\($0)" } ?? "")"
                    + further(prediction.top) + names(prediction))
        case (.csv, .failure(let file, let message)):
            try Console.write(csv: "\(CSV.field(file)),,,,,,\(CSV.field(message))," + further([]) + names(nil))
        case (.table, .prediction(let prediction)):
            // The predicted classes, then other probable ones.
            let predicted = prediction.labels?.count ?? 1
            func listed(_ candidates: some Sequence<Prediction.Candidate>) -> String {
                candidates.map { "\($0.displayName.printable) \($0.probability.columnPercent)" }.joined(separator: ", ")
            }
            let others = listed(prediction.top.dropFirst(predicted).filter { $0.probability >= 0.005 })
            try Console.write(
                String(printf: "%5d  ", number) + padded(prediction.place.printable) + "  "
                    + String(printf: "%6.1f ms  ", prediction.milliseconds)
                    + (prediction.isRejected ? "unknown, most probable: " : "")
                    + (predicted == 0 ? "no labels" : listed(prediction.top.prefix(predicted)))
                    + (others.isEmpty ? "" : "  (\(others))"))
        case (.table, .failure):
            // The error is already on standard error.
            break
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
