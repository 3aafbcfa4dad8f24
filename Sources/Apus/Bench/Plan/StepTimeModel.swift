/// The measured times of steps with two batch sizes, from which those of other sizes follow.
package struct StepTimeModel: Sendable {
    /// The number of images of a batch, and the times of its step in seconds.
    package typealias Point = (images: Int, times: StepTimes)

    private let (first, second): ((images: Double, times: StepTimes), (images: Double, times: StepTimes))

    /// Creates a model. With a single point, times are proportional to the images, except those of the update.
    package init(_ point: Point, _ other: Point? = nil) {
        second = (Double(point.images), point.times)
        let none = StepTimes(forward: 0, backward: 0, update: point.times.update)
        first = other.flatMap { $0.images == point.images ? nil : (Double($0.images), $0.times) } ?? (0, none)
    }

    /// Returns the times for a batch of this many images, in seconds.
    package func times(images: Int) -> StepTimes {
        let position = (Double(images) - first.images) / (second.images - first.images)
        func at(_ part: KeyPath<StepTimes, Double>) -> Double {
            let (low, high) = (first.times[keyPath: part], second.times[keyPath: part])
            return max(0, low + (high - low) * position)
        }
        return StepTimes(
            input: at(\.input), forward: at(\.forward), backward: at(\.backward), update: at(\.update))
    }
}
