import Foundation
public import Testing

/// The contents of a file, to be compared as a whole. A difference shows only the sizes: for `Data` the test would
/// search every different byte, which takes hours for a model.
public struct FileContents: Equatable, Sendable, CustomTestStringConvertible {
    private let data: Data

    /// Reads the file.
    public init(of path: String) throws { data = try Data(contentsOf: URL(filePath: path)) }

    /// Its size.
    public var testDescription: String { "\(data.count) bytes" }
}
