internal import Apus
internal import Classifier
internal import Images

/// What errors and notes of the libraries read in the command: they name properties of configurations and calls, and users
/// of the command know flags and subcommands.
enum Hints {
    /// An error, with what helps.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as ApusError:
            let advice = (hint(for: error) ?? error.advice.map(flags)).map { "; \($0)" } ?? ""
            return (error.path.map { "\($0): " } ?? "") + flags(in: error.message) + advice
        case let error as DatasetError: return (error.path.map { "\($0): " } ?? "") + flags(in: error.message)
        case let error as TrainingInterruption:
            return "\(error); go on with: apus train --resume \(error.directory ?? "DIRECTORY")"
        default: return flags(in: "\(error)")
        }
    }

    /// What helps in the command's own words; nil where the library's advice says as much.
    private static func hint(for error: ApusError) -> String? {
        let path = error.path ?? ""
        return switch error.code {
        case .notAClassifier where path.hasSuffix(".onnx"): "predict with a file that 'apus export' wrote"
        case .notAClassifier:
            "start a training from it with 'apus train DATA --model NAME --weights \(path)', or make a classifier of it "
                + "with 'apus export \(path) --model NAME --format safetensors --classes FILE'"
        case .unsupportedInput: "export it with '--with-preprocessing pixels'"
        case .noWeights where !path.isEmpty:
            "train it with 'apus train DATA --model \(path)', and give the file that the run writes"
        case .notQuantized:
            "make one with 'apus export MODEL --int8 --calibrate DATA', and give the .onnx file that it writes as the "
                + "model"
        case .runExists:
            "choose another folder, move that one away, or go on with that run: apus train --resume \(path)"
        case .datasetMissing: "if the run's data were moved, give their new place: --resume RUN --data NEW"
        default: nil
        }
    }

    /// A text of a library with flags and subcommands in place of the properties and calls that stand between backticks in
    /// it: --epochs 6 in place of `epochs = 6`.
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

    /// The flag for the property and its value at the beginning of a text, and where the backtick behind them ends.
    private static func flag(at text: Substring) -> (flag: String, end: Substring.Index)? {
        guard let close = text.firstIndex(of: "`") else { return nil }
        let name = String(text[..<close])
        if let flag = properties[name] ?? calls[name] { return (flag, text.index(after: close)) }
        guard let sign = text.firstRange(of: " = "), let flag = properties[String(text[..<sign.lowerBound])],
            let (value, end) = value(at: text[sign.upperBound...]), end < text.endIndex, text[end] == "`"
        else { return nil }
        return ("\(flag) \(value)", text.index(after: end))
    }

    /// A value as a shell reads it, and where it ends: a word in place of a literal, `last:2` in place of `.last(2)`.
    private static func value(at text: Substring) -> (value: String, end: Substring.Index)? {
        guard text.first == "\"" else {
            let end = text.firstIndex(of: "`") ?? text.endIndex
            let value = text[..<end]
            guard value.first == "." else { return (String(value), end) }
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
    /// What does the work of calls of the libraries.
    private static let calls = [
        "DataCheck": "'apus data check'", "LabelCheck": "'apus data labels'",
        "ImageClassifier.evaluate": "'apus evaluate'", "ImageClassifier.layers()": "'apus explain MODEL --layers'",
        "ModelEntry.list()": "'apus models'", "RateCurve": "--find-lr", "for: ModelReference": "--model NAME",
        "start = .pretrained": "without --fresh", "start = .fresh": "--fresh",
    ]

    /// The flags that set the properties of configurations and options, with or without a value.
    static let properties = [
        // What data are read as.
        "labelPattern": "--label-pattern", "labelColumn": "--label-column", "pathColumn": "--path-column",
        "labelSeparator": "--label-separator", "root": "--root", "groupPattern": "--group-pattern",
        "classes": "--classes", "split": "--split", "limit": "--limit", "maximumUnreadable": "--max-unreadable",
        // Which weights are read.
        "model": "--model", "stateKey": "--state-key", "isPartial": "--partial",
        "minimumLoadedFraction": "--min-loaded", "head": "--head", "dropout": "--dropout", "strategy": "--strategy",
        // How a network is trained.
        "validationSplit": "--val-split", "testSplit": "--test-split", "trainingTransforms": "--train-transforms",
        "balancesLoss": "--balance loss", "balancesSampling": "--balance sampling", "epochs": "--epochs",
        "batchSize": "--batch-size", "dropsLastBatch": "--drop-last", "accumulation": "--accumulate",
        "learningRate": "--lr", "schedule": "--schedule", "warmUpEpochs": "--warm-up", "stageRate": "--stage-rate",
        "backboneRate": "--backbone-lr-scale", "optimizer": "--optimizer", "momentum": "--momentum",
        "looksAhead": "--nesterov", "weightDecay": "--weight-decay", "sparesNorms": "--spare-norms",
        "absoluteDecay": "--l1", "clipNorm": "--clip-norm", "labelSmoothing": "--label-smoothing",
        "averageDecay": "--ema", "metric": "--best-by", "patience": "--patience", "keepEvery": "--keep-every",
        "keepLast": "--keep-last", "checkpointMinutes": "--checkpoint-minutes", "knownShare": "--unknown",
        "writesEvents": "--tensorboard", "writesHistograms": "--histograms", "seed": "--seed",
        // What computes.
        "workers": "--workers", "device": "--device", "isDeterministic": "--deterministic", "engine": "--engine",
        "precision": "--precision", "cachesFeatures": "--cache-features", "cachedViews": "--cache-views",
        // Where and how results are written, how networks are explained.
        "directory": "--out", "samples": "--samples", "noise": "--noise", "steps": "--steps", "window": "--window",
        "stride": "--stride",
    ]
}
