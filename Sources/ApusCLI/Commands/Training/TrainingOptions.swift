internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Images
internal import Inference
internal import TorchNN
internal import TorchVision

/// A group of options of `apus train`. Options that are not given leave the configuration unchanged.
protocol TrainingOptions: ParsableArguments {
    /// Applies the given options to a configuration.
    func apply(to configuration: inout TrainingConfiguration) throws
}

extension TrainingConfiguration {
    /// Sets a property if there is a value.
    mutating func set<Value>(_ property: WritableKeyPath<Self, Value>, _ value: Value?) {
        if let value { self[keyPath: property] = value }
    }

    /// Sets an optional property if there is a value.
    mutating func set<Value>(_ property: WritableKeyPath<Self, Value?>, _ value: Value?) {
        if let value { self[keyPath: property] = value }
    }
}

/// The options of the network.
struct NetworkOptionsGroup: TrainingOptions {
    @Option(
        help: """
            Network, optionally with its weights, such as resnet50:IMAGENET1K_V2 (see 'apus models'), or the \
            description file of a custom network. Default: mobilenet_v2.
            """)
    var model: String?

    @Option(
        help: """
            Custom layers in place of the head, such as 4096,relu,dropout:0.5. A number is a linear layer with this \
            many outputs. The last linear layer, with one output per class, is added automatically.
            """,
        transform: { try Head($0) })
    var head: Head?

    @Option(help: "Probability of all dropout layers. Default: that of the network.")
    var dropout: Double?

    @Option(
        help: """
            Layers to train: frozen (only the head), last:N (the last N stages), all, gradual:N (the head for N \
            epochs, then all layers at a tenth of the learning rate) or auto (by the number of images). Default: auto.
            """)
    var strategy: TrainingStrategy?

    @Flag(help: "Start with random weights.")
    var fresh = false

    @Option(help: "Start with the weights of a file: .pth or safetensors.")
    var weights: String?

    @Option(
        help: """
            With --weights: state dict to load if the file has several, such as model_ema, or prefix of the tensor \
            names, such as state_dict.teacher.
            """)
    var stateKey: String?

    @Flag(help: "With --weights: load the tensors that fit, and report the missing ones.")
    var partial = false

    @Option(
        help: """
            With --partial: minimum fraction of the network's weights before the head that the file must contain, from \
            0 to 1. 0 accepts any file with a tensor that fits. Default: 0.75.
            """)
    var minLoaded: Double?

    func validate() throws {
        if fresh, weights != nil { throw ValidationError("--fresh and --weights can't be combined.") }
        if partial, weights == nil { throw ValidationError("--partial requires --weights.") }
        if stateKey != nil, weights == nil { throw ValidationError("--state-key requires --weights.") }
        if minLoaded != nil, !partial { throw ValidationError("--min-loaded requires --partial.") }
    }

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.model, model)
        configuration.set(\.network.head, head)
        configuration.set(\.network.dropout, dropout)
        configuration.set(\.network.strategy, strategy)
        if fresh { configuration.network.initialWeights = .random }
        configuration.set(\.network.minimumLoadedFraction, minLoaded)
        configuration.set(
            \.network.initialWeights, weights.map { .file(path: $0, isPartial: partial, stateKey: stateKey) })
    }
}

/// The options of the training data.
struct DataOptionsGroup: TrainingOptions {
    @Option(
        help: """
            Regular expression with one capture group: the label in the file name, or in the path relative to DATA if \
            the expression contains a slash. Example: '^([a-z]+)_'.
            """)
    var labelPattern: String?

    @OptionGroup var table: TableOptions

    @Option(
        help: """
            Regular expression with one capture group: the name of a group. Images of one group, such as photos of one \
            animal, stay in the same split.
            """)
    var groupPattern: String?

    @Option(help: "Classes in this order: names separated by commas, or a file with one name per line.")
    var classes: String?

    @Option(
        help: """
            Display names of the classes, which the model keeps: a JSON file such as {"21": "fire lily"}, or a table \
            with the columns class and name (.csv).
            """)
    var classNames: String?

    @Option(help: "Fraction of images set aside for validation, if DATA has no validation images. Default: 0.2.")
    var valSplit: Double?

    @Option(help: "Fraction of images set aside for 'apus evaluate --split test'. Default: 0.")
    var testSplit: Double?

    @Option(help: "Maximum number of training images, spread over the classes. Validation uses all of its images.")
    var limit: Int?

    @Option(
        help: """
            Transforms of the training images, such as 'resize(256), randomCrop(224), flip(0.5), rotation(40)'. \
            Default: a resize, a random crop and a random flip, at the sizes of the network.
            """,
        transform: { try TransformList($0) })
    var trainTransforms: TransformList?

    @Option(
        help: """
            Class balancing: loss (rare classes have more weight in the loss), sampling (images of rare classes are \
            drawn more often) or none. In a multi-label run, loss weights the presence of a class by its rarity, from \
            0.1 to 100. Default: none.
            """)
    var balance: Balance?

