/// The preprocessing of every image for a network. It belongs to the network and is stored with it.
public struct Preprocessing: Sendable, Codable, Hashable {
    /// The length of the short side after resizing, in pixels.
    public var resizeShortSide: Int

    /// The filter of the resize.
    public var interpolation: Interpolation

    /// The side of the square crop in pixels: the network's input size.
    public var cropSize: Int

    /// The mean that is subtracted from red, green and blue, for values between 0 and 1.
    public var mean: [Float]

    /// The standard deviation by which red, green and blue are then divided.
    public var standardDeviation: [Float]

    /// Whether EXIF's orientation is applied; torchvision does not apply it.
    public var appliesOrientation: Bool

    /// Creates preprocessing from its parts.
    public init(
        resizeShortSide: Int, cropSize: Int, mean: [Float], standardDeviation: [Float],
        interpolation: Interpolation = .bilinear, appliesOrientation: Bool = true
    ) {
        precondition(
            mean.count == 3 && standardDeviation.count == 3,
            "`mean` and `standardDeviation` must have three values")
        self.resizeShortSide = resizeShortSide
        self.cropSize = cropSize
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.interpolation = interpolation
        self.appliesOrientation = appliesOrientation
    }

    /// The allowed short sides after resizing. A file may contain any number, and memory grows with the square.
    package static let resizeSides = 1...4096

    /// The allowed sides of the crop, up to four times that of the largest published network.
    package static let cropSides = 1...2048

    /// The preprocessing of most networks trained on ImageNet: short side 256, crop 224, and ImageNet's mean and
    /// standard deviation.
    public static let imageNet = Preprocessing(
        resizeShortSide: 256, cropSize: 224, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

    /// ImageNet's mean and standard deviation with other sizes, or another filter.
    public static func imageNet(
        resizeShortSide: Int = 256, cropSize: Int = 224, interpolation: Interpolation = .bilinear
    ) -> Preprocessing {
        var preprocessing = imageNet
        (preprocessing.resizeShortSide, preprocessing.cropSize) = (resizeShortSide, cropSize)
        preprocessing.interpolation = interpolation
        return preprocessing
    }

    /// The reading options.
    public var readingOptions: ImageReadingOptions {
        ImageReadingOptions(appliesOrientation: appliesOrientation)
    }

    /// For evaluation and prediction: resize and center crop.
    public var evaluationTransforms: [any ImageTransform] {
        [Resize(shortSide: resizeShortSide, interpolation: interpolation), CenterCrop(cropSize)]
    }

    /// For training: resize, random crop, and a flip of every second image.
    public var trainingTransforms: TransformList {
        TransformList([
            Resize(shortSide: resizeShortSide, interpolation: interpolation), RandomCrop(cropSize),
            RandomHorizontalFlip(),
        ])
    }
}

extension Preprocessing {
    private enum CodingKeys: String, CodingKey {
        case resizeShortSide, interpolation, cropSize, mean, standardDeviation, appliesOrientation
    }

    /// Decodes the preprocessing of a model, and checks it because a file may contain anything.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func check<Value>(_ key: CodingKeys, _ value: Value, _ rule: String, _ holds: (Value) -> Bool) throws -> Value {
            guard holds(value) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "\(key.stringValue) is \(value); it must be \(rule).")
            }
            return value
        }
        resizeShortSide = try check(
            .resizeShortSide, container.decode(Int.self, forKey: .resizeShortSide),
            "between 1 and \(Self.resizeSides.upperBound)", Self.resizeSides.contains)
        // Files written before this option existed do not contain it.
        interpolation = try container.decodeIfPresent(Interpolation.self, forKey: .interpolation) ?? .bilinear
        cropSize = try check(
            .cropSize, container.decode(Int.self, forKey: .cropSize),
            "between 1 and \(Self.cropSides.upperBound)", Self.cropSides.contains)
        mean = try check(.mean, container.decode([Float].self, forKey: .mean), "three numbers") { mean in
            mean.count == 3 && mean.allSatisfy(\.isFinite)
        }
        standardDeviation = try check(
            .standardDeviation, container.decode([Float].self, forKey: .standardDeviation), "three numbers above zero"
        ) { deviation in
            deviation.count == 3 && deviation.allSatisfy { $0.isFinite && $0 > 0 }
        }
        appliesOrientation = try container.decodeIfPresent(Bool.self, forKey: .appliesOrientation) ?? true
    }
}

/// The crops of each image in prediction: one, or several whose outputs are averaged.
public enum TestCrops: String, Sendable, Codable, CaseIterable {
    /// The center crop.
    case center
    /// The four corners and the center, as torchvision's `FiveCrop`.
    case five
    /// These and their mirror images, as torchvision's `TenCrop`; AlexNet's paper uses this.
    case ten
}

extension Preprocessing {
    /// The transforms of an image for each of its crops.
    public func evaluationTransforms(_ crops: TestCrops) -> [[any ImageTransform]] {
        let resize = Resize(shortSide: resizeShortSide, interpolation: interpolation)
        return switch crops {
        case .center: [evaluationTransforms]
        case .five: FiveCrop(cropSize).views.map { [resize, $0] }
        case .ten: TenCrop(cropSize).views.map { [resize, $0] }
        }
    }
}
