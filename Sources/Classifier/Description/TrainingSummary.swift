internal import Images

/// The main choices of a training run; the run directory's `config.json` has all. What does not change the result (the
/// number of workers, paths) is left out, so that equal runs write equal files.
public struct TrainingSummary: Sendable, Codable, Equatable {
    /// The weights that training began with; nil for a fresh network.
    public var startedFrom: String?
    /// Which parts were trained.
    public var strategy: TrainingStrategy
    /// The rule of the steps.
    public var optimizer: OptimizerKind
    /// The initial learning rate.
    public var learningRate: Double
    /// What the rate is multiplied by from stage to stage towards the input; nil where all stages have the same.
    public var stageRate: Double?
    /// Images in a step.
    public var batchSize: Int
    /// What shuffling, augmentation, dropout and new layers depended on.
    public var seed: UInt64
    /// How many images there were to learn from.
    public var trainingPictures: Int
    /// The fraction of images that was set aside; nil where the data had validation images of its own.
    public var validationSplit: Double?
    /// The fraction that was also set aside, for a test; nil where there was none.
    public var testSplit: Double?
    /// What kept images of one group together; nil where nothing did.
    public var groupPattern: String?
    /// What gave the labels; nil where folders or a table did.
    public var labelPattern: String?
    /// The column of a table that had the labels, and the one that named the images; nil where that was left to the table.
    public var labelColumn: String?, pathColumn: String?
    /// What separated the labels in a column; nil where that was left to the table.
    public var labelSeparator: String?
    /// The folder that paths in a table or a list counted from; nil for that of the file.
    public var root: String?
    /// Which images were learned from and which were set aside; nil in files of Apus 0.1.
    public var split: SplitRecord?

    package init(
        startedFrom: String? = nil, strategy: TrainingStrategy, optimizer: OptimizerKind, learningRate: Double,
        stageRate: Double? = nil, batchSize: Int, seed: UInt64, trainingPictures: Int, validationSplit: Double? = nil,
        testSplit: Double? = nil, groupPattern: String? = nil, labelPattern: String? = nil,
        labelColumn: String? = nil, pathColumn: String? = nil, labelSeparator: String? = nil, root: String? = nil,
        split: SplitRecord? = nil
    ) {
        self.startedFrom = startedFrom
        self.strategy = strategy
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.stageRate = stageRate
        self.batchSize = batchSize
        self.seed = seed
        self.trainingPictures = trainingPictures
        self.validationSplit = validationSplit
        self.testSplit = testSplit
        self.groupPattern = groupPattern
        self.labelPattern = labelPattern
        self.labelColumn = labelColumn
        self.pathColumn = pathColumn
        self.labelSeparator = labelSeparator
        self.root = root
        self.split = split
    }
}

extension TrainingSummary {
    /// Options with what they leave open as it was in training.
    func completed(_ options: DatasetOptions) -> DatasetOptions {
        var completed = options
        if options.labelPattern == nil, options.labelColumn == nil, options.labelSeparator == nil {
            completed.labelPattern = labelPattern
        }
        if options.labelPattern == nil {
            completed.labelColumn = options.labelColumn ?? labelColumn
            completed.labelSeparator = options.labelSeparator ?? labelSeparator
        }
        completed.pathColumn = options.pathColumn ?? pathColumn
        completed.root = options.root ?? root
        return completed
    }
}
