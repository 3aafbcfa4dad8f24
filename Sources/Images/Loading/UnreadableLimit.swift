/// The maximum number of unreadable images of a dataset.
public enum UnreadableLimit: Sendable, Hashable {
    /// A fraction of the images, from 0 to 1.
    case fraction(Double)
    /// A number of images.
    case count(Int)

    /// The default limit: a tenth of the images, but at least 10.
    public static func usual(of count: Int) -> UnreadableLimit { .count(max(10, count / 10)) }

    /// Whether this number of unreadable images among `total` is within the limit.
    public func allows(_ unreadable: Int, of total: Int) -> Bool {
        switch self {
        case .fraction(let fraction): Double(unreadable) <= fraction * Double(total)
        case .count(let count): unreadable <= count
        }
    }
}

extension UnreadableLimit: LosslessStringConvertible, Codable {
    /// Parses a percentage, `5%`, or a number of images, `20`.
    public init?(_ text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
            self = .fraction(percent / 100)
        } else {
            guard let count = Int(text), count >= 0 else { return nil }
            self = .count(count)
        }
    }

    /// `5%` or `20`.
    public var description: String {
        switch self {
        case .fraction(let fraction):
            // A hundredth of a percent is precise enough.
            let percent = (fraction * 10_000).rounded() / 100
            return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
        case .count(let count): return "\(count)"
        }
    }

    /// Decodes the notation.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let limit = UnreadableLimit(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is neither a percentage such as 5% nor a number of images"
            )
        }
        self = limit
    }

    /// Encodes the notation.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An error: more images of a dataset are unreadable than the limit allows.
public struct UnreadableLimitError: Error, Sendable, CustomStringConvertible {
    /// The number of unreadable images until the work ended, and the total number.
    public let unreadable: Int, total: Int
    /// The limit.
    public let limit: UnreadableLimit
    /// The first unreadable image.
    public let first: SampleFailure

    /// The numbers, an example and what to do.
    public var description: String {
        let isAll = unreadable == total
        return
            "\(isAll ? "none of the \(total) images could be read" : "\(unreadable) of \(total) images can't be read")"
            + ", but the limit is \(limit); the first: \(first) Check the data (`DataCheck`), or raise the limit "
            + "(`maximumUnreadable`)."
    }
}

/// The unreadable images of an epoch, which may not be more than the loader's limit.
package struct UnreadableImages {
    private let limit: UnreadableLimit?
    private let total: Int
    private var indices: Set<Int> = []
    /// The first of them in the epoch's order.
    private var first: (draw: Int, failure: SampleFailure)?

    package init(of loader: DataLoader) { (limit, total) = (loader.maximumUnreadable, loader.dataset.count) }

    /// Adds the images of the next batch.
    ///
    /// - Throws: `UnreadableLimitError` if there are now too many.
    package mutating func add(_ failures: [SampleFailure]) throws {
        for failure in failures { try add(failure, draw: indices.count) }
    }

    /// Adds an image.
    ///
    /// - Parameter draw: Its place in the epoch's order.
    /// - Throws: `UnreadableLimitError` if there are now too many.
    mutating func add(_ failure: SampleFailure, draw: Int) throws {
        indices.insert(failure.index)
        let first = first.flatMap { $0.draw < draw ? $0 : nil } ?? (draw: draw, failure: failure)
        self.first = first
        guard let limit, !limit.allows(indices.count, of: total) else { return }
        throw UnreadableLimitError(unreadable: indices.count, total: total, limit: limit, first: first.failure)
    }
}

extension ImageDataset {
    /// The classes whose images are all unreadable, in the order of `classNames`.
    ///
    /// - Parameter unreadable: The indices of all unreadable images.
    public func unreadableClasses(_ unreadable: Set<Int>) -> [String] {
        guard !unreadable.isEmpty else { return [] }
        var (all, bad) = ([Int](repeating: 0, count: classNames.count), [Int](repeating: 0, count: classNames.count))
        for index in 0..<count {
            for label in labels(at: index) {
                all[label] += 1
                if unreadable.contains(index) { bad[label] += 1 }
            }
        }
        return classNames.indices.filter { all[$0] > 0 && all[$0] == bad[$0] }.map { classNames[$0] }
    }
}
