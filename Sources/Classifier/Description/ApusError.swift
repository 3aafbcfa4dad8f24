/// A failure of `Classifier` or `Apus`: what happened, to what, and what would help.
///
/// Programs decide by `code` and take the values from the other properties; people read `description`.
public struct ApusError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let code: Code
    /// The file or folder that it happened to.
    public let path: String?
    /// The name of what it happened to, or of what does not exist: a network, a class, a layer, a device, the property of
    /// a configuration.
    public let name: String?
    /// The value that is not possible.
    public let value: String?
    /// What is there in its place: names like the one that does not exist, or all that there are.
    public let suggestions: [String]
    /// What happened, as one clause without the path.
    public let message: String
    /// What would help. Properties of configurations and options stand between backticks, `learningRate = 0.001`.
    public let advice: String?
    /// The failure below this one.
    public let underlyingError: (any Error)?

    /// Makes an error from its parts.
    package init(
        _ code: Code, path: String? = nil, name: String? = nil, value: (any CustomStringConvertible & Sendable)? = nil,
        suggestions: [String] = [], _ message: String, advice: String? = nil, underlyingError: (any Error)? = nil
    ) {
        (self.code, self.path, self.name, self.value) = (code, path, name, value.map { "\($0)" })
        (self.suggestions, self.message, self.advice) = (suggestions, message, advice)
        self.underlyingError = underlyingError
    }

    /// One line: the path, what happened, what would help.
    public var description: String {
        (path.map { "\($0): " } ?? "") + message + (advice.map { "; \($0)" } ?? "")
    }

    /// A file that is not whole, or whose parts contradict each other.
    package static func damaged(_ path: String, _ message: String, by error: (any Error)? = nil) -> ApusError {
        ApusError(
            .damagedFile, path: path, message + (error.map { " (\($0))" } ?? ""),
            advice: "take another copy of the file", underlyingError: error)
    }

    /// A file whose format is newer than the newest that this program reads.
    package static func newerFormat(_ version: Int, _ path: String, ours: Int) -> ApusError {
        ApusError(
            .newerFormat, path: path, value: version,
            "it was written by a newer Apus (format \(version), this one reads up to \(ours))", advice: "update Apus")
    }

    /// An ONNX file, where only the file that it was exported from serves.
    package static func unsupportedForONNX(_ path: String, _ message: String) -> ApusError {
        ApusError(.unsupportedForONNX, path: path, message, advice: "use the file that it was exported from")
    }

    /// Images of which none can be read.
    package static func noReadableImages(
        _ count: Int, path: String? = nil, first: (any Error & CustomStringConvertible)? = nil
    ) -> ApusError {
        ApusError(
            .noReadableImages, path: path,
            "none of the \(count) images could be read" + (first.map { "; the first: \($0)" } ?? ""),
            underlyingError: first)
    }

    /// The same error, of a file or folder.
    package func naming(path: String) -> ApusError {
        ApusError(
            code, path: path, name: name, value: value, suggestions: suggestions, message, advice: advice,
            underlyingError: underlyingError)
    }
}

extension ApusError {
    /// What happened, for programs. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code, `damagedFile`.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }
    }
}

// MARK: Files and networks

extension ApusError.Code {
    /// The file holds weights or a network, but neither classes nor preprocessing.
    public static let notAClassifier = Self(rawValue: "notAClassifier")
    /// The network in an ONNX file expects normalized input; prediction needs raw pixels. `value` is its input's name.
    public static let unsupportedInput = Self(rawValue: "unsupportedInput")
    /// The file is not whole, or its parts contradict each other.
    public static let damagedFile = Self(rawValue: "damagedFile")
    /// A newer version of Apus has written the file. `value` is the version of the format.
    public static let newerFormat = Self(rawValue: "newerFormat")
    /// The file does not exist, can't be read, or is of another kind.
    public static let unreadableFile = Self(rawValue: "unreadableFile")
    /// A file or folder can't be written.
    public static let unwritableFile = Self(rawValue: "unwritableFile")
    /// No network or family has this name, or none that this version knows.
    public static let unknownModel = Self(rawValue: "unknownModel")
    /// The network has no weights to predict with: none are published, or it is not trained yet.
    public static let noWeights = Self(rawValue: "noWeights")
    /// The weights are of another network, or of one with other classes.
    public static let weightsMismatch = Self(rawValue: "weightsMismatch")
    /// The network takes no images of this shape.
    public static let shapeMismatch = Self(rawValue: "shapeMismatch")
    /// An ONNX file can't be used for this: only the file that it was exported from can.
    public static let unsupportedForONNX = Self(rawValue: "unsupportedForONNX")
    /// The program can't open files of this kind, as it has no LibTorch.
    public static let needsLibTorch = Self(rawValue: "needsLibTorch")
}

// MARK: Computing

extension ApusError.Code {
    /// No device has this name.
    public static let unknownDevice = Self(rawValue: "unknownDevice")
    /// The device is not on this machine.
    public static let deviceUnavailable = Self(rawValue: "deviceUnavailable")
    /// The engine can't compute this network, on this device, or with this precision.
    public static let engineUnsupported = Self(rawValue: "engineUnsupported")
    /// int8 needs a network that was quantized.
    public static let notQuantized = Self(rawValue: "notQuantized")
    /// The system refuses what the work needs: threads, memory, a function of a library.
    public static let systemFailure = Self(rawValue: "tooFewResources")
    /// Outputs of the network, or its weights, are NaN or infinite.
    public static let notFinite = Self(rawValue: "notFinite")
}

// MARK: Images, classes and layers

extension ApusError.Code {
    /// None of the images can be read.
    public static let noReadableImages = Self(rawValue: "noReadableImages")
    /// The image can't be read.
    public static let unreadableImage = Self(rawValue: "unreadableImage")
    /// No class has this name or index.
    public static let unknownClass = Self(rawValue: "unknownClass")
    /// Several classes have this name. `suggestions` are their indices.
    public static let ambiguousClass = Self(rawValue: "ambiguousClass")
    /// No layer has this name.
    public static let unknownLayer = Self(rawValue: "unknownLayer")
    /// The layer, or each layer of the network, lacks what is asked of it: maps, kernels.
    public static let unsuitableLayer = Self(rawValue: "unsuitableLayer")
    /// The data are not for this work or this network: several labels for each image where one is needed, no labels, too
    /// few images.
    public static let unsuitableData = Self(rawValue: "unsuitableData")
}

// MARK: Configurations and training runs

extension ApusError.Code {
    /// A value, or several together, that a configuration or an option can't have. `name` is the property.
    public static let invalidConfiguration = Self(rawValue: "invalidConfiguration")
    /// The training loss became NaN or infinite.
    public static let lossDiverged = Self(rawValue: "lossDiverged")
    /// The folder holds a run, or files that are none.
    public static let runExists = Self(rawValue: "runExists")
    /// The folder holds no run.
    public static let noRun = Self(rawValue: "noRun")
    /// Another process works on the run.
    public static let runInUse = Self(rawValue: "runInUse")
    /// The run has done its epochs.
    public static let runIsFinished = Self(rawValue: "runIsFinished")
    /// The run's data are not where they were when it began.
    public static let datasetMissing = Self(rawValue: "datasetMissing")
    /// The run's images are not what they were when it began.
    public static let datasetChanged = Self(rawValue: "datasetChanged")
    /// The run's configuration, network or weights are not what they were when it began.
    public static let configurationChanged = Self(rawValue: "configurationChanged")
}
