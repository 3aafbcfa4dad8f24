internal import Apus

/// What the settings mean, one or two sentences each.
enum TrainingHelp {
    /// The texts by key. A test checks that no setting is without one.
    static let texts: [String: String] = [
        "model": "The network that training begins with.",
        "fresh": "Begin with random weights instead of pretrained ones. This needs many thousands of images.",
        "weights": "Begin with the weights of a file (.pth or safetensors) instead of the published ones.",
        "partial": "Load what fits of the file of weights, and report what is missing.",
        "state-key": "The part of the file of weights to load, if it has several, such as model_ema.",
        "min-loaded": "The smallest fraction of the weights that a file loaded in part must have.",
        "head": "Layers in place of the network's last one, such as 512,relu,dropout:0.5.",
        "dropout": "The probability of all dropout layers, which prevents overfitting.",
        "strategy": "The layers to train: frozen (only the head), last:2, all, gradual:1 (first the head), or auto.",
        "limit": "The largest number of training images, for a quick try.",
        "train-transforms": "How training images are varied, such as randomResizedCrop(224), flip, rotation(20).",
        "balance": "Helps rare classes: a larger weight in the loss, or more frequent sampling.",
        "ignore-orientation": "Do not turn photos upright by their EXIF orientation.",
        "fast-decode": "Decode large JPEG files at a reduced size: much faster, and almost the same pixels.",
        "max-unreadable": "The number or the percentage of unreadable images that ends the run with an error.",
        "batch-size": "The number of images in a training step. Larger needs more memory.",
        "drop-last": "Leave out the images that do not fill the last batch of an epoch.",
        "epochs": "How many times all training images are used.",
        "accumulate": "The number of batches in an optimizer step.",
        "lr": "The learning rate: how far each step changes the weights. Too high and the loss jumps.",
        "schedule": "How the learning rate changes: constant, cosine, onecycle, step:EPOCHS,FACTOR and others.",
        "warm-up": "The number of epochs in which the learning rate rises at the start.",
        "layerwise-decay": "The factor of the learning rate from each stage to the one before it.",
        "backbone-lr-scale": "The factor of the learning rate of all layers except the head.",
        "optimizer": "The algorithm that changes the weights.",
        "momentum": "How much of the last step is repeated, with sgd and rmsprop.",
        "nesterov": "Nesterov momentum, with sgd.",
        "weight-decay": "Keeps weights small, which prevents overfitting. By default 0, or 0.01 with adamw and lamb.",
        "no-norm-decay": "No weight decay for normalization layers and biases.",
        "l1": "The factor of the sum of the absolute weights in the loss.",
        "clip-norm": "The largest norm of the gradient, against sudden jumps.",
        "label-smoothing": "The fraction of each label that is spread over all classes, such as 0.1.",
        "ema": "The decay of a moving average of the weights, which is saved instead of them, such as 0.999.",
        "best-by": "What decides which epoch is the best: accuracy or loss.",
        "patience": "End the run after this many epochs without a better one.",
        "keep-every": "Also keep the model of every N-th epoch.",
        "keep-last": "The number of those models to keep.",
        "checkpoint-minutes": "How often the state is saved within an epoch, for resuming after a crash.",
        "coverage": "Reject images as unknown below a threshold that this fraction of the validation images reaches.",
        "print-every": "The number of batches after which a line is written to the run's log.",
        "validate-first": "Also validate before training, to compare with.",
        "no-report": "Write no report page at the end.",
        "tensorboard": "Write an event file for TensorBoard.",
        "histograms": "Also write histograms of the weights to the event file.",
        "seed": "All random choices depend on this number.",
        "workers": "The number of threads that read images. By default the number of processors.",
        "device": "cpu, cuda or cuda:1. By default CUDA if available.",
        "deterministic": "On a GPU: the same seed gives the same result. Slower.",
        "engine": "What computes frozen layers.",
        "precision": "The numeric precision of layers. bfloat16 is faster on processors that have it.",
        "cache-features": "With frozen: compute the features of each image once and keep them.",
        "cache-views": "With cached features: the number of varied copies of each image.",
        "sync-batch-norm": "With several processes: batch normalization over the images of all of them.",
        "gradient-compression": "With several processes: the number format in which they send gradients.",
    ]
}

/// A group of settings on the page.
struct SettingGroup: Sendable, Encodable {
    /// A setting with its default.
    struct Setting: Sendable, Encodable {
        let key: String
        /// `integer`, `number`, `text`, `flag` or `choice`.
        let kind: String
        @OrNull var choices: [String]?
        @OrNull var value: ConfigurationValue?
        let help: String
    }

    /// The name of the group: `network`, `data`, `optimization`, `run` or `compute`.
    let id: String
    let settings: [Setting]

    /// All groups with the defaults of `apus train`.
    ///
    /// - Parameter networks: the names of the networks.
    static func all(networks: [String]) throws -> [SettingGroup] {
        let defaults = try ConfigurationFile(TrainingConfiguration()).settings()
        return ConfigurationKey.groups.map { group in
            let keys = group.keys.filter { !TrainingPreset.unavailable.contains($0.name) }
            return SettingGroup(
                id: group.name,
                settings: keys.map { key in
                    let choices = key.choices ?? (key.name == "model" ? networks : nil)
                    return Setting(
                        key: key.name, kind: choices == nil ? key.kind.name : "choice", choices: choices,
                        value: defaults[key.name], help: TrainingHelp.texts[key.name] ?? "")
                })
        }
    }
}

extension ConfigurationKey {
    /// The words that are possible; nil for other settings.
    fileprivate var choices: [String]? {
        if case .choice(let words) = kind { return words.map(\.word) }
        return name == "best-by" ? ["accuracy", "loss"] : nil
    }
}

extension ConfigurationKey.Kind {
    /// The kind of field on the page.
    fileprivate var name: String {
        switch self {
        case .integer: "integer"
        case .number: "number"
        case .flag: "flag"
        case .choice: "choice"
        case .text, .texts, .names, .notation, .interval: "text"
        }
    }
}
