internal import Apus
internal import Classifier
internal import Images

/// The command's form of errors and notes of the libraries. Libraries name properties and functions; the command names
/// flags and subcommands.
enum Hints {
    /// Returns the text of an error with its advice.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as ApusError:
            let advice = (hint(for: error) ?? error.advice.map(flags)).map { "; \($0)" } ?? ""
            return (error.path.map { "\($0): " } ?? "") + flags(in: error.message) + advice
        case let error as DatasetError: return (error.path.map { "\($0): " } ?? "") + flags(in: error.message)
        case let error as TrainingInterruption:
            return "\(error); resume with: apus train --resume \(error.directory ?? "RUN")"
        default: return flags(in: "\(error)")
        }
    }

    /// Returns the command's own advice, or nil if the advice of the library is sufficient.
    private static func hint(for error: ApusError) -> String? {
        let path = error.path ?? ""
        return switch error.code {
        case .notAClassifier where path.hasSuffix(".onnx"): "use a file from 'apus export'"
        case .notAClassifier:
            "train from it with 'apus train DATA --model NAME --weights \(path)', or convert it to a model file with "
                + "'apus export \(path) --model NAME --format safetensors --classes FILE'"
        case .unsupportedInput: "export it with '--with-preprocessing pixels'"
        case .noWeights where !path.isEmpty:
            "train it with 'apus train DATA --model \(path)' and use the model file of the run"
        case .notQuantized:
            "create one with 'apus export MODEL --int8 --calibrate DATA' and use this .onnx file as the model"
        case .runExists:
            "choose another folder, move this one away, or resume the run: apus train --resume \(path)"
        case .datasetMissing: "if the data of the run was moved, give its new path: --resume RUN --data NEW"
        default: nil
        }
    }

    /// Returns a text of a library with flags and subcommands in place of properties and calls in backticks: --epochs 6
    /// in place of `epochs = 6`.
    static func flags(in text: String) -> String {
        var (result, rest) = ("", text[...])
        while let start = rest.firstIndex(of: "`") {
            result += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let (flag, end) = flag(at: rest) else {
                result += "`"
                continue
            }
            result += flag
            rest = rest[end...]
        }
        return result + rest
    }

    /// Returns the flag for the property and value at the start of a text, and the index after the closing backtick.
    private static func flag(at text: Substring) -> (flag: String, end: Substring.Index)? {
        guard let close = text.firstIndex(of: "`") else { return nil }
        let name = String(text[..<close])
        if let flag = properties[name] ?? calls[name] ?? assignments[name] { return (flag, text.index(after: close)) }
        guard let sign = text.firstRange(of: " = "), let flag = properties[String(text[..<sign.lowerBound])],
            let (value, end) = value(at: text[sign.upperBound...]), end < text.endIndex, text[end] == "`"
        else { return nil }
        return ("\(flag) \(value)", text.index(after: end))
    }

    /// Returns a value in shell syntax and its end: a word in place of a literal, `last:2` in place of `.last(2)`, `1s`
    /// in place of `.seconds(1)`.
    private static func value(at text: Substring) -> (value: String, end: Substring.Index)? {
        guard text.first == "\"" else {
            let end = text.firstIndex(of: "`") ?? text.endIndex
            let value = text[..<end]
            guard value.first == "." else { return (String(value), end) }
            if let time = value.wholeMatch(of: /\.seconds\((\d+)\)/) { return ("\(time.1)s", end) }
            return (String(value.dropFirst()).replacing("(", with: ":").replacing(")", with: ""), end)
        }
        var (value, isEscaped) = ("", false)
        for place in text.indices.dropFirst() {
            switch text[place] {
            case "\"" where !isEscaped: return (value.shellWord, text.index(after: place))
            case "\\" where !isEscaped: isEscaped = true
            default:
                value.append(text[place])
                isEscaped = false
            }
        }
        return nil
    }
}

extension Hints {
    /// The subcommands and flags in place of calls of the libraries.
    private static let calls = [
        "DataCheck": "'apus data check'", "LabelCheck": "'apus data labels'",
        "ImageClassifier.evaluate": "'apus evaluate'", "ImageClassifier.layers()": "'apus explain MODEL --layers'",
        "ModelEntry.list()": "'apus models'", "RateCurve": "--find-lr", "for: ModelReference": "--model NAME",
    ]

    /// The flags in place of properties that are set to one of a few values: `data.classBalancing = .weightedLoss`.
    private static let assignments: [String: String] = ConfigurationKey.all.reduce(into: [:]) { flags, key in
        func literal(_ value: ConfigurationValue) -> String {
            if case .text(let name) = value { "\(key.path) = .\(name)" } else { "\(key.path) = \(value)" }
        }
        switch key.kind {
        case .flag(let on, let off):
            flags[literal(on)] = "--\(key.name)"
            flags[literal(off)] = "without --\(key.name)"
        case .choice(let words):
            for (word, value) in words { flags[literal(.text(value))] = "--\(key.name) \(word)" }
        default: break
        }
    }

    /// The flags in place of properties of configurations and options, with or without a value.
    static let properties: [String: String] = {
        let settings = ConfigurationKey.all.map { ($0.path, "--\($0.name)") }
        return Dictionary(settings, uniquingKeysWith: { first, _ in first }).merging(options) { $1 }
    }()

    /// The flags of options that are not settings of a training run.
    private static let options = [
        // Data.
        "labelPattern": "--label-pattern", "labelColumn": "--label-column", "pathColumn": "--path-column",
        "labelSeparator": "--label-separator", "root": "--root", "groupPattern": "--group-pattern",
        "frameInterval": "--every",
        "classes": "--classes", "split": "--split", "limit": "--limit", "maximumUnreadable": "--max-unreadable",
        // Weights and computation.
        "stateKey": "--state-key", "isPartial": "--partial", "engine": "--engine", "precision": "--precision",
        "batchSize": "--batch-size",
        // Results and explanations.
        "directory": "--out", "samples": "--samples", "noise": "--noise", "steps": "--steps", "window": "--window",
        "stride": "--stride",
    ]
}
