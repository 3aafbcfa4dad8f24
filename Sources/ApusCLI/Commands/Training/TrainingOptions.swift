internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Images
internal import Inference
internal import TorchNN
internal import TorchVision

/// A group of the flags of `apus train`. What is not given stays as the configuration has it.
protocol TrainingOptions: ParsableArguments {
    /// Puts what is given into a configuration.
    func apply(to configuration: inout TrainingConfiguration) throws
}

extension TrainingConfiguration {
    /// Sets a property where there is a value for it.
    mutating func set<Value>(_ property: WritableKeyPath<Self, Value>, _ value: Value?) {
        if let value { self[keyPath: property] = value }
    }

    /// Sets an optional property where there is a value for it.
    mutating func set<Value>(_ property: WritableKeyPath<Self, Value?>, _ value: Value?) {
        if let value { self[keyPath: property] = value }
    }
}

/// What is trained.
struct NetworkOptionsGroup: TrainingOptions {
    @Option(
        help: """
            The network, or one with its weights: resnet50:IMAGENET1K_V2. See 'apus models'. Or a file that describes \
            one of your own. By default mobilenet_v2.
            """)
    var model: String?

    @Option(
        help: """
            Layers of your own in place of the head: 4096,relu,dropout:0.5. A number is a linear layer of so many \
            outputs; the last one, to the classes, adds itself.
            """,
        transform: { try Head($0) })
    var head: Head?

    @Option(help: "The probability of every dropout layer. By default as the network has it.")
    var dropout: Double?

    @Option(
        help: """
            What is trained: frozen (the head alone), last:N (the last N stages), all, gradual:N (the head for N epochs, \
            then all at a tenth of the rate), auto (by the number of pictures). By default auto.
            """)
    var strategy: TrainingStrategy?

    @Flag(help: "Begin with random weights.")
    var fresh = false

    @Option(help: "Begin with the weights of a file, .pth or safetensors.")
    var weights: String?

    @Option(
        help: """
            With --weights: which of several state dicts in a file, as in model_ema, or which prefix of names, as in \
            state_dict.teacher.
            """)
    var stateKey: String?

    @Flag(help: "With --weights: load what fits, and report what is missing.")
    var partial = false

    @Option(
        help: """
            With --partial: the smallest fraction of the network's weights before the head that the file must have, 0 to \
            1; 0 accepts any file in which something fits. By default 0.75.
            """)
    var minLoaded: Double?

    func validate() throws {
        if fresh, weights != nil { throw ValidationError("--fresh and --weights exclude each other.") }
        if partial, weights == nil { throw ValidationError("--partial goes with --weights.") }
        if stateKey != nil, weights == nil { throw ValidationError("--state-key goes with --weights.") }
        if minLoaded != nil, !partial { throw ValidationError("--min-loaded goes with --partial.") }
    }

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.model, model)
        configuration.set(\.head, head)
        configuration.set(\.dropout, dropout)
        configuration.set(\.strategy, strategy)
        if fresh { configuration.start = .fresh }
        configuration.set(\.minimumLoadedFraction, minLoaded)
        configuration.set(\.start, weights.map { .file(path: $0, isPartial: partial, stateKey: stateKey) })
    }
}

/// What it is trained on.
struct DataOptionsGroup: TrainingOptions {
    @Option(
        help: """
            A regular expression whose one group in brackets is the label, matched with the file's name, or with its path \
            where the expression has a slash: '^([a-z]+)_'.
            """)
    var labelPattern: String?

    @OptionGroup var table: TableOptions

    @Option(help: "The same for groups: pictures of one burst or animal stay together when some are set aside.")
    var groupPattern: String?

    @Option(help: "The classes and their order: names with commas between, or a file with a name on each line.")
    var classes: String?

    @Option(help: "The fraction of images set aside for validation. Only where DATA has no val/. By default 0.2.")
    var valSplit: Double?

    @Option(help: "The share set aside besides, for 'apus evaluate --split test' afterwards. By default none.")
    var testSplit: Double?

    @Option(help: "At most this many training images, spread over the classes. Validation keeps all of its images.")
    var limit: Int?

    @Option(
        help: """
            What is done to each picture to learn from: 'resize(256), randomCrop(224), flip(0.5), rotation(40)'. By \
            default a resize, a crop at random and a flip, in the network's sizes.
            """,
        transform: { try TransformList($0) })
    var trainTransforms: TransformList?