    @Flag(help: "Ignore the EXIF orientation of images, as torchvision does.")
    var ignoreOrientation = false

    @Flag(help: "Decode large JPEG files at a reduced size: much faster, but pixels differ slightly from Pillow's.")
    var fastDecode = false

    @Option(
        help: """
            Maximum number of unreadable training or validation images: a percentage (5%) or a count. More end the run \
            with an error. Default: 10%, but at least 10 images.
            """)
    var maxUnreadable: UnreadableLimit?

    /// The ways to balance classes.
    enum Balance: String, CaseIterable, ExpressibleByArgument {
        case loss, sampling, none

        var setting: TrainingConfiguration.ClassBalancing {
            switch self {
            case .loss: .weightedLoss
            case .sampling: .weightedSampling
            case .none: .none
            }
        }
    }

    func apply(to configuration: inout TrainingConfiguration) throws {
        configuration.set(\.data.dataset.labelPattern, labelPattern)
        configuration.set(\.data.dataset.labelColumn, table.labelColumn)
        configuration.set(\.data.dataset.pathColumn, table.pathColumn)
        configuration.set(\.data.dataset.labelSeparator, table.labelSeparator)
        configuration.set(\.data.dataset.root, table.root)
        configuration.set(\.data.dataset.cache, table.cache)
        configuration.set(\.data.dataset.frameInterval, table.every?.duration)
        configuration.set(\.data.dataset.groupPattern, groupPattern)
        configuration.set(\.data.dataset.classes, try classes.map { try DatasetOptions.classNames($0) })
        configuration.set(\.data.displayNames, try classNames.map { try DisplayNames(contentsOf: $0) })
        configuration.set(\.data.validationSplit, valSplit)
        configuration.set(\.data.testSplit, testSplit)
        configuration.set(\.data.limit, limit)
        configuration.set(\.data.trainingTransforms, trainTransforms)
        configuration.set(\.data.classBalancing, balance?.setting)
        if ignoreOrientation { configuration.data.appliesOrientation = false }
        if fastDecode { configuration.data.decoding = .fast }
        configuration.set(\.data.maximumUnreadable, maxUnreadable)
    }
}

/// The options of the optimization.
struct OptimizationOptionsGroup: TrainingOptions {
    @Option(help: "Number of epochs: passes over the training images. Default: 3.")
    var epochs: Int?

    @Option(help: "Batch size, of all processes together. Default: 64.")
    var batchSize: Int?

    @Flag(
        help: """
            Drop the images that do not fill the last batch of an epoch. Without it, they form a smaller batch; a \
            single image joins the batch before it if batch normalization is trained.
            """)
    var dropLast = false

    @Option(help: "Gradient accumulation: number of batches per optimizer step. Default: 1.")
    var accumulate: Int?

    @Option(name: .customLong("lr"), help: "Learning rate. --find-lr suggests one. Default: 0.001.")
    var learningRate: Double?

    @Option(
        help: """
            Learning rate schedule: constant, step:EPOCHS,FACTOR, multistep:30,60,FACTOR, exponential:FACTOR, decay:K, \
            inverse:K, cosine, onecycle, polynomial:POWER or plateau:PATIENCE,FACTOR. Default: constant.
            """,
        transform: { try Schedule(parsing: $0) })
    var schedule: Schedule?

    @Option(help: "Number of warm-up epochs, in which the learning rate rises. Default: 0.")
    var warmUp: Double?

    @Option(
        help: """
            Layer-wise learning rate decay: factor from each stage to the stage before it, above 0 and at most 1. \
            Default: 1.
            """)
    var layerwiseDecay: Double?

    @Option(
        name: .customLong("backbone-lr-scale"), help: "Learning rate factor of all stages except the head. Default: 1.")
    var backboneRate: Double?

    @Option(help: "Optimizer. Default: adam.")
    var optimizer: OptimizerKind?

    @Option(help: "With sgd and rmsprop: momentum. Default: 0.9.")
    var momentum: Double?

    @Flag(help: "With sgd: Nesterov momentum.")
    var nesterov = false

    @Option(help: "Weight decay (L2). Default: 0, or 0.01 with adamw and lamb.")
    var weightDecay: Double?

    @Flag(help: "Apply no weight decay to normalization layers and biases.")
    var noNormDecay = false

    @Option(help: "L1 regularization: factor of the sum of the absolute weights in the loss. Default: 0.")
    var l1: Double?

    @Option(help: "Gradient clipping: maximum norm of the gradient. Default: no clipping.")
    var clipNorm: Double?

    @Option(help: "Label smoothing: fraction of each label that is spread over all classes. Default: 0.")
    var labelSmoothing: Double?

