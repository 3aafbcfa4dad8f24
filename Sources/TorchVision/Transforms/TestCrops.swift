/// What is looked at of each picture when a network is used: one crop, or several, whose outputs are averaged.
public enum TestCrops: String, Sendable, Codable, CaseIterable {
    /// The middle.
    case center
    /// The four corners and the middle, as torchvision's `FiveCrop`.
    case five
    /// These and their mirror images, as torchvision's `TenCrop`; what AlexNet's paper reports.
    case ten
}

extension Preprocessing {
    /// What is done to a picture for each of its views.
    public func evaluationTransforms(_ crops: TestCrops) -> [[any ImageTransform]] {
        let resize = Resize(shortSide: resizeShortSide, interpolation: interpolation)
        return switch crops {
        case .center: [evaluationTransforms]
        case .five: FiveCrop(cropSize).views.map { [resize, $0] }
        case .ten: TenCrop(cropSize).views.map { [resize, $0] }
        }
    }
}