    @Option(
        help: """
            Where classes have different numbers of images: weight the loss, or draw images of rare classes more often. \
            In a multi-label run, loss weights each class's presence by its rarity, from 0.1 to 100.
            """)
    var balance: Balance?

    @Flag(help: "Take pictures as they lie in their files, as torchvision does, whatever their EXIF orientation.")
    var ignoreOrientation = false

    @Flag(help: "Decode large JPEG files at a smaller size: much quicker, and pixels differ a little from Pillow's.")
    var fastDecode = false

    @Option(
        help: """
            How many pictures may be unreadable before the run ends: a percentage of the training or the validation \
            pictures (5%) or a number. By default 10%, but at least 10 pictures.
            """)
    var maxUnreadable: UnreadableLimit?

    /// What makes up for rare classes.
    enum Balance: String, CaseIterable, ExpressibleByArgument {
        case loss, sampling, none
    }

    func apply(to configuration: inout TrainingConfiguration) throws {
        configuration.set(\.data.labelPattern, labelPattern)
        configuration.set(\.data.labelColumn, table.labelColumn)
        configuration.set(\.data.pathColumn, table.pathColumn)
        configuration.set(\.data.labelSeparator, table.labelSeparator)
        configuration.set(\.data.root, table.root)
        configuration.set(\.data.groupPattern, groupPattern)
        configuration.set(\.data.classes, try classes.map { try DatasetOptions.classNames($0) })
        configuration.set(\.validationSplit, valSplit)
        configuration.set(\.testSplit, testSplit)
        configuration.set(\.limit, limit)
        configuration.set(\.trainingTransforms, trainTransforms)
        configuration.set(\.balancesLoss, balance.map { $0 == .loss })
        configuration.set(\.balancesSampling, balance.map { $0 == .sampling })
        if ignoreOrientation { configuration.appliesOrientation = false }
        if fastDecode { configuration.decoding = .fast }
        configuration.set(\.maximumUnreadable, maxUnreadable)
    }
}

/// How steps are made.
struct StepOptionsGroup: TrainingOptions {
    @Option(help: "How many times all pictures are passed. By default 3.")
    var epochs: Int?

    @Option(help: "Pictures in a batch. By default 64.")
    var batchSize: Int?

    @Flag(
        help: """
            Leave out the images that do not fill the last batch of an epoch. By default they are a smaller batch; a single \
            image joins the batch before it where batch normalization is trained.
            """)
    var dropLast = false

    @Option(help: "Take a step after so many batches, from their gradients' mean.")
    var accumulate: Int?

    @Option(name: .customLong("lr"), help: "The learning rate. By default 0.001. --find-lr suggests one.")
    var learningRate: Double?

    @Option(
        help: """
            How the rate changes: constant, step:EPOCHS,FACTOR, multistep:30,60,FACTOR, exponential:FACTOR, decay:K, \
            inverse:K, cosine, onecycle, polynomial:POWER, plateau:PATIENCE,FACTOR. By default constant.
            """,
        transform: { try Schedule(parsing: $0) })
    var schedule: Schedule?

    @Option(help: "Let the rate rise over so many epochs first.")
    var warmUp: Double?

    @Option(help: "What the learning rate is multiplied by from stage to stage towards the input.")
    var stageRate: Double?

    @Option(name: .customLong("backbone-lr-scale"), help: "What it is multiplied by in all stages but the head.")
    var backboneRate: Double?

    @Option(help: "The rule of the steps. By default adam.")
    var optimizer: OptimizerKind?

    @Option(help: "For sgd and rmsprop: the share of the last step that is kept. By default 0.9.")
    var momentum: Double?

    @Flag(help: "For sgd: Nesterov's momentum.")
    var nesterov = false

    @Option(help: "The pull towards zero, L2. By default 0; 0.01 with adamw and lamb.")
    var weightDecay: Double?

    @Flag(help: "Spare normalisation layers and biases the weight decay.")
    var spareNorms = false

    @Option(help: "Add the sum of all weights' absolute values to the loss, times this.")
    var l1: Double?

    @Option(help: "Shorten a step's gradient to at most this norm.")
    var clipNorm: Double?

    @Option(help: "Spread this share of each label over all classes.")
    var labelSmoothing: Double?

