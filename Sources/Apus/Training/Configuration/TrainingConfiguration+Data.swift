public import Images

extension TrainingConfiguration {
    /// The images, and how they are read.
    public struct DataSettings: Sendable, Codable, Equatable {
        /// The options for labels and classes.
        public var dataset: DatasetOptions
        /// The names of the classes for people, which the model keeps; nil for none.
        public var displayNames: DisplayNames?
        /// The fraction of images that is set aside for validation if the data has no validation images.
        public var validationSplit: Double
        /// The fraction that is also set aside, for a test after training; nil for none. The run does not read it.
        public var testSplit: Double?
        /// The largest number of training images, spread over the classes. Validation keeps all of its images.
        public var limit: Int?
        /// The transforms of a training image; nil for the network's own augmentation.
        public var trainingTransforms: TransformList?
        /// The method of class balancing.
        public var classBalancing: ClassBalancing
        /// Whether images are turned upright by their EXIF orientation. Torchvision does not do so. The model keeps the
        /// choice.
        public var appliesOrientation: Bool
        /// The precision of decoding.
        public var decoding: ImageReadingOptions.Decoding
        /// The limit of unreadable images in a pass over the training or the validation images, above which the run
        /// ends; nil for a tenth of them, but at least 10.
        public var maximumUnreadable: UnreadableLimit?
        /// The number of images in a batch.
        public var batchSize: Int
        /// Whether an epoch leaves out the images that do not fill its last batch. Otherwise that batch is smaller, and
        /// a single image joins the batch before it if batch normalization is trained.
        public var dropsLastBatch: Bool

        /// Creates settings of the data.
        public init(
            dataset: DatasetOptions = .init(), displayNames: DisplayNames? = nil, validationSplit: Double = 0.2,
            testSplit: Double? = nil, limit: Int? = nil, trainingTransforms: TransformList? = nil,
            classBalancing: ClassBalancing = .none, appliesOrientation: Bool = true,
            decoding: ImageReadingOptions.Decoding = .exact, maximumUnreadable: UnreadableLimit? = nil,
            batchSize: Int = 64, dropsLastBatch: Bool = false
        ) {
            self.dataset = dataset
            self.displayNames = displayNames
            self.validationSplit = validationSplit
            self.testSplit = testSplit
            self.limit = limit
            self.trainingTransforms = trainingTransforms
            self.classBalancing = classBalancing
            self.appliesOrientation = appliesOrientation
            self.decoding = decoding
            self.maximumUnreadable = maximumUnreadable
            self.batchSize = batchSize
            self.dropsLastBatch = dropsLastBatch
        }
    }

    /// The method of class balancing.
    public enum ClassBalancing: String, Sendable, Codable, CaseIterable {
        /// Nothing: all images have the same weight.
        case none
        /// Classes with few images have a larger weight in the loss. In a multi-label run, the presence of the class
        /// has the weight.
        case weightedLoss
        /// The images of each class are drawn equally often, with replacement.
        case weightedSampling
    }
}
