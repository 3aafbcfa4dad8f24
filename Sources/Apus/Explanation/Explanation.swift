public import Classifier
public import Images
internal import TorchVision

/// Which places of a picture speak for a class.
public struct Explanation: Sendable {
    /// The picture's path.
    public let file: String
    /// How it was found out.
    public let method: ExplanationMethod
    /// The layer whose maps were looked at; nil for a method on pixels.
    public let layer: String?
    /// The class that is explained.
    public let target: Prediction.Candidate
    /// The network's output for that class, before softmax.
    public let score: Double
    /// The class that the network predicts.
    public let predicted: Prediction.Candidate
    /// What speaks for the class, for each pixel of the network's input. Class activation maps lie between 0 and 1, as
    /// pytorch-grad-cam scales them; the others are in units of the output, as Captum has them, summed over the channels.
    public let heat: ValueMap
    /// The picture, upright.
    public let picture: Image
    /// What the network saw of it: the resized and cropped picture.
    public let view: Image
    /// Where that lies in the picture. It reaches beyond where the picture was padded.
    public let viewArea: PictureArea
}

/// A part of a picture in its pixels, which need not be whole.
public struct PictureArea: Sendable, Equatable, Codable {
    /// The left edge.
    public let x: Double
    /// The upper edge.
    public let y: Double
    /// How far it reaches across.
    public let width: Double
    /// How far it reaches down.
    public let height: Double

    /// A part from its edge and size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// What the network sees of a picture of this size: where the crop after the resize lies.
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
    /// The point of the image, in its pixels, that is the strongest evidence for the class; nil where nothing is.
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

    /// Writes all but the pictures and the map's values, which are many.
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

/// Numbers for the places of a picture, row by row from the top.
public struct ValueMap: Sendable, Equatable, Codable {
    /// Places across.
    public let width: Int
    /// Places down.
    public let height: Int
    /// A number for each place: `height * width`, row by row.
    public let values: [Float]

    /// A map of numbers that are there already.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(width > 0 && height > 0 && values.count == width * height, "A map has a number for each place.")
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// The place of the greatest number, the first such place; nil where none is above 0.
    public var peak: (x: Int, y: Int)? {
        var best = 0
        for place in values.indices where values[place] > values[best] { best = place }
        return values[best] > 0 ? (best % width, best / width) : nil
    }

    /// The least and the greatest number.
    public var range: ClosedRange<Float> { (values.min() ?? 0)...(values.max() ?? 0) }

    /// For showing: what speaks for the class between 0 and 1, all else 0. The strongest two of a hundred places are 1, so
    /// that a few pixels do not darken all others, as in Captum's pictures.
    public var shown: ValueMap {
        let positive = values.map { $0 > 0 && $0.isFinite ? $0 : 0 }
        let sorted = positive.sorted()
        var top = sorted[min(sorted.count - 1, sorted.count * 98 / 100)]
        if top <= 0 { top = sorted[sorted.count - 1] }
        return ValueMap(width: width, height: height, values: positive.map { top > 0 ? min(1, $0 / top) : 0 })
    }
}