    @Option(help: "Validate and save a running mean of the weights that keeps this share in a step, such as 0.999.")
    var ema: Double?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.epochs, epochs)
        configuration.set(\.batchSize, batchSize)
        if dropLast { configuration.dropsLastBatch = true }
        configuration.set(\.accumulation, accumulate)
        configuration.set(\.learningRate, learningRate)
        configuration.set(\.schedule, schedule)
        configuration.set(\.warmUpEpochs, warmUp)
        configuration.set(\.stageRate, stageRate)
        configuration.set(\.backboneRate, backboneRate)
        configuration.set(\.optimizer, optimizer)
        configuration.set(\.momentum, momentum)
        if nesterov { configuration.looksAhead = true }
        configuration.set(\.weightDecay, weightDecay)
        if spareNorms { configuration.sparesNorms = true }
        configuration.set(\.absoluteDecay, l1)
        configuration.set(\.clipNorm, clipNorm)
        configuration.set(\.labelSmoothing, labelSmoothing)
        configuration.set(\.averageDecay, ema)
    }
}

/// When a run ends, and what it keeps.
struct CourseOptionsGroup: TrainingOptions {
    @Option(help: "What tells which epoch is best: accuracy, loss. By default accuracy.")
    var bestBy: BestMetric?

    @Option(help: "End the run after so many epochs without a better one.")
    var patience: Int?

    @Option(help: "Keep a model every so many epochs, beside the best and the last.")
    var keepEvery: Int?

    @Option(help: "With --keep-every: keep so many of these, the latest.")
    var keepLast: Int?

    @Option(help: "Save the state every so many minutes within an epoch, for --resume. By default 5.")
    var checkpointMinutes: Double?

    @Option(
        help: """
            Keep a threshold with the model that this share of the validation pictures reaches, such as 0.95: 'apus \
            predict' calls less probable pictures unknown.
            """)
    var unknown: Double?

    @Flag(help: "Write no report.html, which takes another look at the validation pictures at the end.")
    var noReport = false

    @Flag(help: "Write an event file for TensorBoard into the run directory.")
    var tensorboard = false

    @Flag(help: "With --tensorboard: write how the values of each trained parameter are spread, after each epoch.")
    var histograms = false

    @Option(help: "What all that is random depends on. By default 0.")
    var seed: UInt64?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.metric, bestBy)
        configuration.set(\.patience, patience)
        configuration.set(\.keepEvery, keepEvery)
        configuration.set(\.keepLast, keepLast)
        configuration.set(\.checkpointMinutes, checkpointMinutes)
        configuration.set(\.knownShare, unknown)
        if noReport { configuration.writesReport = false }
        if tensorboard { configuration.writesEvents = true }
        if histograms { configuration.writesHistograms = true }
        configuration.set(\.seed, seed)
    }
}

/// What computes.
struct MachineOptionsGroup: TrainingOptions {
    @Option(help: "Threads that read pictures. By default as many as there are processors.")
    var workers: Int?

    @Option(help: "Where to compute: cpu, cuda, cuda:1. By default CUDA where there is a device.")
    var device: String?

    @Flag(
        help: """
            On CUDA, use only kernels that give the same bits each time, so that the same seed gives the same files. Training \
            is slower, and stops at an operator that has no such kernel. A CPU needs no flag.
            """)
    var deterministic = false

    @Option(help: "What computes the frozen part: auto (OpenVINO on a CPU, LibTorch elsewhere), openvino, libtorch.")
    var engine: EngineChoice?

    @Option(
        help: """
            The numbers that layers compute with: float32, bfloat16, float16 with scaled losses (for GPUs without \
            bfloat16), auto (bfloat16 where the processor has it). By default float32.
            """)
    var precision: TrainingPrecision?

    @Flag(
        help: """
            With the strategy frozen: compute each picture's features once and keep them. Epochs then take \
            milliseconds; there is no augmentation.
            """)
    var cacheFeatures = false

    @Option(help: "With --cache-features: keep so many augmented views of each picture, which the epochs take in turn.")
    var cacheViews: Int?

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.workers, workers)
        configuration.set(\.device, device)
        if deterministic { configuration.isDeterministic = true }
        configuration.set(\.engine, engine)
        configuration.set(\.precision, precision)
        if cacheFeatures { configuration.cachesFeatures = true }
        configuration.set(\.cachedViews, cacheViews)
    }
}
