/// Several views of one image, whose predictions the caller averages.
public protocol PictureViews: Sendable {
    /// One transform for each view, in torchvision's order.
    var views: [any GeometricTransform] { get }

    /// As a `TransformList` writes it.
    var notation: String { get }
}

extension PictureViews {
    /// All views of an image.
    public func callAsFunction(_ image: Image) -> [Image] {
        // A view draws nothing at random.
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return views.map { $0(image, using: &random) }
    }
}

/// The four corners and the middle: torchvision's `FiveCrop`.
///
/// Where torchvision refuses an image smaller than the crop, this adds black around it, as `CenterCrop` does.
public struct FiveCrop: PictureViews, Hashable {
    /// The size of each view.
    public let size: PixelSize

    /// Squares.
    public init(_ side: Int) {
        self.init(width: side, height: side)
    }

    /// Rectangles.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "A crop has at least one pixel.")
        size = PixelSize(width: width, height: height)
    }

    /// Top left, top right, bottom left, bottom right, middle.
    public var views: [any GeometricTransform] { ViewCrop.Place.allCases.map { ViewCrop(size, $0, flip: .none) } }
}

/// The four corners and the middle, and those of the image mirrored: torchvision's `TenCrop`.
public struct TenCrop: PictureViews, Hashable {
    /// The size of each view.
    public let size: PixelSize

    /// Whether the second five are of the image upside down instead of mirrored.
    public let flipsVertically: Bool

    /// Squares.
    public init(_ side: Int, flipsVertically: Bool = false) {
        self.init(width: side, height: side, flipsVertically: flipsVertically)
    }

    /// Rectangles.
    public init(width: Int, height: Int, flipsVertically: Bool = false) {
        precondition(width > 0 && height > 0, "A crop has at least one pixel.")
        size = PixelSize(width: width, height: height)
        self.flipsVertically = flipsVertically
    }

    /// Those of `FiveCrop`, then the same of the flipped image.
    public var views: [any GeometricTransform] {
        FiveCrop(width: size.width, height: size.height).views
            + ViewCrop.Place.allCases.map { ViewCrop(size, $0, flip: flipsVertically ? .vertical : .horizontal) }
    }
}

/// One view: a crop at a fixed place.
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
