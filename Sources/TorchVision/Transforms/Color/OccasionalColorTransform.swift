/// A change of a picture's colours that comes with a given chance.
public protocol OccasionalColorTransform: ImageTransform where Parameters == Bool {
    /// The chance, from 0 to 1.
    var probability: Double { get }

    /// What is done then.
    var operation: ColorOperation { get }
}

extension OccasionalColorTransform {
    /// Draws whether to change anything.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.chance(probability)
    }

    /// The picture, changed or as it is.
    public func apply(_ parameters: Bool, to image: Image) -> Image {
        parameters ? image.applying([operation]) : image
    }
}

/// The chance, if it is one.
func checkedProbability(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "A chance lies between 0 and 1: \(probability) does not.")
    return probability
}
