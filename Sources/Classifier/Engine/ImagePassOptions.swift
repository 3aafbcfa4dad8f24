public import Images

/// How images are read and passed through a network.
public struct ImagePassOptions: Sendable {
    /// How many images pass the network at once; nil leaves it to the engine.
    public var batchSize: Int?
    /// The number of threads that decode images; with 0 the thread that computes does.
    public var workers: Int
    /// How precisely images are decoded.
    public var decoding: ImageReadingOptions.Decoding
    /// The crops of each image, whose outputs are averaged.
    public var crops: TestCrops
    /// How many images may be unreadable before the work ends; nil for any number.
    public var maximumUnreadable: UnreadableLimit?

    /// Options that are the defaults unless given.
    public init(
        batchSize: Int? = nil, workers: Int = DataLoader.processorCount,
        decoding: ImageReadingOptions.Decoding = .exact, crops: TestCrops = .center,
        maximumUnreadable: UnreadableLimit? = nil
    ) {
        (self.batchSize, self.workers, self.decoding) = (batchSize, workers, decoding)
        (self.crops, self.maximumUnreadable) = (crops, maximumUnreadable)
    }
}

/// What a work on many images reports while it goes on.
public enum ImageEvent<Value: Sendable>: Sendable {
    /// How many of the images are done, with those that can't be read.
    case progress(done: Int, total: Int)
    /// An image that can't be read, and is left out.
    case unreadable(SampleFailure)
    /// The result of one image.
    case result(Value)

    package var isProgress: Bool { if case .progress = self { true } else { false } }
}
