/// One step of preprocessing on 8-bit pixels. Drawing its parameters is separate from applying them, so that the same
/// parameters can be applied again, shown, or tested.
public protocol ImageTransform: Sendable {
    /// The parameters drawn for each image; `Void` if there are none.
    associatedtype Parameters: Sendable

    /// Draws the parameters for an image of this size.
    func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Parameters

    /// Applies the transform to the image.
    func apply(_ parameters: Parameters, to image: Image) -> Image
}

extension ImageTransform {
    /// Draws the parameters and applies them.
    public func callAsFunction(_ image: Image, using random: inout CountedRandom) -> Image {
        apply(parameters(width: image.width, height: image.height, using: &random), to: image)
    }
}

/// A transform that only moves and resizes pixels. A chain of these computes only the pixels that are left at the end.
public protocol GeometricTransform: ImageTransform {
    /// Adds this step to a rendering.
    func apply(_ parameters: Parameters, to rendering: inout ImageRendering)
}

extension GeometricTransform {
    /// Applies the transform to the image.
    public func apply(_ parameters: Parameters, to image: Image) -> Image {
        var rendering = ImageRendering(width: image.width, height: image.height)
        apply(parameters, to: &rendering)
        return rendering.image(of: image)
    }
}

extension [any ImageTransform] {
    /// The image after all steps, one after the other.
    public func apply(to image: Image, using random: inout CountedRandom) -> Image {
        self[...].apply(to: image, using: &random)
    }
}

extension ArraySlice<any ImageTransform> {
    /// The image after all steps.
    func apply(to image: Image, using random: inout CountedRandom) -> Image {
        let (rendering, rest) = merged(width: image.width, height: image.height, using: &random)
        let image = rendering.image(of: image)
        guard let next = rest.first else { return image }
        return rest.dropFirst().apply(to: next(image, using: &random), using: &random)
    }

    /// The geometric steps at the start of the chain, merged, and the steps after them.
    ///
    /// A resize followed by a crop computes only the pixels of the crop. The result is the same.
    func merged(width: Int, height: Int, using random: inout CountedRandom) -> (ImageRendering, rest: Self) {
        var rendering = ImageRendering(width: width, height: height)
        var rest = self
        while let transform = rest.first as? any GeometricTransform {
            transform.extend(&rendering, using: &random)
            rest.removeFirst()
        }
        return (rendering, rest)
    }
}

extension GeometricTransform {
    fileprivate func extend(_ rendering: inout ImageRendering, using random: inout CountedRandom) {
        apply(parameters(width: rendering.width, height: rendering.height, using: &random), to: &rendering)
    }
}