    @Option(
        help: """
            Decay of the exponential moving average (EMA) of the weights, such as 0.999. The average is validated and \
            saved. Default: no average.
            """)
    var ema: Double?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.epochs, epochs)
        configuration.set(\.data.batchSize, batchSize)
        if dropLast { configuration.data.dropsLastBatch = true }
        configuration.set(\.optimizer.gradientAccumulationSteps, accumulate)
        configuration.set(\.optimizer.learningRate, learningRate)
        configuration.set(\.optimizer.schedule, schedule)
        configuration.set(\.optimizer.warmUpEpochs, warmUp)
        configuration.set(\.optimizer.layerwiseDecay, layerwiseDecay)
        configuration.set(\.optimizer.backboneLearningRateScale, backboneRate)
        configuration.set(\.optimizer.kind, optimizer)
        configuration.set(\.optimizer.momentum, momentum)
        if nesterov { configuration.optimizer.nesterov = true }
        configuration.set(\.optimizer.weightDecay, weightDecay)
        if noNormDecay { configuration.optimizer.excludesNormsFromWeightDecay = true }
        configuration.set(\.optimizer.l1, l1)
        configuration.set(\.optimizer.clipNorm, clipNorm)
        configuration.set(\.loss.labelSmoothing, labelSmoothing)
        configuration.set(\.optimizer.emaDecay, ema)
    }
}

/// The options of the run: the best epoch, early stopping, and the files.
struct RunOptionsGroup: TrainingOptions {
    @Option(help: "Criterion for the best epoch. Default: accuracy.")
    var bestBy: BestMetric?

    @Option(help: "Early stopping: end the run after this many epochs without a better one. Default: never.")
    var patience: Int?

    @Option(help: "Also keep a model every N epochs, next to the best and the last one.")
    var keepEvery: Int?

    @Option(help: "With --keep-every: keep only the latest N of these models. Default: all.")
    var keepLast: Int?

    @Option(
        help: """
            Print a line with the loss, the accuracy and the time of the last N batches, after every N batches and at \
            the end of each epoch.
            """)
    var printEvery: Int?

    @Flag(help: "Also validate before training (epoch 0), to compare with. Training is the same.")
    var validateFirst = false

    @Option(help: "Save the training state every N minutes within an epoch, for --resume. Default: 5.")
    var checkpointMinutes: Double?

    @Option(
        help: """
            Also save a threshold that this fraction of the validation images reaches, such as 0.95. 'apus predict' \
            rejects images below it as unknown.
            """)
    var coverage: Double?

    @Flag(help: "Write no report.html. It needs another pass over the validation images.")
    var noReport = false

    @Flag(help: "Write a TensorBoard event file to the run folder.")
    var tensorboard = false

    @Flag(help: "With --tensorboard: write a histogram of each trained parameter after each epoch.")
    var histograms = false

    @Option(help: "Random seed. Default: 0.")
    var seed: UInt64?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.metric, bestBy)
        configuration.set(\.patience, patience)
        configuration.set(\.output.keepEvery, keepEvery)
        configuration.set(\.output.keepLast, keepLast)
        configuration.set(\.output.checkpointMinutes, checkpointMinutes)
        configuration.set(\.output.coverage, coverage)
        configuration.set(\.output.printEvery, printEvery)
        if validateFirst { configuration.output.validatesFirst = true }
        if noReport { configuration.output.writesReport = false }
        if tensorboard { configuration.output.writesTensorBoard = true }
        if histograms { configuration.output.writesHistograms = true }
        configuration.set(\.seed, seed)
    }
}

/// The options of the computation.
struct ComputeOptionsGroup: TrainingOptions {
    @Option(
        help: """
            Number of threads that read images, in each process. Default: the number of processors, divided among the \
            processes of a machine.
            """)
    var workers: Int?

    @Option(help: "Device: cpu, cuda or cuda:1. Default: cuda if available, otherwise cpu.")
    var device: String?

    @Flag(
        help: """
            Use only deterministic CUDA kernels, so that the same seed gives the same files. Training is slower. An \
            operator without such a kernel is an error. Not needed on a CPU.
            """)
    var deterministic = false

    @Option(
        help: """
            Inference engine of the frozen layers: auto (OpenVINO on a CPU, otherwise LibTorch), openvino or libtorch. \
            Default: auto.
            """)
    var engine: EngineChoice?

    @Option(
        help: """
            Numeric precision: float32, bfloat16, float16 (with loss scaling, for GPUs without bfloat16) or auto \
            (bfloat16 if the processor supports it). Default: float32.
            """)
    var precision: TrainingPrecision?

    @Flag(
        help: """
            With --strategy frozen: compute the features of each image once and keep them. Epochs then take \
            milliseconds, without augmentation.
            """)
    var cacheFeatures = false

    @Option(
        help: """
            With --cache-features: number of augmented views of each image. The epochs use them in turn. Default: one \
            view without augmentation.
            """)
    var cacheViews: Int?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.compute.workers, workers)
        configuration.set(\.compute.device, device)
        if deterministic { configuration.compute.isDeterministic = true }
        configuration.set(\.compute.engine, engine)
        configuration.set(\.compute.precision, precision)
        if cacheFeatures { configuration.compute.cachesFeatures = true }
        configuration.set(\.compute.cachedViews, cacheViews)
    }
}
