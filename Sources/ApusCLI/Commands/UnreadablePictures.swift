internal import Apus
public import ArgumentParser
public import TorchVision

/// The pictures that a command could not read, noted from whichever thread finds them.
final class UnreadablePictures: Sendable {
    private let places = Monitor<Set<Int>>([])

    var count: Int { places.withLock { $0.count } }

    func add(_ failure: SampleFailure) { places.withLock { _ = $0.insert(failure.index) } }

    /// Names the classes of which no picture could be read, whatever the user silenced: a result without them misleads.
    func warn(of dataset: any ImageDataset) {
        for name in dataset.unreadableClasses(places.withLock { $0 }) {
            Console.tell("warning: none of the pictures of the class '\(name)' could be read.")
        }
    }
}

extension UnreadableLimit: ExpressibleByArgument {
    /// Reads `5%` or `20`.
    public init?(argument: String) { self.init(argument) }

    /// The notation.
    public var defaultValueDescription: String { description }
}
