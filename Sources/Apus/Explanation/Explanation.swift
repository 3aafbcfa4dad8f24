public import Classifier
public import Images
internal import TorchVision

/// An explanation of a prediction: the evidence for a class in an image.
public struct Explanation: Sendable {
    /// The path of the image.
    public let file: String
    /// The method.
    public let method: ExplanationMethod
    /// The layer of the activation maps; nil for methods on pixels.
    public let layer: String?
    /// The explained class.
    public let target: Prediction.Candidate
    /// The network's output for that class, before softmax.
    public let score: Double
    /// The predicted class.
    public let predicted: Prediction.Candidate
    /// The evidence for the class for each pixel of the network's input. Class activation maps are scaled to 0...1, as
    /// in pytorch-grad-cam. Other maps have the units of the output and are summed over the channels, as in Captum.
    public let heat: ValueMap
    /// The image in its upright orientation.
    public let image: Image
    /// The input of the network before normalization: the resized and cropped image.
    public let view: Image
    /// The area of `view` in the image. It extends beyond the image where the image was padded.
    public let viewArea: ImageArea
}

/// A rectangle of an image in pixels. The values may be fractional.
public struct ImageArea: Sendable, Equatable, Codable {
    /// The left edge.
    public let x: Double
    /// The top edge.
    public let y: Double
    /// The width.
    public let width: Double
    /// The height.
    public let height: Double

    /// Creates an area from its edges and its size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Creates the area that the network sees of an image of this size: the crop after the resize.
    init(of preprocessing: Preprocessing, width: Int, height: Int) {
        let resized = Resize(shortSide: preprocessing.resizeShortSide).size(width: width, height: height)
        let crop = CenterCrop(preprocessing.cropSize).rectangle(width: resized.width, height: resized.height)
        let (across, down) = (Double(width) / Double(resized.width), Double(height) / Double(resized.height))
        self.init(
            x: Double(crop.x) * across, y: Double(crop.y) * down, width: Double(crop.width) * across,
            height: Double(crop.height) * down)
    }
}

extension Explanation {
    /// The point of the image, in pixels, with the strongest evidence for the class; nil without evidence.
    public var peak: (x: Double, y: Double)? {
        heat.peak.map { peak in
            (
                viewArea.x + (Double(peak.x) + 0.5) / Double(heat.width) * viewArea.width,
                viewArea.y + (Double(peak.y) + 0.5) / Double(heat.height) * viewArea.height
            )
        }
    }
}

extension Explanation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case file, method, layer, target, score, predicted, viewArea, peak, width, height
    }

    /// Encodes all properties except the images and the values of the map.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(method, forKey: .method)
        try container.encodeIfPresent(layer, forKey: .layer)
        try container.encode(target, forKey: .target)
        try container.encode(score, forKey: .score)
        try container.encode(predicted, forKey: .predicted)
        try container.encode(viewArea, forKey: .viewArea)
        try container.encode(peak.map { ["x": $0.x, "y": $0.y] }, forKey: .peak)
        try container.encode(heat.width, forKey: .width)
        try container.encode(heat.height, forKey: .height)
    }
}

/// A two-dimensional map of values.
public struct ValueMap: Sendable, Equatable, Codable {
    /// The number of columns.
    public let width: Int
    /// The number of rows.
    public let height: Int
    /// The `height * width` values, row by row.
    public let values: [Float]

    /// Creates a map from its values.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(width > 0 && height > 0 && values.count == width * height, "There are width * height values.")
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// The position of the maximum, the first one of equals; nil if no value is positive.
    public var peak: (x: Int, y: Int)? {
        var best = 0
        for place in values.indices where values[place] > values[best] { best = place }
        return values[best] > 0 ? (best % width, best / width) : nil
    }

    /// The minimum and the maximum.
    public var range: ClosedRange<Float> { (values.min() ?? 0)...(values.max() ?? 0) }

    /// The map for display: positive values scaled to 0...1, other values 0. The highest 2 % of the values are 1, so
    /// that outliers do not darken all others, as in Captum.
    public var shown: ValueMap {
        let positive = values.map { $0 > 0 && $0.isFinite ? $0 : 0 }
        let sorted = positive.sorted()
        var top = sorted[min(sorted.count - 1, sorted.count * 98 / 100)]
        if top <= 0 { top = sorted[sorted.count - 1] }
        return ValueMap(width: width, height: height, values: positive.map { top > 0 ? min(1, $0 / top) : 0 })
    }
}
