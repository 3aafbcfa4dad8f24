internal import Apus
internal import ArgumentParser
internal import Foundation
internal import Inference
internal import Torch
internal import TorchVision

/// `apus train`
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a classifier on a folder of pictures.",
        discussion: """
            DATA is a folder with a folder for each class (with train/ and val/ above them, or without), one folder of \
            pictures named label.number.jpg, or a folder with the files of MNIST or Fashion-MNIST.

            The best and the last model, the figures of each epoch and the configuration are saved in the run \
            directory. The same seed gives the same files, whatever the number of workers.

            EXAMPLES
              apus train photos
              apus train photos --model resnet18 --strategy last:2 --optimizer sgd
              apus train photos --model small_cnn --fresh --epochs 50 --lr 0.0001
              apus train photos --model resnet18 --weights backbone.pth --partial
              apus train photos --model vgg16 --head 4096,relu,dropout:0.5,512,relu
              apus train photos --model resnet50 --strategy all --stage-rate 0.4
              apus train photos --model animals.network --epochs 50
            """)

    @Argument(help: "The folder of pictures.")
    var data: String

    @Option(
        help: """
            The network, or one with its weights: resnet50:IMAGENET1K_V2. See 'apus models'. Or a file that describes \
            one of your own.
            """)
    var model = "mobilenet_v2"

    @Option(
        help: """
            Layers of your own in place of the head: 4096,relu,dropout:0.5. A number is a linear layer of so many \
            outputs; the last one, to the classes, adds itself.
            """,
        transform: { try Head($0) })
    var head: Head?

    @Option(
        help:
            "What is trained: frozen (the head alone), last:N (the last N stages), all. By default frozen; all with --fresh."
    )
    var strategy: TrainingStrategy?

    @Option(help: "How many times all pictures are passed.")
    var epochs = 3

    @Option(help: "Pictures in a step.")
    var batchSize = 64

    @Option(name: .customLong("lr"), help: "The learning rate.")
    var learningRate = 0.001

    @Option(help: "What the learning rate is multiplied by from stage to stage towards the input.")
    var stageRate = 1.0

    @Option(name: .customLong("lr-step"), help: "Change the learning rate after so many epochs.")
    var learningRateStep: Int?

    @Option(name: .customLong("lr-gamma"), help: "What a change multiplies the learning rate by.")
    var learningRateGamma = 0.1

    @Option(help: "The rule of the steps: adam, adamw, sgd.")
    var optimizer = OptimizerKind.adam

    @Option(help: "For sgd: the share of the last step that is kept.")
    var momentum = 0.9

    @Option(help: "The pull towards zero. By default 0; 0.01 with adamw.")
    var weightDecay: Double?

    @Option(help: "The share of pictures set aside for validation where DATA has no val/.")
    var valSplit = 0.2

    @Option(help: "What all that is random depends on.")
    var seed: UInt64 = 0

    @Option(help: "Threads that read pictures. By default as many as there are processors.")
    var workers: Int?

    @Option(help: "At most so many training pictures, spread over the classes.")
    var limit: Int?

    @Flag(help: "Take pictures as they lie in their files, as torchvision does, whatever their EXIF orientation.")
    var ignoreOrientation = false

    @Flag(help: "Decode large JPEG files at a smaller size: much quicker, and pixels differ a little from Pillow's.")
    var fastDecode = false

    @Option(help: "Where to compute: cpu, cuda, cuda:1. By default CUDA where there is a device.")
    var device: String?

    @Option(help: "What computes the frozen part: auto (OpenVINO on a CPU, LibTorch elsewhere), openvino, libtorch.")
    var engine = EngineChoice.auto

    @Option(help: "The numbers that layers compute with: float32, or bfloat16 where the processor has it.")
    var precision = InferencePrecision.float32

    @Flag(
        help: """
            With the strategy frozen: compute each picture's features once and keep them. Later epochs take \
            milliseconds; there is no augmentation.
            """)
    var cacheFeatures = false

    @Option(help: "The run directory. By default runs/MODEL-1, runs/MODEL-2, …")
    var out: String?

    @Flag(help: "Begin with random weights.")
    var fresh = false

    @Option(help: "Begin with the weights of a file, .pth or safetensors.")
    var weights: String?

    @Option(help: "With --weights: where the state dict lies in a file that holds several, as in model_ema.")
    var stateKey: String?

    @Flag(help: "With --weights: load what fits, and tell what is missing.")
    var partial = false

    @Option(help: "How the figures are printed at the end: table, json.")
    var format = ReportFormat.table

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if fresh, weights != nil { throw ValidationError("--fresh and --weights exclude each other.") }
        if partial, weights == nil { throw ValidationError("--partial goes with --weights.") }
        if stateKey != nil, weights == nil { throw ValidationError("--state-key goes with --weights.") }
        do {
            try configuration.validate()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private var configuration: TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.model = model
        configuration.start =
            fresh
            ? .fresh
            : weights.map { .file(path: $0, isPartial: partial, stateKey: stateKey) } ?? .pretrained
        configuration.strategy = strategy
        configuration.head = head
        configuration.epochs = epochs
        configuration.batchSize = batchSize
        configuration.learningRate = learningRate
        configuration.stageRate = stageRate
        configuration.learningRateStep = learningRateStep
        configuration.learningRateGamma = learningRateGamma
        configuration.optimizer = optimizer
        configuration.momentum = momentum
        configuration.weightDecay = weightDecay
        configuration.validationSplit = valSplit
        configuration.seed = seed
        configuration.workers = workers
        configuration.limit = limit
        configuration.appliesOrientation = !ignoreOrientation
        configuration.decoding = fastDecode ? .fast : .exact
        configuration.device = device
        configuration.engine = engine
        configuration.precision = precision
        configuration.cachesFeatures = cacheFeatures
        return configuration
    }

    func run() async throws {
        LibTorch.keepFreedMemory()
        LibTorch.shareCores()
        let name = try ModelReference(model).architecture.name
        let progress = TrainingTalk(epochs: epochs, talk: talk)
        defer { progress.bar.clear() }
        let download = ProgressBar.download(of: "weights of \(model)", isQuiet: talk.quiet)
        let result = try await ImageClassifier.train(
            on: data, configuration, directory: out ?? RunDirectory.next(for: name),
            onEvent: { event in
                download.clear()
                progress.show(event)
            },
            download: { download.update($0, total: $1) })
        progress.bar.clear()
        switch format {
        case .json: try Console.write(Console.json(TrainingOutput(result), pretty: true))
        case .table: try report(result)
        }
    }

    private func report(_ result: TrainingResult) throws {
        var table = Table([
            ("epoch", .right), ("learning rate", .right), ("loss", .right), ("accuracy", .right),
            ("validation loss", .right), ("validation accuracy", .right), ("", .left),
        ])
        for epoch in result.epochs {
            table.add([
                "\(epoch.epoch)", "\(epoch.learningRate)", String(format: "%.4f", epoch.trainingLoss),
                epoch.trainingAccuracy.percent, String(format: "%.4f", epoch.validationLoss),
                epoch.validationAccuracy.percent, epoch == result.best ? "best" : "",
            ])
        }
        try Console.write(table.text)
        if result.unreadable > 0 {
            talk.note("\(counted(result.unreadable, "picture")) could not be read and stayed out.")
        }
        talk.note("The run is in \(result.directory.path). Next:")
        talk.note("  apus predict \(result.directory.best) PICTURE...")
    }
}

/// What `--format json` prints.
private struct TrainingOutput: Encodable {
    let epochs: [EpochMetrics]
    let best: EpochMetrics
    let directory: String
    let model: String
    let unreadable: Int
    let seconds: [Double]

    init(_ result: TrainingResult) {
        epochs = result.epochs
        best = result.best
        directory = result.directory.path
        model = result.directory.best
        unreadable = result.unreadable
        seconds = result.seconds
    }
}
