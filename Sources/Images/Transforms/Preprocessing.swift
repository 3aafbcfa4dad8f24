/// What happens to every image before a network sees it. It belongs to the network and is stored with it, so that
/// nobody types a mean.
public struct Preprocessing: Sendable, Codable, Hashable {
    /// The length of the short side after resizing, in pixels.
    public var resizeShortSide: Int

    /// The filter that the resize computes with.
    public var interpolation: Interpolation

    /// The side of the square that is cut out, in pixels: the network's input.
    public var cropSize: Int

    /// What is subtracted from red, green and blue, once they lie between 0 and 1.
    public var mean: [Float]

    /// What red, green and blue are divided by then.
    public var standardDeviation: [Float]

    /// Whether images are turned upright as their EXIF orientation asks; torchvision does not.
    public var appliesOrientation: Bool

    /// Preprocessing from its parts.
    public init(
        resizeShortSide: Int, cropSize: Int, mean: [Float], standardDeviation: [Float],
        interpolation: Interpolation = .bilinear, appliesOrientation: Bool = true
    ) {
        precondition(mean.count == 3 && standardDeviation.count == 3, "An image has three channels.")
        self.resizeShortSide = resizeShortSide
        self.cropSize = cropSize
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.interpolation = interpolation
        self.appliesOrientation = appliesOrientation
    }

    /// What the short side may be after resizing. A few bytes of a file may hold any number, and memory grows with the
    /// square.
    package static let resizeSides = 1...4096

    /// What the side of the crop may be: four times that of the largest published network, and more.
    package static let cropSides = 1...2048

    /// What most networks trained on ImageNet want: short side 256, crop 224, and ImageNet's mean and deviation.
    public static let imageNet = Preprocessing(
        resizeShortSide: 256, cropSize: 224, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

    /// ImageNet's mean and deviation with other sizes, or another filter.
    public static func imageNet(
        resizeShortSide: Int = 256, cropSize: Int = 224, interpolation: Interpolation = .bilinear
    ) -> Preprocessing {
        var preprocessing = imageNet
        (preprocessing.resizeShortSide, preprocessing.cropSize) = (resizeShortSide, cropSize)
        preprocessing.interpolation = interpolation
        return preprocessing
    }

    /// How images are read.
    public var readingOptions: ImageReadingOptions {
        ImageReadingOptions(appliesOrientation: appliesOrientation)
    }

    /// For evaluation and prediction: resize, and the middle.
    public var evaluationTransforms: [any ImageTransform] {
        [Resize(shortSide: resizeShortSide, interpolation: interpolation), CenterCrop(cropSize)]
    }

    /// For training: resize, a crop at random, and a flip for every second image.
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

    /// Reads what was stored with a model, and checks it: a file may hold anything.
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
        // Files from before there was a choice don't have it.
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

/// What is looked at of each image when a network is used: one crop, or several, whose outputs are averaged.
public enum TestCrops: String, Sendable, Codable, CaseIterable {
    /// The middle.
    case center
    /// The four corners and the middle, as torchvision's `FiveCrop`.
    case five
    /// These and their mirror images, as torchvision's `TenCrop`; what AlexNet's paper reports.
    case ten
}

extension Preprocessing {
    /// What is done to an image for each of its views.
    public func evaluationTransforms(_ crops: TestCrops) -> [[any ImageTransform]] {
        let resize = Resize(shortSide: resizeShortSide, interpolation: interpolation)
        return switch crops {
        case .center: [evaluationTransforms]
        case .five: FiveCrop(cropSize).views.map { [resize, $0] }
        case .ten: TenCrop(cropSize).views.map { [resize, $0] }
        }
    }
}
