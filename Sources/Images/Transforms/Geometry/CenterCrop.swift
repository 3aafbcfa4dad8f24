/// Crops the center: torchvision's `CenterCrop`.
///
/// If the distances to both edges cannot be equal, they are rounded half to even, as in torchvision. An image smaller
/// than the crop is padded with black; an odd pixel is added at the right and bottom.
public struct CenterCrop: GeometricTransform, Hashable {
    /// The output size.
    public let size: PixelSize

    /// Creates a square crop.
    public init(_ side: Int) {
        self.init(width: side, height: side)
    }

    /// Creates a rectangular crop.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a crop must have at least one pixel")
        size = PixelSize(width: width, height: height)
    }

    /// The center of an image of this size. Nothing is random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        rectangle(width: width, height: height)
    }

    /// The center of an image of this size.
    public func rectangle(width: Int, height: Int) -> PixelRectangle {
        PixelRectangle(
            x: Self.offset(of: size.width, in: width), y: Self.offset(of: size.height, in: height), width: size.width,
            height: size.height)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.crop(to: parameters)
    }

    /// The start of a crop along one side; negative if padding is needed.
    static func offset(of crop: Int, in length: Int) -> Int {
        guard crop <= length else { return -((crop - length) / 2) }
        return Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
    }
}

/// Adds pixels on each side: torchvision's `Pad`.
public struct Pad: GeometricTransform, Hashable {
    /// The number of pixels.
    public let padding: Padding

    /// The kind of border.
    public let border: ImageBorder

    /// Creates a padding with this number of pixels of a border.
    public init(_ padding: Padding, border: ImageBorder = .fill(.black)) {
        self.padding = padding
        self.border = border
    }

    /// Nothing is random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// Adds this step to a rendering.
    public func apply(_ parameters: Void, to rendering: inout ImageRendering) {
        rendering.pad(padding, border: border)
    }
}

/// Several crops of one image, whose predictions the caller averages.
public protocol ImageViews: Sendable {
    /// One transform for each crop, in torchvision's order.
    var views: [any GeometricTransform] { get }

    /// The notation in a `TransformList`.
    var notation: String { get }
}

extension ImageViews {
    /// All crops of an image.
    public func callAsFunction(_ image: Image) -> [Image] {
        // The crops are not random.
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return views.map { $0(image, using: &random) }
    }
}

/// The four corners and the center: torchvision's `FiveCrop`.
///
/// torchvision rejects an image smaller than the crop; here it is padded with black, as in `CenterCrop`.
public struct FiveCrop: ImageViews, Hashable {
    /// The size of each crop.
    public let size: PixelSize

    /// Creates square crops.
    public init(_ side: Int) {
        self.init(width: side, height: side)
    }

    /// Creates rectangular crops.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a crop must have at least one pixel")
        size = PixelSize(width: width, height: height)
    }

    /// Top left, top right, bottom left, bottom right, center.
    public var views: [any GeometricTransform] { ViewCrop.Place.allCases.map { ViewCrop(size, $0, flip: .none) } }
}

/// The four corners and the center, and the same of the mirrored image: torchvision's `TenCrop`.
public struct TenCrop: ImageViews, Hashable {
    /// The size of each crop.
    public let size: PixelSize

    /// Whether the last five crops are flipped vertically instead of horizontally.
    public let flipsVertically: Bool

    /// Creates square crops.
    public init(_ side: Int, flipsVertically: Bool = false) {
        self.init(width: side, height: side, flipsVertically: flipsVertically)
    }

    /// Creates rectangular crops.
    public init(width: Int, height: Int, flipsVertically: Bool = false) {
        precondition(width > 0 && height > 0, "a crop must have at least one pixel")
        size = PixelSize(width: width, height: height)
        self.flipsVertically = flipsVertically
    }

    /// The crops of `FiveCrop`, then the same of the flipped image.
    public var views: [any GeometricTransform] {
        FiveCrop(width: size.width, height: size.height).views
            + ViewCrop.Place.allCases.map { ViewCrop(size, $0, flip: flipsVertically ? .vertical : .horizontal) }
    }
}

/// One crop at a fixed position.
private struct ViewCrop: GeometricTransform {
    enum Place: CaseIterable { case topLeft, topRight, bottomLeft, bottomRight, center }
    enum Flip { case none, horizontal, vertical }

    private let size: PixelSize
    private let place: Place
    private let flip: Flip

    init(_ size: PixelSize, _ place: Place, flip: Flip) {
        self.size = size
        self.place = place
        self.flip = flip
    }

    func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        var rectangle = CenterCrop(width: size.width, height: size.height).rectangle(width: width, height: height)
        if place != .center {
            let isRight = place == .topRight || place == .bottomRight
            let isBottom = place == .bottomLeft || place == .bottomRight
            if size.width <= width { rectangle.x = isRight ? width - size.width : 0 }
            if size.height <= height { rectangle.y = isBottom ? height - size.height : 0 }
        }
        return rectangle
    }

    func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        switch flip {
        case .none: break
        case .horizontal: rendering.mirror()
        case .vertical: rendering.flipVertically()
        }
        rendering.crop(to: parameters)
    }
}
