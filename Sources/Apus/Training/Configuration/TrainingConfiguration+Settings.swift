public import Classifier
public import Inference
public import TorchDistributed
public import TorchNN

extension TrainingConfiguration {
    /// The optimizer, the learning rate and its schedule, and regularization.
    public struct OptimizerSettings: Sendable, Codable, Equatable {
        /// The algorithm.
        public var kind: OptimizerKind
        /// The initial learning rate.
        public var learningRate: Double
        /// The schedule of the learning rate.
        public var schedule: Schedule
        /// The number of epochs in which the learning rate rises, in equal steps, to that of the schedule.
        public var warmUpEpochs: Double
        /// The factor of the learning rate from stage to stage towards the input; 1 for the same rate
        /// everywhere. Early stages detect what all images have in common, and need less change.
        ///
        /// J. Howard, S. Ruder: Universal Language Model Fine-tuning for Text Classification, 2018, arXiv:1801.06146,
        /// uses 1 / 2.6.
        public var layerwiseDecay: Double
        /// The factor of the learning rate for all stages except the head.
        public var backboneLearningRateScale: Double
        /// For SGD and RMSprop: the momentum.
        public var momentum: Double
        /// For SGD: whether the momentum is Nesterov's.
        public var nesterov: Bool
        /// The weight decay (L2); nil for the optimizer's default: 0.01 for AdamW and LAMB, otherwise 0.
        public var weightDecay: Double?
        /// Whether normalization layers and biases have no weight decay.
        public var excludesNormsFromWeightDecay: Bool
        /// The factor of the L1 penalty: the sum of the absolute values of all weights, times this, is added to the
        /// loss.
        public var l1: Double
        /// The largest norm of the gradient of a step; a longer gradient is shortened to it.
        public var clipNorm: Double?
        /// The number of batches whose mean gradient makes a step.
        public var gradientAccumulationSteps: Int
        /// The decay of the exponential moving average of the weights, such as 0.999; nil for no average. The average
        /// is validated and saved in place of the weights.
        public var emaDecay: Double?

        /// Creates settings of the optimizer.
        public init(
            _ kind: OptimizerKind = .adam, learningRate: Double = 0.001, schedule: Schedule = .constant,
            warmUpEpochs: Double = 0, layerwiseDecay: Double = 1, backboneLearningRateScale: Double = 1,
            momentum: Double = 0.9, nesterov: Bool = false, weightDecay: Double? = nil,
            excludesNormsFromWeightDecay: Bool = false, l1: Double = 0, clipNorm: Double? = nil,
            gradientAccumulationSteps: Int = 1, emaDecay: Double? = nil
        ) {
            self.kind = kind
            self.learningRate = learningRate
            self.schedule = schedule
            self.warmUpEpochs = warmUpEpochs
            self.layerwiseDecay = layerwiseDecay
            self.backboneLearningRateScale = backboneLearningRateScale
            self.momentum = momentum
            self.nesterov = nesterov
            self.weightDecay = weightDecay
            self.excludesNormsFromWeightDecay = excludesNormsFromWeightDecay
            self.l1 = l1
            self.clipNorm = clipNorm
            self.gradientAccumulationSteps = gradientAccumulationSteps
            self.emaDecay = emaDecay
        }
    }

    /// The loss.
    public struct LossSettings: Sendable, Codable, Equatable {
        /// The fraction of each label that is spread over all classes (C. Szegedy et al., 2015, arXiv:1512.00567).
        public var labelSmoothing: Double

        /// Creates settings of the loss.
        public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }
    }

    /// The files of a run.
    public struct OutputSettings: Sendable, Codable, Equatable {
        /// The number of epochs between models that are kept in addition to the best and the last; nil for none.
        public var keepEvery: Int?
        /// With `keepEvery`: the largest number of such models, of which the latest are kept; nil for all.
        public var keepLast: Int?
        /// The number of minutes within an epoch after which the state is saved, so that an interrupted run can resume.
        public var checkpointMinutes: Double
        /// The fraction of the validation images that the model does not reject as unknown: it determines the threshold
        /// in the model file. Nil for no threshold. It must be nil for multi-label data.
        public var coverage: Double?
        /// The number of batches after which their mean loss and accuracy are reported (`TrainingEvent.batches`); nil
        /// for no such reports. It changes no file of the run.
        public var printEvery: Int?
        /// Whether the validation images are evaluated before training, too (epoch 0). Training is the same with and
        /// without.
        public var validatesFirst: Bool
        /// Whether the best model is evaluated on the validation images at the end, and `report.html` is written.
        public var writesReport: Bool
        /// Whether an event file for TensorBoard is written.
        public var writesTensorBoard: Bool
        /// With `writesTensorBoard`: whether histograms of each trained parameter are written after each epoch.
        public var writesHistograms: Bool

        /// Creates settings of the output.
        public init(
            keepEvery: Int? = nil, keepLast: Int? = nil, checkpointMinutes: Double = 5, coverage: Double? = nil,
            printEvery: Int? = nil, validatesFirst: Bool = false, writesReport: Bool = true,
            writesTensorBoard: Bool = false, writesHistograms: Bool = false
        ) {
            self.keepEvery = keepEvery
            self.keepLast = keepLast
            self.checkpointMinutes = checkpointMinutes
            self.coverage = coverage
            self.printEvery = printEvery
            self.validatesFirst = validatesFirst
            self.writesReport = writesReport
            self.writesTensorBoard = writesTensorBoard
            self.writesHistograms = writesHistograms
        }
    }

    /// The device, the threads and the precision of a run.
    public struct ComputeSettings: Sendable, Codable, Equatable {
        /// The number of threads that decode images; nil for the number of processors. It does not change the result.
        public var workers: Int?
        /// The device: `cpu`, `cuda`, `cuda:1`; nil for CUDA if it is available, otherwise the CPU.
        public var device: String?
        /// On CUDA: whether only deterministic kernels are used, which are slower. On a CPU all kernels are
        /// deterministic.
        public var isDeterministic: Bool
        /// The engine for the frozen part of a network.
        public var engine: EngineChoice
        /// The numeric precision of layers. The weights and the loss are float32 in any case.
        public var precision: TrainingPrecision
        /// With the strategy `frozen`: whether the features of each image are computed once and kept.
        public var cachesFeatures: Bool
        /// With `cachesFeatures`: the number of augmented variants of each image that are kept and used in turn by the
        /// epochs; nil for one without augmentation.
        public var cachedViews: Int?
        /// With several processes: whether batch normalization uses the statistics of the batch of all processes, and not
        /// of each one's part, as PyTorch's `SyncBatchNorm`. It makes steps slower.
        public var synchronizesBatchNorm: Bool
        /// With several processes: the numeric type in which gradients are sent.
        public var gradientCompression: GradientCompression

        /// Creates settings of the computation.
        public init(
            workers: Int? = nil, device: String? = nil, isDeterministic: Bool = false, engine: EngineChoice = .auto,
            precision: TrainingPrecision = .float32, cachesFeatures: Bool = false, cachedViews: Int? = nil,
            synchronizesBatchNorm: Bool = false, gradientCompression: GradientCompression = .none
        ) {
            self.workers = workers
            self.device = device
            self.isDeterministic = isDeterministic
            self.engine = engine
            self.precision = precision
            self.cachesFeatures = cachesFeatures
            self.cachedViews = cachedViews
            self.synchronizesBatchNorm = synchronizesBatchNorm
            self.gradientCompression = gradientCompression
        }
    }
}
