/// An error of `Classifier` or `Apus`: what happened, to what, and what to do.
///
/// The code and the values are for programs. The description is for people.
public struct ApusError: Error, Sendable, CustomStringConvertible {
    /// The code of the error.
    public let code: Code
    /// The affected file or folder.
    public let path: String?
    /// The affected name: a network, a class, a layer, a device, or a property of a configuration.
    public let name: String?
    /// The invalid value.
    public let value: String?
    /// Valid names or values, such as names similar to an unknown one.
    public let suggestions: [String]
    /// What happened, without the path.
    public let message: String
    /// What to do. Properties of configurations and options are in backticks: `learningRate = 0.001`.
    public let advice: String?
    /// The error that caused this one.
    public let underlyingError: (any Error)?

    /// Creates an error.
    package init(
        _ code: Code, path: String? = nil, name: String? = nil, value: (any CustomStringConvertible & Sendable)? = nil,
        suggestions: [String] = [], _ message: String, advice: String? = nil, underlyingError: (any Error)? = nil
    ) {
        (self.code, self.path, self.name, self.value) = (code, path, name, value.map { "\($0)" })
        (self.suggestions, self.message, self.advice) = (suggestions, message, advice)
        self.underlyingError = underlyingError
    }

    /// A line with the path, what happened, and what to do.
    public var description: String {
        (path.map { "\($0): " } ?? "") + message + (advice.map { "; \($0)" } ?? "")
    }

    /// Returns an error for a damaged file.
    package static func damaged(_ path: String, _ message: String, by error: (any Error)? = nil) -> ApusError {
        ApusError(
            .damagedFile, path: path, message + (error.map { " (\($0))" } ?? ""),
            advice: "use another copy of the file", underlyingError: error)
    }

    /// Returns an error for a file with a newer format.
    package static func newerFormat(_ version: Int, _ path: String, ours: Int) -> ApusError {
        ApusError(
            .newerFormat, path: path, value: version,
            "it was written by a newer version of Apus (format \(version), supported up to \(ours))",
            advice: "update Apus")
    }

    /// Returns an error for an ONNX file where the file that it was exported from is required.
    package static func unsupportedForONNX(_ path: String, _ message: String) -> ApusError {
        ApusError(.unsupportedForONNX, path: path, message, advice: "use the file that it was exported from")
    }

    /// Returns an error for a file that this program can't use without LibTorch.
    package static func needsLibTorch(
        _ path: String, _ message: String, advice: String = "use a program with LibTorch"
    ) -> ApusError { ApusError(.needsLibTorch, path: path, message, advice: advice) }

    /// Returns an error for images that are all unreadable.
    package static func noReadableImages(
        _ count: Int, path: String? = nil, first: (any Error & CustomStringConvertible)? = nil
    ) -> ApusError {
        ApusError(
            .noReadableImages, path: path,
            "none of the \(count) images could be read" + (first.map { "; the first: \($0)" } ?? ""),
            underlyingError: first)
    }

    /// Returns the error with a path.
    package func naming(path: String) -> ApusError {
        ApusError(
            code, path: path, name: name, value: value, suggestions: suggestions, message, advice: advice,
            underlyingError: underlyingError)
    }
}

extension ApusError {
    /// The codes of errors. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code, such as `damagedFile`.
        public let rawValue: String

        /// Creates a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }
    }
}

// MARK: Files and networks

extension ApusError.Code {
    /// The file contains weights or a network, but no classes and preprocessing.
    public static let notAClassifier = Self(rawValue: "notAClassifier")
    /// The network in an ONNX file expects normalized input; prediction needs raw pixels. `value` is its input's name.
    public static let unsupportedInput = Self(rawValue: "unsupportedInput")
    /// The file is damaged or inconsistent.
    public static let damagedFile = Self(rawValue: "damagedFile")
    /// A newer version of Apus wrote the file. `value` is the version of the format.
    public static let newerFormat = Self(rawValue: "newerFormat")
    /// The file does not exist, can't be read, or is of another kind.
    public static let unreadableFile = Self(rawValue: "unreadableFile")
    /// A file or folder can't be written.
    public static let unwritableFile = Self(rawValue: "unwritableFile")
    /// No network or family has this name in this version.
    public static let unknownModel = Self(rawValue: "unknownModel")
    /// The network has no weights: none are published, or it is not trained yet.
    public static let noWeights = Self(rawValue: "noWeights")
    /// The weights are for another network or other classes.
    public static let weightsMismatch = Self(rawValue: "weightsMismatch")
    /// The network does not accept images of this shape.
    public static let shapeMismatch = Self(rawValue: "shapeMismatch")
    /// An ONNX file can't be used here, only the file that it was exported from.
    public static let unsupportedForONNX = Self(rawValue: "unsupportedForONNX")
    /// The program can't open this file without LibTorch.
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
    /// int8 needs a quantized network.
    public static let notQuantized = Self(rawValue: "notQuantized")
    /// The system or a library fails, for example for lack of threads or memory.
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
    /// The layer, or each layer of the network, does not have the required maps or kernels.
    public static let unsuitableLayer = Self(rawValue: "unsuitableLayer")
    /// The data is not suitable for the work or the network: multi-label data for a single-label classifier, no labels,
    /// or too few images.
    public static let unsuitableData = Self(rawValue: "unsuitableData")
}

// MARK: Configurations and training runs

extension ApusError.Code {
    /// A configuration or an option has an invalid value or combination of values. `name` is the property.
    public static let invalidConfiguration = Self(rawValue: "invalidConfiguration")
    /// A custom loss or metric failed or returned an invalid value. `name` is its name.
    public static let customPartFailed = Self(rawValue: "customPartFailed")
    /// The training loss became NaN or infinite.
    public static let lossDiverged = Self(rawValue: "lossDiverged")
    /// The folder already contains a run or other files.
    public static let runExists = Self(rawValue: "runExists")
    /// The folder does not contain a run.
    public static let noRun = Self(rawValue: "noRun")
    /// Another process uses the run.
    public static let runInUse = Self(rawValue: "runInUse")
    /// The run has finished all its epochs.
    public static let runIsFinished = Self(rawValue: "runIsFinished")
    /// The data of the run is not at its former path.
    public static let datasetMissing = Self(rawValue: "datasetMissing")
    /// The images of the run changed since it began.
    public static let datasetChanged = Self(rawValue: "datasetChanged")
    /// The configuration, network or weights of the run changed since it began.
    public static let configurationChanged = Self(rawValue: "configurationChanged")
}
